import t from 'tap';
import { Listeners } from '../../src/api/events.js';

t.test('listeners are called in their order', async (t) => {
  const listeners = new Listeners<[number, string]>();
  const calls: unknown[] = [];
  const first = (...values: unknown[]): unknown => calls.push(['first', ...values]);
  t.equal(listeners.size, 0);
  listeners.call(0, 'nobody');
  listeners.add(first);
  listeners.add((...values) => calls.push(['second', ...values]));
  t.equal(listeners.size, 2);
  listeners.call(1, 'a');
  listeners.remove(first);
  listeners.remove(first);
  t.equal(listeners.size, 1);
  listeners.call(2, 'b');
  t.same(calls, [
    ['first', 1, 'a'],
    ['second', 1, 'a'],
    ['second', 2, 'b'],
  ]);
});

t.test('one that is added twice is called twice, and removed once at a time', async (t) => {
  const listeners = new Listeners<[]>();
  let calls = 0;
  const listener = (): void => void calls++;
  listeners.add(listener);
  listeners.add(listener);
  listeners.call();
  listeners.remove(listener);
  listeners.call();
  t.equal(calls, 3);
});

t.test('what a listener changes counts from the next call on', async (t) => {
  const listeners = new Listeners<[]>();
  const calls: string[] = [];
  const late = (): void => void calls.push('late');
  const once = (): void => {
    calls.push('once');
    listeners.remove(once);
    listeners.add(late);
  };
  listeners.add(once);
  listeners.add(() => calls.push('other'));
  listeners.call();
  t.same(calls.splice(0), ['once', 'other']);
  listeners.call();
  t.same(calls, ['other', 'late']);
});

t.test('a listener that throws stops nobody, and is an uncaught exception of its own', async (t) => {
  const listeners = new Listeners<[]>();
  const calls: string[] = [];
  const errors = [new Error('first'), new Error('second')];
  for (const error of errors) {
    listeners.add(() => {
      throw error;
    });
  }
  listeners.add(() => calls.push('last'));
  const caught: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => caught.push(error));
  t.teardown(() => process.setUncaughtExceptionCaptureCallback(null));
  listeners.call();
  t.same(calls, ['last']);
  t.same(caught, [], 'not in the middle of the call');
  await new Promise((resolve) => setImmediate(resolve));
  process.setUncaughtExceptionCaptureCallback(null);
  t.same(caught, errors);
});
