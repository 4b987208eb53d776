import { setImmediate as nextTask } from 'node:timers/promises';
import t from 'tap';
import type { Channel } from '../../src/api/channel.js';
import { defer } from '../../src/api/deferred.js';
import { WebSocketOutbox } from '../../src/api/websocket-outbox.js';

/** A channel that writes down what it is told; what was sent leaves when the test says so. */
function makeChannel(): {
  channel: Channel;
  sent: (string | number[])[];
  state: { isOpen: boolean };
  leave: () => void;
  lose: () => void;
} {
  const sent: (string | number[])[] = [];
  const state = { isOpen: true };
  let left = defer<void>();
  const channel = {
    get isOpen() {
      return state.isOpen;
    },
    writer: {
      text: (text: string) => sent.push(text),
      binary: (bytes: Uint8Array) => sent.push([...bytes]),
    },
    left: () => left.promise,
    startClose: (code?: number, reason?: string) => sent.push(`close ${code} ${reason}`),
    terminate: (error: Error) => sent.push(`terminated: ${error.message}`),
  };
  const leave = (): void => {
    left.resolve();
    left = defer();
  };
  return { channel: channel as unknown as Channel, sent, state, leave, lose: () => left.reject(new Error('lost')) };
}

/** What has left is taken off in a task that is queued only when the promise is resolved. */
async function settled(): Promise<void> {
  await nextTask();
  await nextTask();
}

t.test('bufferedAmount counts bytes of payload, and only in a later task those that have left', async (t) => {
  const { channel, leave } = makeChannel();
  const outbox = new WebSocketOutbox(channel);
  outbox.send('hello');
  outbox.send('\u00E9\uD800\u{1F50C}');
  outbox.send(new Uint8Array(7));
  t.equal(outbox.bufferedAmount, 5 + 2 + 3 + 4 + 7);
  leave();
  await Promise.resolve();
  await new Promise((resolve) => process.nextTick(resolve));
  t.equal(outbox.bufferedAmount, 21, 'not in the task of the send');
  await settled();
  t.equal(outbox.bufferedAmount, 0);
  outbox.send('a');
  leave();
  outbox.send('bb');
  await settled();
  t.equal(outbox.bufferedAmount, 2, 'what was sent later has not left');
  leave();
  await settled();
  t.equal(outbox.bufferedAmount, 0);
});

t.test('bytes that will never leave stay in bufferedAmount', async (t) => {
  const { channel, lose, state } = makeChannel();
  const outbox = new WebSocketOutbox(channel);
  outbox.send('hello');
  state.isOpen = false;
  lose();
  await nextTask();
  outbox.send('x');
  t.equal(outbox.bufferedAmount, 6);
});

t.test('a Blob keeps its place among the messages', async (t) => {
  const { channel, sent, leave } = makeChannel();
  const outbox = new WebSocketOutbox(channel);
  const bytes = new Uint8Array([1, 2]);
  outbox.send('before');
  outbox.send(new Blob(['ab']));
  outbox.send('between');
  outbox.send(bytes);
  outbox.send(new Blob([]));
  outbox.close(3000, 'bye');
  bytes.fill(9);
  t.same(sent, ['before'], 'what follows the Blob waits');
  t.equal(outbox.bufferedAmount, 6 + 2 + 7 + 2);
  outbox.send('too late');
  while (sent.length < 6) await nextTask();
  t.same(sent, ['before', [97, 98], 'between', [1, 2], [], 'close 3000 bye']);
  leave();
  await settled();
  t.equal(outbox.bufferedAmount, 8, 'what came too late only counts');
});

t.test('what waits for a Blob is dropped when the connection ends', async (t) => {
  const { channel, sent, state } = makeChannel();
  const outbox = new WebSocketOutbox(channel);
  outbox.send(new Blob(['ab']));
  outbox.send('after');
  state.isOpen = false;
  for (let i = 0; i < 10; i++) await nextTask();
  t.same(sent, []);
  t.equal(outbox.bufferedAmount, 7);
});

t.test('a Blob that cannot be read ends the connection', async (t) => {
  const { channel, sent } = makeChannel();
  const outbox = new WebSocketOutbox(channel);
  const blob = new Blob(['ab']);
  blob.arrayBuffer = () => Promise.reject(new Error('the file has changed'));
  outbox.send(blob);
  await nextTask();
  t.same(sent, ['terminated: send: the Blob cannot be read']);
});

t.test('without a Blob the closing handshake begins at once', async (t) => {
  const { channel, sent } = makeChannel();
  new WebSocketOutbox(channel).close(undefined, '');
  t.same(sent, ['close undefined ']);
});
