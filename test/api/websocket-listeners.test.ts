import t from 'tap';
import type { ListenerLike } from '../../src/api/message-listeners.js';
import { WebSocketListeners } from '../../src/api/websocket-listeners.js';

/** An EventTarget whose own methods nobody may call: a class of the user's may have overridden them. */
class Guarded extends EventTarget {
  override addEventListener(): void {
    throw new Error('overridden');
  }
  override removeEventListener(): void {
    throw new Error('overridden');
  }
  override dispatchEvent(): boolean {
    throw new Error('overridden');
  }
}

function make(): {
  listeners: WebSocketListeners;
  target: EventTarget;
  calls: string[];
  note: (what: string) => ListenerLike;
} {
  const target = new Guarded();
  const calls: string[] = [];
  const note = (what: string) => (): void => void calls.push(what);
  return { listeners: new WebSocketListeners(target), target, calls, note };
}

t.test("listeners of 'message' are kept here, those of all other events are Node's", async (t) => {
  const { listeners, calls, note } = make();
  const [onMessage, onOpen] = [note('message'), note('open')];
  listeners.add('message', onMessage, {});
  listeners.add('open', onOpen, {});
  t.equal(listeners.messages.entries.length, 1);
  listeners.fire(new Event('open'));
  t.same(calls, ['open']);
  listeners.remove('message', onMessage, {});
  listeners.remove('open', onOpen, {});
  listeners.fire(new Event('open'));
  t.same(calls, ['open']);
  t.equal(listeners.messages.entries.length, 0);
});

t.test('no listener at all', async (t) => {
  const { listeners } = make();
  for (const type of ['message', 'open']) {
    for (const none of [null, undefined as unknown as null]) {
      listeners.add(type, none, {});
      listeners.remove(type, none, {});
    }
  }
  t.equal(listeners.messages.entries.length, 0);
});

t.test('an event of ours is trusted, one of somebody else is not', async (t) => {
  const { listeners } = make();
  const trusted: boolean[] = [];
  listeners.add('open', ((event: Event) => trusted.push(event.isTrusted)) as ListenerLike, {});
  listeners.fire(new Event('open'));
  listeners.dispatch(new Event('open'));
  t.same(trusted, [true, false]);
});

t.test("dispatch of a 'message' that somebody else has made", async (t) => {
  const { listeners, target, calls, note } = make();
  listeners.add('message', note('plain'), {});
  listeners.add('message', note('once'), { once: true });
  listeners.add('message', note('capture'), true);
  listeners.add(
    'message',
    function (this: unknown) {
      t.equal(this, target);
    } as ListenerLike,
    {},
  );
  t.equal(listeners.dispatch(new Event('message')), true);
  t.same(calls, ['capture', 'plain', 'once']);
  listeners.add('message', ((event: Event) => event.preventDefault()) as ListenerLike, {});
  t.equal(listeners.dispatch(new Event('message', { cancelable: true })), false);
  t.same(calls.slice(3), ['capture', 'plain'], 'nothing of the first dispatch is left');
});

t.test('a handler attribute keeps its place when it is changed, and loses it when it is taken away', async (t) => {
  for (const type of ['open', 'message']) {
    const { listeners, calls, note } = make();
    listeners.add(type, note('before'), {});
    listeners.setHandler(type, note('handler'));
    listeners.add(type, note('behind'), {});
    listeners.setHandler(type, note('changed'));
    listeners.dispatch(new Event(type));
    t.same(calls.splice(0), ['before', 'changed', 'behind'], type);
    listeners.setHandler(type, null);
    t.equal(listeners.handler(type), null);
    listeners.setHandler(type, note('again'));
    listeners.dispatch(new Event(type));
    t.same(calls, ['before', 'behind', 'again'], type);
  }
});

t.test('values of handler attributes', async (t) => {
  const { listeners, target } = make();
  const object = { handleEvent: () => t.fail('it is no listener') };
  t.equal(listeners.handler('open'), null);
  listeners.setHandler('open', object);
  t.equal(listeners.handler('open'), object, 'an object is kept, and not called');
  listeners.fire(new Event('open'));
  for (const none of [undefined, 1, 'text', true]) {
    listeners.setHandler('open', object);
    listeners.setHandler('open', none);
    t.equal(listeners.handler('open'), null, String(none));
  }
  listeners.setHandler('open', function (this: unknown) {
    t.equal(this, target);
    return false;
  });
  t.equal(listeners.dispatch(new Event('open', { cancelable: true })), false, 'false cancels');
});
