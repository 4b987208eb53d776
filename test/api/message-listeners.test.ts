import t from 'tap';
import { type ListenerLike, MessageListeners } from '../../src/api/message-listeners.js';

/** Calls all of them as a dispatch does. */
function callAll(listeners: MessageListeners): void {
  for (const entry of listeners.entries) listeners.callSafely(entry, target, event);
}
const target = {};
const event = new Event('message');

t.test('each listener is there once for each capture', async (t) => {
  const listeners = new MessageListeners();
  const listener = (): void => {};
  listeners.add(listener, false);
  listeners.add(listener, {});
  listeners.add(listener, { capture: false, once: true });
  t.equal(listeners.entries.length, 1);
  listeners.add(listener, true);
  t.same(
    listeners.entries.map(({ capture }) => capture),
    [true, false],
    'the capturing one comes first',
  );
  listeners.remove(listener, { capture: true });
  listeners.remove(listener, true);
  t.same(
    listeners.entries.map(({ capture }) => capture),
    [false],
  );
  listeners.remove(listener, null as unknown as boolean);
  t.equal(listeners.entries.length, 0);
});

t.test('functions are called with the target, objects by handleEvent', async (t) => {
  const listeners = new MessageListeners();
  const calls: unknown[] = [];
  listeners.add(
    function (this: unknown, given: unknown) {
      calls.push(this, given);
    } as ListenerLike,
    false,
  );
  const object = {
    handleEvent(this: unknown, given: unknown) {
      calls.push(this, given);
    },
  };
  listeners.add(object, false);
  callAll(listeners);
  t.same(calls, [target, event, object, event]);
  t.equal(calls[0], target);
  t.equal(calls[2], object);
});

t.test('once, and removed before it is called', async (t) => {
  const listeners = new MessageListeners();
  let calls = 0;
  listeners.add(
    () => {
      calls++;
      t.equal(listeners.entries.length, 0, 'it is gone while it is called');
      callAll(listeners);
    },
    { once: true },
  );
  callAll(listeners);
  callAll(listeners);
  t.equal(calls, 1);
});

t.test('one that is removed during a dispatch is not called, one that is added waits for the next', async (t) => {
  const listeners = new MessageListeners();
  const calls: string[] = [];
  const removed = (): void => void calls.push('removed');
  listeners.add(() => {
    calls.push('first');
    listeners.remove(removed, false);
    listeners.add(() => calls.push('added'), false);
  }, false);
  listeners.add(removed, false);
  callAll(listeners);
  t.same(calls, ['first']);
});

t.test('a signal removes it', async (t) => {
  const listeners = new MessageListeners();
  const control = new AbortController();
  let calls = 0;
  listeners.add(() => calls++, { signal: control.signal });
  callAll(listeners);
  control.abort();
  callAll(listeners);
  t.equal(calls, 1);
  listeners.add(() => calls++, { signal: control.signal });
  t.equal(listeners.entries.length, 0, 'a signal that has fired adds nothing');
});

t.test('arguments that make no sense', async (t) => {
  const listeners = new MessageListeners();
  for (const listener of ['text', 1, true, Symbol('s')]) {
    t.throws(() => listeners.add(listener as unknown as ListenerLike, false), TypeError);
  }
  t.throws(() => listeners.add(() => {}, { signal: {} as AbortSignal }), TypeError);
  t.equal(listeners.entries.length, 0);
});
