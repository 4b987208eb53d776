import t from 'tap';
import { Pings } from '../../src/api/pings.js';

t.test('a pong answers its ping and the earlier ones (RFC 6455 5.5.3)', async (t) => {
  const pings = new Pings();
  const answered: string[] = [];
  const [a, b] = ['a', 'b', 'c'].map(async (name) => {
    const tookMs = await pings.add(Buffer.from(name));
    answered.push(name);
    return tookMs;
  });
  t.equal(pings.size, 3);
  pings.pong(Buffer.from('b'));
  t.equal(pings.size, 1);
  const times = await Promise.all([a, b]);
  t.ok(times.every((ms) => Number(ms) >= 0));
  t.same(answered, ['a', 'b']);
});

t.test('of pings with the same payload the last one is answered, and with it all', async (t) => {
  const pings = new Pings();
  const both = [pings.add(Buffer.from('same')), pings.add(Buffer.from('same'))];
  pings.pong(Buffer.from('same'));
  await Promise.all(both);
  t.equal(pings.size, 0);
});

t.test('a pong that nobody has asked for answers nothing (5.5.3)', async (t) => {
  const pings = new Pings();
  pings.pong(Buffer.from('x'));
  const waiting = pings.add(Buffer.from('y'));
  pings.pong(Buffer.from('x'));
  t.equal(pings.size, 1);
  const error = new Error('closed');
  pings.reject(error);
  await t.rejects(waiting, error);
  t.equal(pings.size, 0);
});

t.test('a ping whose promise nobody looks at is no unhandled rejection', async (t) => {
  const pings = new Pings();
  pings.add(Buffer.from('x'));
  pings.reject(new Error('closed'));
  await new Promise((resolve) => setImmediate(resolve));
  t.pass('the process lives');
});
