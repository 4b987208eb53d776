import t from 'tap';
import { INBOX_BYTES, INBOX_MESSAGES, Inbox } from '../../src/api/inbox.js';
import { handles } from './peer.js';

/** An inbox, and what it told its flow. */
function make(): { inbox: Inbox; told: string[]; onResume: { call: () => void } } {
  const told: string[] = [];
  const onResume = { call: (): void => {} };
  const flow = {
    pause: () => void told.push('pause'),
    resume: () => {
      told.push('resume');
      onResume.call();
    },
  };
  return { inbox: new Inbox(flow), told, onResume };
}

const fill = (inbox: Inbox, count: number): void => {
  for (let i = 0; i < count; i++) inbox.put(String(i));
};

t.test('messages come in their order, to takers in theirs', async (t) => {
  const { inbox } = make();
  t.equal(inbox.take(), undefined);
  t.ok(inbox.isIdle);
  const [first, second] = [inbox.next({}), inbox.next({})];
  t.notOk(inbox.isIdle);
  inbox.put('a');
  inbox.put('b');
  t.ok(inbox.isIdle);
  inbox.put('c');
  t.notOk(inbox.isIdle);
  t.equal(inbox.size, 1);
  t.same(await Promise.all([first, second, inbox.next({})]), ['a', 'b', 'c']);
  t.equal(inbox.size, 0);
});

t.test('the bound of 16 messages', async (t) => {
  const { inbox, told } = make();
  t.equal(INBOX_MESSAGES, 16);
  fill(inbox, 15);
  t.same(told, []);
  inbox.put('15');
  t.same(told, ['pause']);
  inbox.put('what was under way');
  t.same(told, ['pause'], 'is told once');
  inbox.take();
  t.same(told, ['pause']);
  inbox.take();
  t.same(told, ['pause', 'resume']);
  inbox.put('again');
  t.same(told, ['pause', 'resume', 'pause']);
});

t.test('the bound of 1 MiB', async (t) => {
  const { inbox, told } = make();
  t.equal(INBOX_BYTES, 1 << 20);
  inbox.put(Buffer.alloc(INBOX_BYTES - 1));
  t.same(told, []);
  inbox.put('x');
  t.same(told, ['pause']);
  t.equal(inbox.take()?.length, INBOX_BYTES - 1);
  t.same(told, ['pause', 'resume']);
});

t.test('what comes while a message is taken lines up behind it', async (t) => {
  const { inbox, onResume } = make();
  inbox.put(Buffer.alloc(INBOX_BYTES));
  const idle: boolean[] = [];
  onResume.call = () => {
    idle.push(inbox.isIdle);
    inbox.put('next');
  };
  t.equal(inbox.take()?.length, INBOX_BYTES);
  t.same(idle, [false], 'the inbox is not idle before the message is with its taker');
  t.equal(inbox.take(), 'next');
  t.ok(inbox.isIdle);
});

t.test('a wait that ends by its time', async (t) => {
  const { inbox } = make();
  const before = handles();
  const error = { name: 'ConnectionError', code: 'WS_TIMEOUT', phase: 'open', message: 'no message within 5 ms' };
  await t.rejects(inbox.next({ timeoutMs: 5 }), error);
  inbox.put('a');
  t.equal(await inbox.next({ timeoutMs: 5 }), 'a', 'takes no message with it');
  const soon = inbox.next({ timeoutMs: 60_000 });
  t.not(handles().length, before.length);
  inbox.put('b');
  t.equal(await soon, 'b');
  t.same(handles(), before, 'no timer is left');
  const forever = inbox.next({ timeoutMs: Number.POSITIVE_INFINITY });
  t.same(handles(), before, 'Infinity needs no timer');
  inbox.put('c');
  t.equal(await forever, 'c');
});

t.test('a wait that ends by its signal', async (t) => {
  const { inbox } = make();
  const controller = new AbortController();
  const { signal } = controller;
  const [first, second, third] = [inbox.next({}), inbox.next({ signal }), inbox.next({})];
  const reason = new Error('enough');
  controller.abort(reason);
  await t.rejects(second, { code: 'WS_ABORTED', phase: 'open', cause: reason });
  inbox.put('a');
  inbox.put('b');
  t.same(await Promise.all([first, third]), ['a', 'b']);
  inbox.put('c');
  await t.rejects(inbox.next({ signal }), { code: 'WS_ABORTED' });
  t.equal(inbox.take(), 'c', 'a signal that has fired before takes no message');
});

t.test('a wait that is over leaves no listener on its signal', async (t) => {
  const { inbox } = make();
  const signal = new AbortController().signal;
  const listeners = countListeners(signal);
  const wait = inbox.next({ signal });
  t.equal(listeners(), 1);
  inbox.put('a');
  await wait;
  t.equal(listeners(), 0);
});

function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...values: Parameters<AbortSignal['addEventListener']>) => {
    count++;
    addEventListener.apply(signal, values);
  };
  signal.removeEventListener = (...values: Parameters<AbortSignal['removeEventListener']>) => {
    count--;
    removeEventListener.apply(signal, values);
  };
  return () => count;
}

t.test('closing drains the queue first', async (t) => {
  const { inbox } = make();
  const { inbox: other } = make();
  inbox.put('a');
  inbox.close();
  t.equal(await inbox.next({}), 'a');
  t.equal(await inbox.next({}), undefined);
  t.equal(await inbox.next({ timeoutMs: 1 }), undefined);
  const waits = [other.next({ timeoutMs: 60_000 }), other.next({})];
  other.close();
  t.same(await Promise.all(waits), [undefined, undefined]);
});

t.test('a user who has closed is waited for no longer', async (t) => {
  const { inbox, told } = make();
  fill(inbox, 16);
  inbox.discardOverflow();
  t.same(told, ['pause', 'resume']);
  inbox.put('dropped');
  inbox.take();
  inbox.put('kept');
  inbox.put('dropped, too');
  t.same(told, ['pause', 'resume']);
  inbox.close();
  const messages: unknown[] = [];
  for (let message = inbox.take(); message !== undefined; message = inbox.take()) messages.push(message);
  t.same(messages, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', 'kept']);

  const { inbox: empty, told: nothing } = make();
  empty.discardOverflow();
  t.same(nothing, [], 'there is nothing to resume');
});
