import t from 'tap';
import { hasToken, parseChallenges } from '../../src/handshake/challenge.js';

const plain = (...values: string[]) =>
  parseChallenges(values).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);

t.test('RFC 9110 11.6.1: two challenges in one field line', async (t) => {
  t.same(plain('Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""'), [
    ['basic', { realm: 'simple' }],
    ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
  ]);
});

t.test(
  'several field lines, names in any case, spaces around =, empty elements, commas in a quoted string',
  async (t) => {
    t.same(plain('DIGEST Realm = "a, b=c" ,, NONCE="n"', 'Basic'), [
      ['digest', { realm: 'a, b=c', nonce: 'n' }],
      ['basic', {}],
    ]);
    t.same(plain(), []);
    t.same(plain(''), []);
    t.same(plain('Digest a=1, a=2'), [['digest', { a: '1' }]], 'the first of two');
  },
);

t.test('what is no parameter is stepped over', async (t) => {
  const [negotiate, , ...rest] = plain('Negotiate YII/abc==, Digest realm="r"').reverse();
  t.same(negotiate, ['digest', { realm: 'r' }]);
  t.ok(rest.length > 0);
  for (const text of ['=', 'Digest realm="never ends', 'Digest realm=', '"x"', 'Digest =, ="a"', '\x80,']) {
    t.doesNotThrow(() => parseChallenges([text]), text);
  }
  t.same(plain('a=b, Digest realm="r"'), [['digest', { realm: 'r' }]], 'a parameter without a scheme');
  const [challenge] = parseChallenges(['Digest __proto__="x", realm="r"']);
  t.equal(challenge?.params.get('__proto__'), 'x', 'just a name');
});

t.test('a parameter that is a list', async (t) => {
  const [challenge] = parseChallenges(['Digest qop="Auth , auth-int", stale=TRUE']);
  if (challenge === undefined) throw new Error('no challenge');
  t.ok(hasToken(challenge, 'qop', 'auth'));
  t.ok(hasToken(challenge, 'stale', 'true'));
  t.notOk(hasToken(challenge, 'qop', 'int'));
  t.notOk(hasToken(challenge, 'charset', 'utf-8'));
});
