import t from 'tap';
import { defer, rejected } from '../../src/api/deferred.js';

t.test('a promise with its handles', async (t) => {
  const good = defer<number>();
  good.resolve(5);
  good.resolve(6);
  t.equal(await good.promise, 5);
  const bad = defer<number>();
  bad.reject(new Error('no'));
  await t.rejects(bad.promise, /no/);
  await t.rejects(rejected(new Error('at once')), /at once/);
});

t.test('a rejection that nobody waits for is none', async (t) => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): unknown => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  t.teardown(() => process.off('unhandledRejection', listener));
  defer().reject(new Error('ignored'));
  rejected(new Error('ignored'));
  await new Promise((resolve) => setImmediate(resolve));
  t.same(unhandled, []);
});
