import t, { type Test } from 'tap';
import {
  type DataReference,
  getLastError,
  webSocketClose,
  webSocketOpen,
  webSocketRead,
  webSocketWrite,
} from '../../src/api/ctrl.js';
import { CtrlError } from '../../src/api/ctrl-error.js';
import type { CtrlOptions } from '../../src/api/ctrl-options.js';
import type { Sendable } from '../../src/api/data.js';
import { pem } from '../certs.js';
import { binary, close, frame, listen, type Peer, settle, text, toldClose, type Wire } from './peer.js';

const codes = (): string[] => getLastError().map(({ code }) => code);

/** Opens, and answers the close frame as a server does. */
async function open(t: Test, peer: Peer, options?: CtrlOptions): Promise<{ socket: number; wire: Wire }> {
  const socket = await webSocketOpen(peer.url, options);
  const wire = await peer.wire();
  wire.socket.on('data', () => {
    if (wire.told.at(-1)?.startsWith('8:')) wire.socket.end(close(1000));
  });
  t.teardown(async () => {
    wire.startReading();
    await webSocketClose(socket);
  });
  return { socket, wire };
}

t.test('numbers: the smallest free one first, dead after close', async (t) => {
  const peer = await listen(t);
  const numbers: number[] = [];
  for (let i = 0; i < 4; i++) numbers.push((await open(t, peer)).socket);
  t.same(numbers, [0, 1, 2, 3]);
  t.equal(await webSocketClose(1), 0);
  t.equal(await webSocketClose(2), 0);
  t.same(codes(), []);
  for (const call of [webSocketClose(1), webSocketRead(1, {}), webSocketWrite(1, 'x')]) t.equal(await call, -1);
  t.equal((await open(t, peer)).socket, 1);
  t.equal((await open(t, peer)).socket, 2);
  t.equal((await open(t, peer)).socket, 4);
});

t.test('numbers that were never open', async (t) => {
  for (const socket of [-1, 0, 999, 0.5, Number.NaN, '0', undefined, null, 'length', {}]) {
    t.equal(await webSocketRead(socket as number, {}), -1);
    t.same(codes(), ['INVALID_SOCKET']);
    t.equal(await webSocketWrite(socket as number, 'x'), -1);
    t.equal(await webSocketClose(socket as number), -1);
    t.match(getLastError()[0], {
      name: 'CtrlError',
      code: 'INVALID_SOCKET',
      message: `socket ${String(socket)} is not open`,
    });
  }
});

t.test('a number is dead at once when it is closed', async (t) => {
  const peer = await listen(t);
  const { socket, wire } = await open(t, peer);
  const closing = webSocketClose(socket);
  t.equal(await webSocketWrite(socket, 'x'), -1);
  t.equal(await closing, 0);
  t.same(wire.told, [toldClose(1000)]);
});

// webSocketOpen

t.test('open: the errors', async (t) => {
  const refusing = await listen(t, { onRequest: (wire) => wire.send('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n') });
  const selfSigned = await listen(t, { tls: { cert: pem('self-signed.pem'), key: pem('self-signed.key') } });
  const gone = await listen(t);
  await gone.end();
  for (const [url, code, options] of [
    ['nonsense', 'INVALID_URL'],
    ['http://host/', 'INVALID_URL'],
    ['ws://host/\r\nX: y', 'INVALID_URL'],
    [5 as never, 'INVALID_URL'],
    [refusing.url, 'HANDSHAKE'],
    [gone.url, 'CONNECTION'],
    [selfSigned.url, 'SSL'],
    [selfSigned.url, 'SSL', { ignoreSslErrors: ['CertificateExpired'] }],
    [refusing.url, 'ARGUMENT', { ignoreSslErrors: ['SelfSigned'] }],
    [refusing.url, 'ARGUMENT', { ignoreSslErrors: false }],
    [refusing.url, 'ARGUMENT', { ignoreSslErrors: null }],
    [refusing.url, 'ARGUMENT', { timeoutMs: 5 } as never],
    [refusing.url, 'ARGUMENT', { timeout: -1 }],
    [refusing.url, 'ARGUMENT', { headers: { Upgrade: 'x' } }],
    [refusing.url, 'ARGUMENT', { headers: { 'X-A': 'a\r\nb' } }],
    [refusing.url, 'ARGUMENT', { headers: 5 } as never],
    [refusing.url, 'ARGUMENT', { sslConfig: { localCertificate: 'x' } } as never],
    [refusing.url, 'ARGUMENT', null as never],
  ] satisfies [string, string, CtrlOptions?][]) {
    t.equal(await webSocketOpen(url, options as CtrlOptions | undefined), -1);
    t.same(codes(), [code], `${url} ${JSON.stringify(options)}`);
    t.type(getLastError()[0], CtrlError);
  }
});

t.test('open: the nearest keyword is named', async (t) => {
  t.equal(await webSocketOpen('wss://host/', { ignoreSslErrors: ['SelfSignedCertificat'] }), -1);
  t.match(getLastError()[0]?.message, /SelfSignedCertificate/);
});

t.test('open: the timeout is in seconds', async (t) => {
  const peer = await listen(t, { onRequest: () => {} });
  t.equal(await webSocketOpen(peer.url, { timeout: 0.05 }), -2);
  t.match(getLastError(), [
    { code: 'TIMEOUT', cause: { code: 'WS_TIMEOUT', phase: 'handshake' }, message: /within 50 ms/ },
  ]);
});

t.test('open: the options', async (t) => {
  const peer = await listen(t, {
    tls: { cert: pem('self-signed.pem'), key: pem('self-signed.key'), requestCert: true, rejectUnauthorized: false },
  });
  for (const ignoreSslErrors of [true, [], 1, ['SelfSignedCertificate']]) {
    const sslConfig = {
      localCertificate: pem('client-ec.pem'),
      privateKey: { key: pem('client-ec.key'), algorithm: 'EC' as const },
    };
    const headers = { host: 'other.example', 'USER-AGENT': 'ctrl', Origin: 'x', 'X-A': '1' };
    const { socket, wire } = await open(t, peer, { ignoreSslErrors, sslConfig, headers, timeout: 20 });
    t.ok(socket >= 0);
    t.same(codes(), []);
    for (const line of ['Host: other.example', 'User-Agent: ctrl', 'Origin: x', 'X-A: 1']) {
      const name = line.split(':')[0] as string;
      t.equal(wire.head.match(new RegExp(`^${name}:`, 'gim'))?.length, 1, `${name} is there once`);
      t.ok(wire.head.toLowerCase().includes(`\r\n${line.toLowerCase()}\r\n`), line);
    }
    t.ok((wire.socket as { getPeerCertificate?: () => { subject?: unknown } }).getPeerCertificate?.().subject);
  }
});

// webSocketRead

t.test('read: a message each, text as string and blob as Buffer', async (t) => {
  const peer = await listen(t, { first: Buffer.concat([text('grün'), binary(Buffer.from([1, 2])), text('')]) });
  const { socket, wire } = await open(t, peer);
  const data: DataReference = {};
  t.equal(await webSocketRead(socket, data), 0);
  t.equal(data.value, 'grün');
  t.equal(await webSocketRead(socket, data), 0);
  t.same(data.value, Buffer.from([1, 2]));
  t.equal(await webSocketRead(socket, data, 5), 0);
  t.equal(data.value, '');
  data.value = 'left alone';
  t.equal(await webSocketRead(socket, data, 0.02), -2);
  t.same(codes(), ['TIMEOUT']);
  t.equal(data.value, 'left alone');
  const waiting = webSocketRead(socket, data);
  wire.send(text('after a time-out, nothing is lost'));
  t.equal(await waiting, 0);
  t.equal(data.value, 'after a time-out, nothing is lost');
});

t.test('read: arguments', async (t) => {
  const peer = await listen(t, { first: text('a') });
  const { socket } = await open(t, peer);
  for (const data of [undefined, null, 'x', 5]) {
    t.equal(await webSocketRead(socket, data as never), -1);
    t.match(getLastError(), [{ code: 'ARGUMENT', message: /^data: / }]);
  }
  for (const maxTimeout of [0, -1, Number.NaN, '1', null]) {
    t.equal(await webSocketRead(socket, {}, maxTimeout as number), -1);
    t.match(getLastError(), [{ code: 'ARGUMENT', message: /^maxTimeout: / }]);
  }
  const data: DataReference = {};
  t.equal(await webSocketRead(socket, data), 0, 'no message was lost by them');
  t.equal(data.value, 'a');
});

t.test('read: the queue is drained before 1, and then every read gives 1', async (t) => {
  const many = Array.from({ length: 40 }, (_, i) => text(String(i)));
  const peer = await listen(t, { first: Buffer.concat([...many, close(1001, 'bye')]) });
  const { socket } = await open(t, peer);
  await settle(20);
  const data: DataReference = {};
  for (let i = 0; i < 40; i++) {
    t.equal(await webSocketRead(socket, data), 0);
    t.equal(data.value, String(i));
  }
  for (let i = 0; i < 3; i++) {
    t.equal(await webSocketRead(socket, data, 60), 1);
    t.same(codes(), [], 'a closing handshake is no error');
  }
  t.equal(data.value, '39');
  t.equal(await webSocketWrite(socket, 'x'), -1);
  t.match(getLastError(), [{ code: 'CONNECTION', message: `socket ${socket} is closed` }]);
  t.equal(await webSocketClose(socket), 0, 'the number is open until it is closed');
  t.equal(await webSocketRead(socket, data), -1);
});

t.test('read: a connection that was lost, and a broken rule', async (t) => {
  for (const [bytes, code, cause] of [
    [Buffer.alloc(0), 'CONNECTION', { code: 'WS_TRANSPORT' }],
    [frame(0x83), 'CONNECTION', { name: 'ProtocolError' }],
  ] as const) {
    const peer = await listen(t, { first: Buffer.concat([text('a'), bytes]) });
    const { socket, wire } = await open(t, peer);
    wire.socket.end();
    const data: DataReference = {};
    t.equal(await webSocketRead(socket, data), 0);
    t.equal(await webSocketRead(socket, data), 1);
    t.match(getLastError(), [{ code, cause }]);
  }
});

t.test('read: a wait that close ends', async (t) => {
  const peer = await listen(t);
  const { socket } = await open(t, peer);
  const waiting = webSocketRead(socket, {});
  t.equal(await webSocketClose(socket), 0);
  t.equal(await waiting, 1);
});

// webSocketWrite

t.test('write: the number of payload bytes', async (t) => {
  const peer = await listen(t);
  const { socket, wire } = await open(t, peer);
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const cases: [Sendable, number, string][] = [
    ['', 0, '1:'],
    ['abc', 3, '1:abc'],
    ['grün', 5, '1:grÃ¼n'],
    ['😀', 4, `1:${Buffer.from('😀').toString('latin1')}`],
    ['\ud800', 3, '1:ï¿½'],
    [new Uint8Array(0), 0, '2:'],
    [bytes, 4, '2:\x01\x02\x03\x04'],
    [bytes.subarray(1, 3), 2, '2:\x02\x03'],
    [new Uint16Array(bytes.buffer, 2), 2, '2:\x03\x04'],
    [new DataView(bytes.buffer, 3), 1, '2:\x04'],
    [bytes.buffer, 4, '2:\x01\x02\x03\x04'],
  ];
  for (const [data, count] of cases) t.equal(await webSocketWrite(socket, data), count);
  await wire.count(cases.length);
  t.same(
    wire.told,
    cases.map(([, , told]) => told),
  );
  for (const data of [5, null, undefined, {}, [1]]) {
    t.equal(await webSocketWrite(socket, data as never), -1);
    t.match(getLastError(), [{ code: 'ARGUMENT', message: /^data: / }]);
  }
});

t.test('write: UNEXPECTEDSTATE while the peer does not read, and as before when it does', async (t) => {
  const peer = await listen(t);
  const { socket, wire } = await open(t, peer);
  wire.stopReading();
  const blob = Buffer.alloc(1 << 20, 'x');
  let written = 0;
  let result = 0;
  for (; result >= 0 && written < 64; written++) result = await webSocketWrite(socket, blob);
  t.equal(result, -1);
  t.match(getLastError(), [
    { code: 'UNEXPECTEDSTATE', message: /the peer does not read: \d+ bytes wait to be sent, more than 65536/ },
  ]);
  t.equal(await webSocketWrite(socket, 'small'), -1, 'whatever its length');
  t.same(codes(), ['UNEXPECTEDSTATE']);
  wire.startReading();
  while ((await webSocketWrite(socket, 'after')) < 0) {
    t.same(codes(), ['UNEXPECTEDSTATE']);
    await settle(1);
  }
  t.same(codes(), []);
  await wire.count(written);
  t.equal(wire.frames.length, written, 'what was refused was not sent');
  t.equal(wire.told.at(-1), '1:after');
});

t.test('write: 64 KiB may wait', async (t) => {
  const peer = await listen(t);
  const { socket, wire } = await open(t, peer);
  const results: number[] = [];
  for (let i = 0; i < 200; i++) results.push(await webSocketWrite(socket, 'x'.repeat(10_000)));
  t.ok(
    results.every((count) => count === 10_000),
    'a peer that reads is never too slow for one flush',
  );
  await wire.count(200);
});

// getLastError

t.test('getLastError: empty at first and after a success', async (t) => {
  const peer = await listen(t);
  t.same(getLastError(), []);
  t.equal(await webSocketClose(77), -1);
  t.same(codes(), ['INVALID_SOCKET']);
  await open(t, peer);
  t.same(codes(), []);
});

t.test('getLastError: two flows that fail in the same tick', async (t) => {
  const order: string[] = [];
  const flow = async (name: string, call: () => Promise<number>): Promise<string[]> => {
    await null;
    const result = await call();
    order.push(`${name} ${result}`);
    const first = codes();
    await settle(3);
    return [...first, ...codes()];
  };
  const found = await Promise.all([
    flow('a', () => webSocketOpen('nonsense')),
    flow('b', () => webSocketClose(99)),
    flow('c', () => webSocketRead(99, {})),
    flow('d', () => webSocketOpen('ws://host/', { timeout: 0 })),
  ]);
  t.same([...order].sort(), ['a -1', 'b -1', 'c -1', 'd -1']);
  t.same(found, [
    ['INVALID_URL', 'INVALID_URL'],
    ['INVALID_SOCKET', 'INVALID_SOCKET'],
    ['INVALID_SOCKET', 'INVALID_SOCKET'],
    ['ARGUMENT', 'ARGUMENT'],
  ]);
});

t.test('getLastError: flows that begin in the same tick', async (t) => {
  const flow = async (call: () => Promise<number>): Promise<string[]> => {
    await call();
    return codes();
  };
  const calls = [
    () => webSocketOpen('nonsense'),
    () => webSocketClose(99),
    () => webSocketOpen('ws://host/', { timeout: 0 }),
  ];
  t.same(await Promise.all(calls.map(flow)), [['INVALID_URL'], ['INVALID_SOCKET'], ['ARGUMENT']]);
});

t.test('getLastError: a flow inside of another one', async (t) => {
  await webSocketOpen('nonsense');
  const inner = async (): Promise<void> => {
    await settle(1);
    t.same(codes(), ['INVALID_URL'], 'a flow begins with what its caller had');
    await webSocketClose(99);
    t.same(codes(), ['INVALID_SOCKET']);
  };
  await inner();
  t.same(codes(), ['INVALID_URL'], 'the call of the inner flow is its own');
});

t.test('getLastError: callbacks and timers belong to the flow that made them', async (t) => {
  await webSocketClose(99);
  const inTimer = await new Promise((resolve) => setTimeout(() => resolve(codes()), 1));
  t.same(inTimer, ['INVALID_SOCKET']);
  t.same(await webSocketOpen('nonsense').then(codes), ['INVALID_URL']);
});
