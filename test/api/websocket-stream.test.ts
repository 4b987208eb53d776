import { setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { WebSocketError } from '../../src/api/websocket-error.js';
import { type WebSocketOpenInfo, WebSocketStream } from '../../src/api/websocket-stream.js';
import {
  BINARY,
  CLOSE,
  closePayload,
  echo,
  frame,
  type PeerSocket,
  type RawPeer,
  type Script,
  startPeer,
  TEXT,
} from './websocket-peer.js';

async function peerFor(t: Test, script: Script = echo): Promise<RawPeer> {
  const peer = await startPeer(script);
  t.teardown(() => peer.close());
  return peer;
}

async function opened(url: string): Promise<{ stream: WebSocketStream } & WebSocketOpenInfo> {
  const stream = new WebSocketStream(url);
  return { stream, ...(await stream.opened) };
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it did not reject'),
    (error) => error,
  );

/** More than all buffers between two sockets hold. */
const TOO_MUCH = 32 * 1024 * 1024;

t.test('constructor: arguments', async (t) => {
  t.throws(() => Reflect.construct(WebSocketStream, []), TypeError);
  t.throws(() => new WebSocketStream('invalid:'), { name: 'SyntaxError' });
  const url = 'ws://127.0.0.1:6000/';
  for (const options of [true, 'text', { protocols: 'hi' }, { protocols: 1 }, { signal: {} }, { nonsense: 1 }]) {
    t.throws(() => new WebSocketStream(url, options as object), TypeError, JSON.stringify(options));
  }
  t.throws(() => new WebSocketStream(url, { protocols: ['a', 'a'] }), { name: 'SyntaxError' });
  t.equal(WebSocketStream.length, 1);
  t.same(Object.keys(WebSocketStream.prototype), ['url', 'opened', 'closed', 'close']);
  t.equal(Object.prototype.toString.call(WebSocketStream.prototype), '[object WebSocketStream]');
});

t.test('opened resolves with streams, protocol and extensions', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.onFrame = (received) => client.answerClose(received);
    client.accept(['Sec-WebSocket-Protocol: alpha'], frame(TEXT, 'alpha'));
  });
  const stream = new WebSocketStream(`${peer.url}/x`, { protocols: ['alpha', 'beta'], headers: { 'X-Test': 'yes' } });
  t.equal(stream.url, `${peer.url}/x`);
  const { readable, writable, protocol, extensions } = await stream.opened;
  t.equal(stream.opened, stream.opened, 'the same promise each time');
  t.equal(protocol, 'alpha');
  t.equal(extensions, '');
  t.ok(writable instanceof WritableStream);
  t.same(await readable.getReader().read(), { done: false, value: 'alpha' }, 'what came with the response is not lost');
  t.equal(peer.clients[0]?.header('X-Test'), 'yes');
  stream.close();
  t.same(await stream.closed, { closeCode: 1005, reason: '' });
});

t.test('opened and closed reject with a WebSocketError if the connection fails', async (t) => {
  const peer = await peerFor(
    t,
    (client) => void client.socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
  );
  const stream = new WebSocketStream(peer.url);
  const error = (await rejection(stream.opened)) as WebSocketError;
  t.equal(error.constructor, WebSocketError);
  t.match(error, {
    name: 'WebSocketError',
    closeCode: null,
    reason: '',
    cause: { code: 'WS_HANDSHAKE_STATUS', status: 404 },
  });
  t.equal(await rejection(stream.closed), error);
});

t.test('signal: before, during and after the handshake', async (t) => {
  const silent = await peerFor(t, () => {});
  const aborted = new WebSocketStream(silent.url, { signal: AbortSignal.abort() });
  t.match(await rejection(aborted.opened), { name: 'AbortError' });
  t.match(await rejection(aborted.closed), { name: 'AbortError' });
  t.equal(silent.clients.length, 0, 'nothing was dialed');
  const control = new AbortController();
  const during = new WebSocketStream(silent.url, { signal: control.signal });
  while (silent.clients.length === 0) await wait(2);
  const reason = new Error('my reason');
  control.abort(reason);
  t.equal(await rejection(during.opened), reason);
  t.equal(await rejection(during.closed), reason);
  const peer = await peerFor(t);
  const late = new AbortController();
  const stream = new WebSocketStream(peer.url, { signal: late.signal });
  const { readable, writable } = await stream.opened;
  late.abort();
  writable.getWriter().write('connected');
  t.equal((await readable.getReader().read()).value, 'connected', 'after the handshake it does nothing');
  stream.close();
  await stream.closed;
});

t.test('close: during the handshake', async (t) => {
  const peer = await peerFor(t, () => {});
  const stream = new WebSocketStream(peer.url);
  stream.close();
  stream.close({ closeCode: 3000 });
  t.equal(((await rejection(stream.opened)) as Error).constructor, WebSocketError);
  t.equal(((await rejection(stream.closed)) as Error).constructor, WebSocketError);
});

t.test('close: what is sent', async (t) => {
  const peer = await peerFor(t);
  const cases: [unknown[], number, string][] = [
    [[{ closeCode: 3456, reason: 'pizza' }], 3456, 'pizza'],
    [[], 1005, ''],
    [[{}], 1005, ''],
    [[{ reason: '' }], 1005, ''],
    [[{ reason: 'non-empty' }], 1000, 'non-empty'],
    [[null], 1005, ''],
  ];
  for (const [args, closeCode, reason] of cases) {
    const { stream } = await opened(peer.url);
    Reflect.apply(stream.close, stream, args);
    t.same(await stream.closed, { closeCode, reason }, JSON.stringify(args));
  }
});

t.test('close: what may not be sent', async (t) => {
  const peer = await peerFor(t);
  const { stream } = await opened(peer.url);
  t.throws(() => stream.close(true as unknown as object), TypeError);
  t.throws(() => stream.close({ closeCode: 65536 }), TypeError);
  t.throws(() => stream.close({ reason: '.'.repeat(124) }), { name: 'SyntaxError' });
  for (const closeCode of [999, 1001, 2999, 5000]) {
    t.throws(() => stream.close({ closeCode }), { name: 'InvalidAccessError' });
  }
  stream.close();
  await stream.closed;
});

t.test('closing the writable side waits for the closing handshake', async (t) => {
  let answered = false;
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = async (received) => {
      await wait(100);
      answered = true;
      client.answerClose(received);
    };
  });
  const { stream, writable, readable } = await opened(peer.url);
  await writable.getWriter().close();
  t.ok(answered);
  t.same(await stream.closed, { closeCode: 1005, reason: '' });
  t.same(await readable.getReader().read(), { done: true, value: undefined });
});

for (const [side, method] of [
  ['writable', 'abort'],
  ['readable', 'cancel'],
] as const) {
  t.test(`${method} of the ${side} side`, async (t) => {
    const peer = await peerFor(t);
    const exception = Object.assign(new DOMException('yes', 'DataCloneError'), { closeCode: 1000, reason: 'ignored' });
    const cases: [unknown, number, string][] = [
      [undefined, 1005, ''],
      [{ closeCode: 3333, reason: 'obsolete' }, 1005, ''],
      [exception, 1005, ''],
      [new WebSocketError('', { closeCode: 3333 }), 3333, ''],
      [new WebSocketError('', { closeCode: 3456, reason: 'set' }), 3456, 'set'],
      [new WebSocketError('', { reason: 'specified' }), 1000, 'specified'],
    ];
    for (const [cause, closeCode, reason] of cases) {
      const { stream, ...info } = await opened(peer.url);
      if (side === 'writable') await info.writable.abort(cause);
      else await info.readable.cancel(cause);
      t.same(await stream.closed, { closeCode, reason });
    }
  });
}

t.test('the peer closes cleanly', async (t) => {
  const closing =
    (payload: Buffer): Script =>
    (client) => {
      client.accept([], frame(CLOSE, payload));
      client.onFrame = () => client.socket.end();
    };
  const cases: [Buffer, number, string][] = [
    [closePayload(1000), 1000, ''],
    [Buffer.alloc(0), 1005, ''],
    [closePayload(4000, '\u30ED\u30DC'), 4000, '\u30ED\u30DC'],
  ];
  for (const [payload, closeCode, reason] of cases) {
    const peer = await peerFor(t, closing(payload));
    const { stream, readable, writable } = await opened(peer.url);
    t.same(await stream.closed, { closeCode, reason });
    t.equal((await readable.getReader().read()).done, true);
    const writer = writable.getWriter();
    t.match(await rejection(writer.ready), { name: 'InvalidStateError', code: 11 });
    t.match(await rejection(writer.write('x')), { name: 'InvalidStateError' });
  }
});

t.test('the close code of the peer is the one that counts', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = () => client.socket.end(frame(CLOSE, closePayload(4222, 'remote')));
  });
  const { stream } = await opened(peer.url);
  stream.close({ closeCode: 4111, reason: 'local' });
  t.same(await stream.closed, { closeCode: 4222, reason: 'remote' });
});

t.test('lost without a close frame', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.socket.end();
  });
  const { stream, readable, writable } = await opened(peer.url);
  const error = (await rejection(stream.closed)) as WebSocketError;
  t.equal(error.constructor, WebSocketError);
  t.match(error, { name: 'WebSocketError', closeCode: 1006, reason: '', cause: { code: 'WS_TRANSPORT' } });
  t.equal(await rejection(readable.getReader().read()), error, 'the same error everywhere');
  t.equal(await rejection(writable.getWriter().ready), error);
});

t.test('a closing handshake that is not answered is not clean', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = () => client.socket.destroy();
  });
  const { stream, writable } = await opened(peer.url);
  const closing = rejection(writable.getWriter().close());
  t.match(await rejection(stream.closed), { name: 'WebSocketError', closeCode: 1006 });
  t.match(await closing, { name: 'WebSocketError', closeCode: 1006 });
});

t.test('the peer closes before all data was written', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.socket.pause();
    client.send(CLOSE, closePayload(4567));
    setTimeout(() => client.socket.resume().end(), 100);
  });
  const { stream, writable } = await opened(peer.url);
  const writer = writable.getWriter();
  // Nobody waits for it before the end: it must not be an unhandled rejection until then.
  const writing = writer.write(new Uint8Array(TOO_MUCH));
  t.match(await rejection(stream.closed), { name: 'WebSocketError', closeCode: 4567 });
  const error = await rejection(writing);
  t.match(error, { name: 'InvalidStateError', code: 11 });
  t.equal(await rejection(writer.write('word')), error, 'the stream has the same error');
});

t.test('backpressure: a write is done when its data has left', async (t) => {
  let client: PeerSocket | undefined;
  const peer = await peerFor(t, (each) => {
    client = each;
    each.accept();
    each.socket.pause();
    each.onFrame = (received) => received.opcode === CLOSE && each.answerClose(received);
  });
  const { stream, writable } = await opened(peer.url);
  let done = false;
  const writing = writable
    .getWriter()
    .write(new Uint8Array(TOO_MUCH))
    .then(() => {
      done = true;
    });
  await wait(100);
  t.equal(done, false, 'the peer does not read');
  client?.socket.resume();
  await writing;
  stream.close();
  await stream.closed;
});

t.test('backpressure: the peer has to wait for the reader', async (t) => {
  let sent = false;
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = (received) => client.answerClose(received);
    client.send(BINARY);
    for (let i = 0; i < TOO_MUCH / 1048576; i++) client.send(BINARY, new Uint8Array(1048576));
    client.socket.write(frame(TEXT, 'end'), () => {
      sent = true;
    });
  });
  const { stream, readable } = await opened(peer.url);
  await wait(150);
  t.equal(sent, false, 'nobody has read yet');
  const sizes: number[] = [];
  const reader = readable.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (typeof value === 'string') break;
    sizes.push(value?.length ?? -1);
  }
  t.same(sizes, [0, ...Array.from({ length: 32 }, () => 1048576)]);
  t.ok(sent);
  stream.close();
  await stream.closed;
});

t.test('what nobody has read is dropped by close()', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept([], Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two'), frame(TEXT, 'three')]));
    client.onFrame = (received) => client.answerClose(received);
  });
  const { stream, readable } = await opened(peer.url);
  await wait(20);
  stream.close();
  t.same(await stream.closed, { closeCode: 1005, reason: '' });
  const reader = readable.getReader();
  t.same(await reader.read(), { done: false, value: 'one' }, 'what was in the stream already can be read');
  t.equal((await reader.read()).done, true);
});

t.test('messages: types', async (t) => {
  const peer = await peerFor(t);
  const { stream, readable, writable } = await opened(peer.url);
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const cases: [unknown, unknown][] = [
    ['text', 'text'],
    [12, '12'],
    ['a\uD800', 'a\uFFFD'],
    [new Uint8Array([1, 2]), [1, 2]],
    [new Uint8Array([0, 1, 2, 3]).subarray(1, 3), [1, 2]],
    [new Uint8Array([5]).buffer, [5]],
    [new DataView(new ArrayBuffer(2)), [0, 0]],
    [new Uint8Array(9000).fill(3), Array.from({ length: 9000 }, () => 3)],
  ];
  for (const [given, expected] of cases) {
    const [{ value }] = await Promise.all([reader.read(), writer.write(given)]);
    if (typeof value === 'string') t.equal(value, expected);
    else {
      t.equal(value?.constructor, Uint8Array, 'not a Buffer');
      t.equal(value?.buffer.byteLength, value?.byteLength, 'with memory of its own');
      t.same([...(value as Uint8Array)], expected);
    }
  }
  stream.close();
  await stream.closed;
});

t.test('messages: what cannot be written', async (t) => {
  const peer = await peerFor(t);
  const cannotStringify = {
    toString() {
      return this;
    },
  };
  const resizable: ArrayBuffer = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]);
  const shared = new SharedArrayBuffer(4);
  for (const chunk of [
    cannotStringify,
    Symbol('s'),
    resizable,
    new Uint8Array(resizable),
    shared,
    new Uint8Array(shared),
  ]) {
    const { stream, writable } = await opened(peer.url);
    t.match(await rejection(writable.getWriter().write(chunk)), { name: 'TypeError' });
    stream.close();
    await stream.closed;
  }
});

t.test('writing after close()', async (t) => {
  const peer = await peerFor(t);
  const { stream, writable } = await opened(peer.url);
  stream.close();
  t.match(await rejection(writable.getWriter().write('x')), { name: 'InvalidStateError' });
  await stream.closed;
});

t.test('a foreign object', async (t) => {
  const { get } = Object.getOwnPropertyDescriptor(WebSocketStream.prototype, 'url') as PropertyDescriptor;
  t.throws(() => get?.call({}), TypeError);
  t.throws(() => WebSocketStream.prototype.close.call({} as WebSocketStream), TypeError);
});
