import { once } from 'node:events';
import { setImmediate as nextTask, setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { CloseEvent } from '../../src/api/close-event.js';
import { MessageEvent } from '../../src/api/message-event.js';
import { WebSocket, type WebSocketErrorEvent, type WebSocketOptions } from '../../src/api/websocket.js';
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

const next = (ws: WebSocket, type: string): Promise<Event> =>
  new Promise((resolve) => ws.addEventListener(type, resolve as () => void, { once: true }));
const message = async (ws: WebSocket): Promise<unknown> => ((await next(ws, 'message')) as MessageEvent).data;

async function opened(url: string, ...rest: unknown[]): Promise<WebSocket> {
  const ws: WebSocket = Reflect.construct(WebSocket, [url, ...rest]);
  await next(ws, 'open');
  return ws;
}

/** Opens, does something, and gives all events as they came. */
function watch(ws: WebSocket): Event[] {
  const events: Event[] = [];
  for (const type of ['open', 'message', 'error', 'close'])
    ws.addEventListener(type, (event: Event) => events.push(event));
  return events;
}

const types = (events: readonly Event[]): string[] => events.map(({ type }) => type);

t.test('constructor: arguments', async (t) => {
  t.throws(() => Reflect.construct(WebSocket, []), TypeError);
  t.throws(() => Reflect.construct(WebSocket, [Symbol('s')]), TypeError);
  t.throws(() => Reflect.construct(WebSocket, [undefined]), { name: 'SyntaxError' });
  t.throws(() => Reflect.apply(WebSocket as unknown as () => void, undefined, ['ws://127.0.0.1:1/']), TypeError);
  for (const url of ['/relative', 'ftp://127.0.0.1/', 'ws://foo bar/', 'ws://127.0.0.1/#', 'ws://127.0.0.1/#test']) {
    t.throws(() => new WebSocket(url), { name: 'SyntaxError', code: 12 }, url);
  }
  for (const protocols of ['a b', '\u0080', '', ['echo', 'echo'], ['echo', 'eCho'], ['a,b']]) {
    t.throws(() => new WebSocket('ws://127.0.0.1/', protocols as string), { name: 'SyntaxError' }, String(protocols));
  }
  t.throws(() => new WebSocket('ws://127.0.0.1/', [Symbol('s')] as unknown as string[]), TypeError);
  t.throws(() => new WebSocket('ws://127.0.0.1/', {}, { timeoutMs: 'long' } as object), {
    name: 'TypeError',
    message: /option 'timeoutMs'/,
    cause: { code: 'WS_OPTION' },
  });
  t.throws(() => new WebSocket('ws://127.0.0.1/', { nonsense: 1 } as object), TypeError);
});

t.test('constructor: the url attribute, http(s) as ws(s)', async (t) => {
  const ws = new WebSocket('http://127.0.0.1:6000/a?b c');
  t.equal(ws.url, 'ws://127.0.0.1:6000/a?b%20c');
  t.equal(new WebSocket(new URL('https://127.0.0.1:6000')).url, 'wss://127.0.0.1:6000/');
  await next(ws, 'close');
});

t.test('constructor: protocols as a string, a list, an iterable, in an object', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.onFrame = (received) => client.answerClose(received);
    const asked = client.header('Sec-WebSocket-Protocol');
    client.accept(asked === undefined ? [] : [`Sec-WebSocket-Protocol: ${asked.split(',')[0]}`]);
  });
  const cases: [unknown[], string | undefined][] = [
    [['echo'], 'echo'],
    [[['a', 'b']], 'a, b'],
    [[new Set(['x', 1])], 'x, 1'],
    [[[]], undefined],
    [[undefined], undefined],
    [[null], undefined],
    [[{}], undefined],
    [[{ protocols: 'soap' }], 'soap'],
    [[{ protocols: ['c', 'd'] }], 'c, d'],
    [[7], '7'],
    [['echo', 'Stray argument'], 'echo'],
    [[undefined, {}], undefined],
    [[null, { protocols: 'e' }], 'e'],
    [['echo', null], 'echo'],
  ];
  for (const [args, asked] of cases) {
    const ws = await opened(peer.url, ...args);
    t.equal(peer.clients.at(-1)?.header('Sec-WebSocket-Protocol'), asked, JSON.stringify(args));
    t.equal(ws.protocol, asked?.split(',')[0] ?? '');
    ws.close();
    await next(ws, 'close');
  }
});

t.test('constructor: options of connect(), as the second and as the third argument', async (t) => {
  const peer = await peerFor(t);
  const options: WebSocketOptions = { headers: { 'X-Test': 'yes' }, origin: 'https://example.org' };
  for (const args of [[options], [[], options]]) {
    const ws = await opened(peer.url, ...args);
    const client = peer.clients.at(-1) as PeerSocket;
    t.equal(client.header('X-Test'), 'yes');
    t.equal(client.header('Origin'), 'https://example.org');
    ws.close();
    await next(ws, 'close');
  }
  const ws = await opened(peer.url.replace('//', '//user:pass@'));
  t.equal(peer.clients.at(-1)?.header('Authorization'), 'Basic dXNlcjpwYXNz');
  ws.close();
  await next(ws, 'close');
});

t.test('states, protocol and extensions over the life of a connection', async (t) => {
  const peer = await peerFor(t);
  const ws = new WebSocket(peer.url);
  t.match(ws, { readyState: 0, protocol: '', extensions: '', bufferedAmount: 0, binaryType: 'blob' });
  t.throws(() => ws.send('x'), { name: 'InvalidStateError', code: 11 });
  const events = watch(ws);
  await next(ws, 'open');
  t.equal(ws.readyState, WebSocket.OPEN);
  ws.close();
  t.equal(ws.readyState, WebSocket.CLOSING);
  await next(ws, 'close');
  t.equal(ws.readyState, WebSocket.CLOSED);
  t.same(types(events), ['open', 'close']);
});

t.test('events: what they are and what they hold', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = () =>
      client.socket.write(Buffer.concat([frame(TEXT, 'test'), Buffer.from([0x83, 3, 76, 79, 76])]));
  });
  const ws = new WebSocket(peer.url);
  for (const type of ['open', 'message', 'error', 'close']) {
    ws.addEventListener(type, function (this: unknown, event: Event) {
      t.equal(this, ws, `${type}: this`);
      t.equal(event.target, ws);
      t.equal(event.currentTarget, ws);
      t.equal(event.eventPhase, 2);
      t.match(event, { bubbles: false, cancelable: false, isTrusted: true });
      t.ok(event instanceof Event);
    } as () => void);
  }
  const events = watch(ws);
  ws.onopen = () => ws.send('go');
  await next(ws, 'close');
  t.same(events.map(String), ['[object Event]', '[object MessageEvent]', '[object Event]', '[object CloseEvent]']);
  const [, messageEvent, errorEvent, closeEvent] = events;
  t.match(messageEvent, { data: 'test', origin: peer.url, lastEventId: '', source: null, ports: [] });
  t.ok(messageEvent instanceof MessageEvent);
  t.ok(closeEvent instanceof CloseEvent);
  t.match(closeEvent, { wasClean: false, code: 1006, reason: '' });
  const { error, message: text } = errorEvent as WebSocketErrorEvent;
  t.match(error, { name: 'ProtocolError', closeCode: 1002 });
  t.equal(text, error.message);
  t.match((closeEvent as CloseEvent).report, {
    by: 'us',
    clean: false,
    error: { name: 'ProtocolError' },
    sent: { code: 1002 },
  });
});

t.test('events: a connection that could not be established', async (t) => {
  const refusing = await peerFor(t, (client) => {
    client.socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy');
  });
  for (const [url, code] of [
    [refusing.url, 'WS_HANDSHAKE_STATUS'],
    ['ws://127.0.0.1:1/', 'WS_OPTION'],
  ] as const) {
    const ws = new WebSocket(url);
    const events = watch(ws);
    ws.onerror = () => t.equal(ws.readyState, WebSocket.CLOSED, 'it is closed when the error is told');
    await next(ws, 'close');
    t.same(types(events), ['error', 'close']);
    t.match(events[0], { error: { code } });
    t.match(events[1], { wasClean: false, code: 1006, reason: '', report: undefined });
  }
});

t.test('events: the first messages come behind open, also for who waits for it', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.onFrame = () => client.socket.end();
    client.accept([], Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two'), frame(CLOSE, closePayload(1000))]));
  });
  const ws = await opened(peer.url);
  t.equal(ws.readyState, WebSocket.OPEN, 'the close frame has not been seen yet');
  t.equal(await message(ws), 'one');
  t.equal(await message(ws), 'two', 'nothing is lost between two waits');
  await next(ws, 'close');
  const [{ data }] = (await once(await opened(peer.url), 'message')) as [MessageEvent];
  t.equal(data, 'one', "Node's own way to wait");
});

t.test('messages: many in one read, in their order', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = () =>
      client.socket.write(Buffer.concat(Array.from({ length: 1000 }, (_, i) => frame(i % 3 ? TEXT : BINARY, `${i}`))));
  });
  const ws = await opened(peer.url);
  ws.binaryType = 'arraybuffer';
  const seen: string[] = [];
  const all = new Promise<void>((resolve) => {
    ws.onmessage = ({ data }) => {
      seen.push(typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer).toString());
      if (seen.length === 1000) resolve();
    };
  });
  ws.send('go');
  await all;
  t.same(
    seen,
    Array.from({ length: 1000 }, (_, i) => `${i}`),
  );
});

t.test('messages: binaryType', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  ws.send(new Uint8Array([1, 2, 3]));
  const blob = (await message(ws)) as Blob;
  t.ok(blob instanceof Blob);
  t.same([...new Uint8Array(await blob.arrayBuffer())], [1, 2, 3]);
  ws.binaryType = 'arraybuffer';
  for (const size of [0, 3, 5000, 70000]) {
    ws.send(new Uint8Array(size).fill(7));
    const buffer = (await message(ws)) as ArrayBuffer;
    t.ok(buffer instanceof ArrayBuffer);
    t.equal(buffer.byteLength, size, 'the buffer holds the message and nothing else');
    t.ok(new Uint8Array(buffer).every((byte) => byte === 7));
  }
  for (const wrong of ['notBlobOrArrayBuffer', '', 'Blob', undefined, null, 1]) {
    ws.binaryType = wrong as 'blob';
    t.equal(ws.binaryType, 'arraybuffer', 'what does not exist is ignored');
  }
  ws.binaryType = 'blob';
  t.equal(ws.binaryType, 'blob');
  ws.close();
  await next(ws, 'close');
});

t.test('send: everything that is text', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  const cases: [unknown, string][] = [
    ['', ''],
    ['plain', 'plain'],
    ['\u00A5\u00A6\u{1F50C}', '\u00A5\u00A6\u{1F50C}'],
    ['a\uD800b\uDC00', 'a\uFFFDb\uFFFD'],
    [null, 'null'],
    [undefined, 'undefined'],
    [5, '5'],
    [{ toString: () => 'object' }, 'object'],
    ['x'.repeat(70000), 'x'.repeat(70000)],
  ];
  for (const [given, expected] of cases) {
    ws.send(given as string);
    t.equal(await message(ws), expected);
  }
  t.throws(() => Reflect.apply(ws.send, ws, []), TypeError);
  t.throws(() => Reflect.apply(ws.send, ws, [Symbol('s')]), TypeError);
  t.ok(peer.clients[0]?.frames.every(({ opcode }) => opcode === TEXT));
  ws.close();
  await next(ws, 'close');
});

t.test('send: bytes in all forms, their own and no others', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  ws.binaryType = 'arraybuffer';
  const memory = Uint8Array.from({ length: 32 }, (_, i) => i).buffer;
  const shared = new SharedArrayBuffer(4);
  new Uint8Array(shared).set([9, 8, 7, 6]);
  const resizable: ArrayBuffer = Reflect.construct(ArrayBuffer, [4, { maxByteLength: 16 }]);
  const tracking = new Uint8Array(resizable);
  Reflect.apply((resizable as unknown as { resize: (size: number) => void }).resize, resizable, [2]);
  const detached = new ArrayBuffer(8);
  const views = [detached, new Uint8Array(detached), new DataView(detached)];
  structuredClone(detached, { transfer: [detached] });
  const cases: [unknown, number[]][] = [
    [memory.slice(0, 3), [0, 1, 2]],
    [new Uint8Array(memory, 2, 3), [2, 3, 4]],
    [new Int16Array(memory, 2, 1), [2, 3]],
    [new Float64Array(memory, 8, 1), [8, 9, 10, 11, 12, 13, 14, 15]],
    [new DataView(memory, 30), [30, 31]],
    [Buffer.from('ab'), [97, 98]],
    [shared, [9, 8, 7, 6]],
    [new Uint8Array(shared, 1, 2), [8, 7]],
    [resizable, [0, 0]],
    [tracking, [0, 0]],
    [new Blob(['cd']), [99, 100]],
    ...views.map((each): [unknown, number[]] => [each, []]),
  ];
  for (const [given, expected] of cases) {
    ws.send(given as ArrayBuffer);
    t.same([...new Uint8Array((await message(ws)) as ArrayBuffer)], expected);
  }
  t.ok(peer.clients[0]?.frames.every(({ opcode }) => opcode === BINARY));
  ws.close();
  await next(ws, 'close');
});

t.test('send: what is changed afterwards is not sent', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  ws.binaryType = 'arraybuffer';
  const bytes = new Uint8Array([1, 2, 3]);
  ws.send(bytes);
  bytes.fill(9);
  t.same([...new Uint8Array((await message(ws)) as ArrayBuffer)], [1, 2, 3]);
  ws.close();
  await next(ws, 'close');
});

t.test('send: a Blob keeps its place, and close waits for it', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  ws.send(new Blob(['first']));
  ws.send('second');
  ws.send(new Blob(['third']));
  ws.close(1000, 'done');
  ws.send('never');
  t.match(await next(ws, 'close'), { wasClean: true, code: 1000, reason: 'done' });
  t.same(peer.clients[0]?.frames.map(({ opcode, payload }) => [opcode, payload.toString()]).slice(0, 3), [
    [BINARY, 'first'],
    [TEXT, 'second'],
    [BINARY, 'third'],
  ]);
});

t.test('bufferedAmount', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  ws.send('x'.repeat(65000));
  t.equal(ws.bufferedAmount, 65000);
  ws.send('\u00E9');
  ws.send(new Uint8Array(10));
  ws.send(new Blob(['abc']));
  t.equal(ws.bufferedAmount, 65000 + 2 + 10 + 3);
  await Promise.resolve();
  t.equal(ws.bufferedAmount, 65015, 'not in the same task');
  await message(ws);
  while (ws.bufferedAmount > 0) await wait(2);
  ws.close();
  ws.send('after close');
  t.equal(ws.bufferedAmount, 11);
  await next(ws, 'close');
  ws.send(new Uint8Array(4));
  t.equal(ws.bufferedAmount, 15, 'it does not go back when the connection is closed');
});

t.test('bufferedAmount of one that never opened', async (t) => {
  const ws = new WebSocket('ws://127.0.0.1:6000/');
  ws.close();
  ws.send('abc');
  t.equal(ws.bufferedAmount, 3);
  await next(ws, 'close');
  ws.send(new Blob(['d']));
  t.equal(ws.bufferedAmount, 4);
});

t.test('close: arguments', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  for (const code of [0, 500, Number.NaN, 'string', null, 0x10000 + 1000, 1001, 2999, 5000]) {
    t.throws(() => ws.close(code as number), { name: 'InvalidAccessError', code: 15 }, String(code));
  }
  t.throws(() => ws.close('only a reason' as unknown as number), { name: 'InvalidAccessError' });
  t.throws(() => ws.close(1000, 'x'.repeat(124)), { name: 'SyntaxError', code: 12 });
  t.equal(ws.readyState, WebSocket.OPEN, 'nothing has happened');
  ws.close();
  t.throws(() => ws.close(500), { name: 'InvalidAccessError' }, 'whatever the state');
  await next(ws, 'close');
});

t.test('close: what is sent', async (t) => {
  const peer = await peerFor(t);
  const cases: [unknown[], number[], string, number][] = [
    [[], [], '', 1005],
    [[undefined], [], '', 1005],
    [[undefined, ''], [], '', 1005],
    [[1000], [0x03, 0xe8], '', 1000],
    [[3000, 'Clean Close'], [0x0b, 0xb8], 'Clean Close', 3000],
    [[4999, 'a\uD807'], [0x13, 0x87], 'a\uFFFD', 4999],
    [[undefined, 'why'], [0x03, 0xe8], 'why', 1000],
    [[1000.4, null], [0x03, 0xe8], 'null', 1000],
  ];
  for (const [args, code, reason, seen] of cases) {
    const ws = await opened(peer.url);
    Reflect.apply(ws.close, ws, args);
    t.match(await next(ws, 'close'), { wasClean: true, code: seen, reason });
    t.same([...(peer.clients.at(-1)?.frames[0]?.payload ?? [])], [...code, ...Buffer.from(reason)]);
  }
});

t.test('close: while it is connecting', async (t) => {
  const peer = await peerFor(t, () => {});
  const waitForRequest = async (): Promise<void> => {
    while (peer.clients.at(-1)?.head === undefined) await wait(2);
  };
  for (const prepare of [async () => {}, waitForRequest]) {
    const ws = new WebSocket(peer.url);
    await prepare();
    const events = watch(ws);
    ws.close();
    t.equal(ws.readyState, WebSocket.CLOSING);
    t.same(events, [], 'the events come in a task of their own');
    ws.close();
    await next(ws, 'close');
    t.same(types(events), ['error', 'close']);
    t.match(events, [{ error: { code: 'WS_ABORTED' } }, { wasClean: false, code: 1006 }]);
    t.equal(ws.readyState, WebSocket.CLOSED);
  }
});

t.test('close: nested and again', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  let closes = 0;
  ws.onclose = () => {
    closes++;
    ws.close();
    t.equal(ws.readyState, WebSocket.CLOSED);
  };
  ws.close(1000);
  ws.close(3000);
  t.match(await next(ws, 'close'), { code: 1000 });
  await nextTask();
  t.equal(closes, 1);
});

t.test('close: by the peer', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept([], frame(CLOSE, closePayload(4000, 'robot \u30ED')));
    client.onFrame = () => client.socket.end();
  });
  const ws = new WebSocket(peer.url);
  const events = watch(ws);
  await next(ws, 'close');
  t.same(types(events), ['open', 'close']);
  t.match(events[1], { wasClean: true, code: 4000, reason: 'robot \u30ED', report: { by: 'peer' } });
});

t.test('close: lost without a close frame', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.socket.end();
  });
  const ws = new WebSocket(peer.url);
  const events = watch(ws);
  await next(ws, 'close');
  t.same(types(events), ['open', 'error', 'close']);
  t.match(events, [{}, { error: { code: 'WS_TRANSPORT' } }, { wasClean: false, code: 1006 }]);
});

t.test('messages that come after close() are not told', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.onFrame = (received) => {
      client.send(TEXT, 'late');
      client.answerClose(received);
    };
  });
  const ws = await opened(peer.url);
  const events = watch(ws);
  ws.close();
  await next(ws, 'close');
  t.same(types(events), ['close']);
});

t.test('the signal ends the open connection', async (t) => {
  const peer = await peerFor(t);
  const control = new AbortController();
  const ws = await opened(peer.url, { signal: control.signal });
  const events = watch(ws);
  control.abort();
  await next(ws, 'close');
  t.match(events, [
    { type: 'error', error: { code: 'WS_ABORTED' } },
    { type: 'close', code: 1006 },
  ]);
});

t.test('EventTarget: listeners and handlers in their order', async (t) => {
  const peer = await peerFor(t, (client) => {
    client.accept();
    client.send(TEXT, 'hello');
    client.send(CLOSE, closePayload(1000));
    client.onFrame = () => client.socket.end();
  });
  const ws = new WebSocket(peer.url);
  const calls: string[] = [];
  for (const type of ['open', 'message', 'close'] as const) {
    ws.addEventListener(type, () => calls.push(`${type} 1`));
    ws[`on${type}`] = () => calls.push('never');
    ws.addEventListener(type, { handleEvent: () => calls.push(`${type} 3`) });
    ws[`on${type}`] = () => calls.push(`${type} 2`);
  }
  await next(ws, 'close');
  const inOrder = (type: string): string[] => [1, 2, 3].map((i) => `${type} ${i}`);
  t.same(calls, ['open', 'message', 'close'].flatMap(inOrder));
});

t.test('EventTarget: handler attributes', async (t) => {
  const ws = new WebSocket('ws://127.0.0.1:6000/');
  for (const name of ['onopen', 'onmessage', 'onerror', 'onclose'] as const) {
    t.equal(ws[name], null);
    const handler = (): void => {};
    ws[name] = handler;
    t.equal(ws[name], handler);
    for (const wrong of [2, 'text', null, undefined, Symbol('s')]) {
      ws[name] = handler;
      ws[name] = wrong as null;
      t.equal(ws[name], null, 'what is no object is null');
    }
    const object = { handleEvent: () => t.fail('a handler is not called by handleEvent') };
    ws[name] = object as unknown as null;
    t.equal(ws[name], object as unknown);
    ws.dispatchEvent(new Event(name.slice(2)));
    ws[name] = (() => false) as () => void;
    const event = new Event(name.slice(2), { cancelable: true });
    t.equal(ws.dispatchEvent(event), false, 'a handler that returns false cancels the event');
    ws[name] = null;
    t.equal(ws.dispatchEvent(new Event(name.slice(2), { cancelable: true })), true);
  }
  await next(ws, 'close');
});

t.test('EventTarget: events that somebody else has made', async (t) => {
  const ws = new WebSocket('ws://127.0.0.1:6000/');
  const calls: unknown[] = [];
  ws.onmessage = function (this: unknown, event) {
    calls.push(this === ws, event.target === ws, event.data);
  };
  ws.addEventListener('message', (event) => event.stopImmediatePropagation(), { once: true });
  ws.addEventListener('message', () => calls.push('last'));
  ws.dispatchEvent(new MessageEvent('message', { data: 1 }));
  t.same(calls, [true, true, 1]);
  ws.dispatchEvent(new MessageEvent('message', { data: 2 }));
  t.same(calls, [true, true, 1, true, true, 2, 'last'], 'nothing is left of the first dispatch');
  t.throws(() => ws.dispatchEvent({ type: 'message' } as Event), TypeError);
  t.throws(() => ws.dispatchEvent(null as unknown as Event), TypeError);
  t.throws(() => Reflect.apply(ws.dispatchEvent, ws, []), TypeError);
  let custom = 0;
  const listener = (): number => custom++;
  ws.addEventListener('custom', listener);
  ws.dispatchEvent(new Event('custom'));
  ws.removeEventListener('custom', listener);
  ws.dispatchEvent(new Event('custom'));
  t.equal(custom, 1);
  await next(ws, 'close');
});

t.test('EventTarget: adding and removing', async (t) => {
  const ws = new WebSocket('ws://127.0.0.1:6000/');
  let calls = 0;
  const listener = (): number => calls++;
  for (const type of ['message', 'open']) {
    calls = 0;
    ws.addEventListener(type, listener);
    ws.addEventListener(type, listener, { once: true });
    ws.addEventListener(type, null);
    ws.addEventListener(type, undefined as unknown as null);
    ws.dispatchEvent(new Event(type));
    ws.dispatchEvent(new Event(type));
    t.equal(calls, 2, 'the same listener is there once');
    ws.removeEventListener(type, null);
    ws.removeEventListener(type, listener);
    ws.dispatchEvent(new Event(type));
    t.equal(calls, 2);
    t.throws(() => ws.addEventListener(type, 'text' as unknown as null), TypeError);
  }
  t.throws(() => Reflect.apply(ws.addEventListener, ws, ['open']), TypeError);
  t.throws(() => Reflect.apply(ws.removeEventListener, ws, ['open']), TypeError);
  t.throws(() => Reflect.apply(ws.addEventListener, ws, [Symbol('s'), listener]), TypeError);
  await next(ws, 'close');
});

t.test('a listener that throws stops neither the others nor the connection', async (t) => {
  const peer = await peerFor(t);
  const ws = await opened(peer.url);
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  ws.onmessage = () => {
    throw new Error('from a handler');
  };
  const seen: unknown[] = [];
  ws.addEventListener('message', ({ data }) => seen.push(data));
  ws.send('1');
  ws.send('2');
  while (seen.length < 2) await wait(2);
  await nextTask();
  process.removeAllListeners('uncaughtException');
  for (const other of others) process.on('uncaughtException', other);
  t.same(seen, ['1', '2']);
  t.match(uncaught, [{ message: 'from a handler' }, { message: 'from a handler' }]);
  ws.close();
  await next(ws, 'close');
});

t.test('Web IDL: the interface', async (t) => {
  t.equal(WebSocket.name, 'WebSocket');
  t.equal(WebSocket.length, 1);
  t.equal(Object.getPrototypeOf(WebSocket), EventTarget);
  t.equal(Object.getPrototypeOf(WebSocket.prototype), EventTarget.prototype);
  t.equal(Object.prototype.toString.call(WebSocket.prototype), '[object WebSocket]');
  for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) {
    for (const owner of [WebSocket, WebSocket.prototype]) {
      const expected = { value, writable: false, enumerable: true, configurable: false };
      t.same(Object.getOwnPropertyDescriptor(owner, name), expected, name);
    }
  }
  const readOnly = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol'];
  const writable = ['onopen', 'onerror', 'onclose', 'onmessage', 'binaryType'];
  for (const name of [...readOnly, ...writable]) {
    const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(WebSocket.prototype, name) ?? {};
    t.same([enumerable, configurable, typeof get], [true, true, 'function'], name);
    t.equal(typeof set, writable.includes(name) ? 'function' : 'undefined', name);
    t.equal(get?.name, `get ${name}`);
    t.throws(() => get?.call(new EventTarget()), TypeError, `${name} of a foreign object`);
    if (set !== undefined) t.throws(() => set.call({}, null), TypeError, `${name} of a foreign object`);
  }
  for (const [name, length] of Object.entries({ send: 1, close: 0, addEventListener: 2, removeEventListener: 2 })) {
    const { value, enumerable, configurable, writable } =
      Object.getOwnPropertyDescriptor(WebSocket.prototype, name) ?? {};
    t.same([value.length, enumerable, configurable, writable], [length, true, true, true], name);
    t.throws(() => value.call({}, 'message', () => {}), TypeError, `${name} of a foreign object`);
  }
  const ws = new WebSocket('ws://127.0.0.1:6000/');
  t.same(Object.getOwnPropertyNames(ws), [], 'everything is on the prototype');
  t.throws(
    () =>
      Reflect.set(Object.freeze({}), 'x', 1) ||
      (() => {
        (ws as { readyState: number }).readyState = 5;
      })(),
    TypeError,
  );
  t.equal(ws.readyState, 0);
  await next(ws, 'close');
});

t.test('a subclass', async (t) => {
  class Sub extends WebSocket {
    readonly extra = 1;
  }
  const ws = new Sub('ws://127.0.0.1:6000/');
  t.ok(ws instanceof WebSocket);
  t.equal(ws.extra, 1);
  t.equal(Sub.OPEN, 1);
  await next(ws, 'close');
});
