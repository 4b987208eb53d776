import t from 'tap';
import { platformPrototype } from '../../src/api/platform-prototype.js';

const scope = globalThis as unknown as Record<string, unknown>;
const SOME = 'SomeEvent';
const LAZY = 'LazyEvent';
const OUR = 'OurEvent';

function derive(name: string): { Own: new (type: string) => Event; event: Event } {
  class Own extends Event {}
  Object.setPrototypeOf(Own.prototype, platformPrototype(name, Own.prototype));
  return { Own, event: new Own('x') };
}

t.test('it behaves as Event.prototype', async (t) => {
  const { Own, event } = derive('NoSuchClass');
  t.ok(event instanceof Own);
  t.ok(event instanceof Event);
  t.equal(event.type, 'x');
  t.equal('preventDefault' in event, true);
  t.equal('nonsense' in event, false);
  t.equal(Object.getPrototypeOf(Object.getPrototypeOf(Own.prototype)), Event.prototype);
});

t.test("events are instances of the platform's class, once it is there", async (t) => {
  t.teardown(() => delete scope[SOME]);
  const { event } = derive(SOME);
  class SomeEvent extends Event {}
  t.notOk(event instanceof SomeEvent);
  scope[SOME] = SomeEvent;
  t.ok(event instanceof SomeEvent);
  t.ok(event instanceof Event);
  t.equal(event.type, 'x');
});

t.test('it never makes a lazy class come', async (t) => {
  let touched = 0;
  Object.defineProperty(globalThis, LAZY, { configurable: true, get: () => touched++ });
  t.teardown(() => delete scope[LAZY]);
  const { event } = derive(LAZY);
  t.ok(event instanceof Event);
  t.equal(touched, 0);
});

t.test('a program may make our class, or one that builds on it, the global one', async (t) => {
  t.teardown(() => delete scope[OUR]);
  const { Own, event } = derive(OUR);
  scope[OUR] = Own;
  t.ok(event instanceof Own);
  t.ok(event instanceof Event);
  t.notOk(event instanceof AbortSignal);
  scope[OUR] = class extends Own {};
  t.ok(event instanceof Event);
  t.notOk(event instanceof (scope[OUR] as typeof Event));
  for (const value of [1, null, () => 0, class {}]) {
    scope[OUR] = value;
    t.ok(event instanceof Event, 'what is no class of events does not count');
  }
});
