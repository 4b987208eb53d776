import t from 'tap';
import { Listeners } from '../../src/api/events.js';

t.test('listeners are called in their order', async (t) => {
  const listeners = new Listeners<string>();
  const calls: unknown[] = [];
  const first = (value: unknown): unknown => calls.push(['first', value]);
  t.equal(listeners.size, 0);
  listeners.call('nobody');
  listeners.add(first);
  listeners.add((value) => calls.push(['second', value]));
  t.equal(listeners.size, 2);
  listeners.call('a');
  listeners.remove(first);
  listeners.remove(first);
  t.equal(listeners.size, 1);
  listeners.call('b');
  t.same(calls, [
    ['first', 'a'],
    ['second', 'a'],
    ['second', 'b'],
  ]);
});

t.test('the only one is known', async (t) => {
  const listeners = new Listeners<string>();
  const first = (): void => {};
  const second = (): void => {};
  t.equal(listeners.only, null);
  listeners.add(first);
  t.equal(listeners.only, first);
  listeners.add(second);
  t.equal(listeners.only, null);
  listeners.remove(first);
  t.equal(listeners.only, second);
});

t.test('one that is added twice is called twice, and removed once at a time', async (t) => {
  const listeners = new Listeners<undefined>();
  let calls = 0;
  const listener = (): void => void calls++;
  listeners.add(listener);
  listeners.add(listener);
  listeners.call(undefined);
  listeners.remove(listener);
  listeners.call(undefined);
  t.equal(calls, 3);
});

t.test('what a listener changes counts from the next call on', async (t) => {
  const listeners = new Listeners<undefined>();
  const calls: string[] = [];
  const late = (): void => void calls.push('late');
  const once = (): void => {
    calls.push('once');
    listeners.remove(once);
    listeners.add(late);
  };
  listeners.add(once);
  listeners.add(() => calls.push('other'));
  listeners.call(undefined);
  t.same(calls.splice(0), ['once', 'other']);
  listeners.call(undefined);
  t.same(calls, ['other', 'late']);
});

t.test('a listener that throws stops nobody, and is an uncaught exception of its own', async (t) => {
  const listeners = new Listeners<undefined>();
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
  listeners.call(undefined);
  t.same(calls, ['last']);
  t.same(caught, [], 'not in the middle of the call');
  await new Promise((resolve) => setImmediate(resolve));
  process.setUncaughtExceptionCaptureCallback(null);
  t.same(caught, errors);
});
