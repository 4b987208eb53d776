import t from 'tap';
import { targetOf } from '../../src/api/target.js';

t.test('the last url is parsed once', async (t) => {
  const one = targetOf('ws://one/a?b');
  t.match(one, { host: 'one', port: 80, resourceName: '/a?b' });
  t.equal(targetOf('ws://one/a?b'), one);
  t.match(targetOf('ws://two/'), { host: 'two' });
  t.match(targetOf('ws://one/a?b'), one, 'again');
});

t.test('a URL, which may change, and a secret are not remembered', async (t) => {
  const url = new URL('ws://three/');
  t.match(targetOf(url), { host: 'three' });
  url.host = 'four';
  t.match(targetOf(url), { host: 'four' });
  const secret = 'ws://user:secret@three/';
  const first = targetOf(secret);
  t.match(first.userinfo, { username: 'user', password: 'secret' });
  t.not(targetOf(secret), first);
});

t.test('what is no url is refused each time', async (t) => {
  for (const _ of [1, 2]) {
    t.throws(() => targetOf(''), { code: 'WS_HANDSHAKE_URL' });
    t.throws(() => targetOf('http://one/'), { code: 'WS_HANDSHAKE_URL' });
  }
});
