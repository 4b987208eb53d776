import t from 'tap';
import { CloseEvent } from '../../src/api/close-event.js';

t.test('without a dictionary', async (t) => {
  const event = new CloseEvent('foo');
  t.ok(event instanceof CloseEvent);
  t.ok(event instanceof Event);
  t.equal(String(event), '[object CloseEvent]');
  t.match(event, { type: 'foo', bubbles: false, cancelable: false, wasClean: false, code: 0, reason: '' });
  t.equal(event.report, undefined);
  t.notOk('initCloseEvent' in event);
});

t.test('with a dictionary', async (t) => {
  const init = { bubbles: true, cancelable: true, wasClean: true, code: 7, reason: 'x\uD800' };
  const event = new CloseEvent('foo', init);
  t.match(event, { type: 'foo', bubbles: true, cancelable: true, wasClean: true, code: 7, reason: 'x\uFFFD' });
  t.equal(new CloseEvent('foo', { code: 65536 + 7 }).code, 7, 'unsigned short wraps');
  t.equal(new CloseEvent('foo', { code: Number.NaN }).code, 0);
});

t.test('arguments that Web IDL refuses', async (t) => {
  t.throws(() => Reflect.construct(CloseEvent, []), TypeError);
  t.throws(() => Reflect.construct(CloseEvent, ['close', 1]), TypeError);
  t.throws(() => Reflect.construct(CloseEvent, [Symbol('s')]), TypeError);
  t.equal(Reflect.construct(CloseEvent, ['close', null]).code, 0, 'null is an empty dictionary');
  const getter = Object.getOwnPropertyDescriptor(CloseEvent.prototype, 'code')?.get as () => number;
  t.throws(() => getter.call(new Event('x')), TypeError, 'a foreign object');
  t.equal(CloseEvent.length, 1);
  t.equal(CloseEvent.name, 'CloseEvent');
  t.same(Object.keys(CloseEvent.prototype), ['wasClean', 'code', 'reason']);
});

t.test('it can be dispatched by any target', async (t) => {
  const target = new EventTarget();
  let seen: Event | undefined;
  target.addEventListener('close', (event) => {
    seen = event;
  });
  const event = new CloseEvent('close', { code: 4000 });
  target.dispatchEvent(event);
  t.equal(seen, event);
  t.equal(event.target, target);
});
