import { inspect } from 'node:util';
import t from 'tap';
import { fireMessage, MessageEvent } from '../../src/api/message-event.js';
import { type ListenerLike, MessageListeners } from '../../src/api/message-listeners.js';

type Called = (event: MessageEvent & { returnValue: boolean; cancelBubble: boolean; initEvent(): void }) => void;

/** Fires one event at the listeners, and gives the target. */
function fire(listeners: MessageListeners, data: unknown = 'data'): EventTarget {
  const target = new EventTarget();
  fireMessage(target, listeners, data, 'wss://example.org');
  return target;
}

function listen(...called: Called[]): MessageListeners {
  const listeners = new MessageListeners();
  for (const each of called) listeners.add(each as ListenerLike, false);
  return listeners;
}

t.test('the constructor', async (t) => {
  const event = new MessageEvent('foo');
  t.equal(String(event), '[object MessageEvent]');
  t.match(event, { type: 'foo', data: null, origin: '', lastEventId: '', source: null, ports: [] });
  const full = new MessageEvent('foo', {
    bubbles: true,
    data: 1,
    origin: 'o\uDC00',
    lastEventId: 'id',
    source: t,
    ports: new Set(['p']),
  });
  t.match(full, { bubbles: true, data: 1, origin: 'o\uFFFD', lastEventId: 'id', source: t, ports: ['p'] });
  t.ok(Object.isFrozen(full.ports));
  t.throws(() => Reflect.construct(MessageEvent, []), TypeError);
  t.throws(() => Reflect.construct(MessageEvent, ['x', 'y']), TypeError);
  t.equal(Reflect.construct(MessageEvent, ['x', null]).data, null);
});

t.test('a fired event is an Event with all its members', async (t) => {
  let seen: Parameters<Called>[0] | undefined;
  const target = fire(
    listen((event) => {
      seen = event;
      t.ok(event instanceof Event);
      t.ok(event instanceof MessageEvent);
      t.equal(event.constructor, MessageEvent);
      t.equal(String(event), '[object MessageEvent]');
      t.equal(event.eventPhase, 2);
      t.equal(event.currentTarget, event.target);
      t.same(event.composedPath(), [event.target]);
      event.preventDefault();
      event.returnValue = false;
      event.initEvent();
    }),
  );
  t.equal(seen?.target, target);
  t.equal(seen?.srcElement, target);
  t.equal(seen?.currentTarget, null, 'afterwards it is not being dispatched');
  t.equal(seen?.eventPhase, 0);
  t.same(seen?.composedPath(), []);
  const constants = { type: 'message', data: 'data', origin: 'wss://example.org', lastEventId: '', source: null };
  const flags = { bubbles: false, cancelable: false, composed: false, defaultPrevented: false, isTrusted: true };
  t.match(seen, { ...constants, ...flags, returnValue: true, cancelBubble: false });
  t.same(seen?.ports, []);
  const { timeStamp } = seen as Event;
  t.ok(timeStamp > 0 && timeStamp <= performance.now());
  t.equal(seen?.timeStamp, timeStamp, 'the time does not change');
  t.match(inspect(seen), /type: 'message', data: 'data'/);
});

t.test('its members are its own: a foreign object is a TypeError', async (t) => {
  fire(
    listen((event) => {
      const prototype = Object.getPrototypeOf(event) as object;
      for (const name of ['data', 'target', 'timeStamp', 'eventPhase']) {
        t.throws(() => Reflect.get(prototype, name, {}), TypeError, name);
      }
    }),
  );
});

t.test('stopImmediatePropagation', async (t) => {
  const calls: string[] = [];
  fire(
    listen(
      () => calls.push('first'),
      (event) => {
        calls.push('stops');
        event.stopImmediatePropagation();
        t.equal(event.cancelBubble, true);
      },
      () => calls.push('never'),
    ),
  );
  t.same(calls, ['first', 'stops']);
});

t.test('stopPropagation leaves the listeners of the same phase alone', async (t) => {
  const calls: string[] = [];
  const listeners = new MessageListeners();
  const add = (name: string, capture: boolean, act: Called = () => {}): void =>
    listeners.add(
      ((event: Parameters<Called>[0]) => {
        calls.push(name);
        act(event);
      }) as ListenerLike,
      capture,
    );
  add('bubbling', false);
  add('capturing 1', true, (event) => event.stopPropagation());
  add('capturing 2', true);
  fire(listeners);
  t.same(calls, ['capturing 1', 'capturing 2']);
  calls.length = 0;
  const again = listen(
    (event) => {
      event.cancelBubble = false;
      event.cancelBubble = true;
    },
    () => calls.push('same phase'),
  );
  fire(again);
  t.same(calls, ['same phase']);
});

t.test('what a listener throws is an uncaught exception and does not stop the next one', async (t) => {
  const thrown = new Error('from a listener');
  const uncaught = new Promise((resolve) => {
    process.prependOnceListener('uncaughtException', resolve);
  });
  const others = process.listeners('uncaughtException').slice(1);
  for (const other of others) process.off('uncaughtException', other);
  let called = false;
  fire(
    listen(
      () => {
        throw thrown;
      },
      () => {
        called = true;
      },
    ),
  );
  t.ok(called);
  t.equal(await uncaught, thrown);
  for (const other of others) process.on('uncaughtException', other);
});
