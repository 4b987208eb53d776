import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import type { ConnectOptions } from '../../src/api/options.js';
import { binary, close, frame, listen, ping, pong, settle, text, toldClose, type Wire } from './peer.js';

t.test(
  "a late listener of 'message' gets a message that filled the queue before what followed it in the same read",
  async (t) => {
    const peer = await listen(t);
    const ws = await connect(peer.url);
    const wire = await peer.wire();
    let pings = 0;
    ws.on('ping', () => pings++);
    wire.send(ping(), binary(Buffer.alloc(1 << 20)), text('a'), text('b'), ping());
    // The queue is full with the first message, and the rest is kept by the reader: the second ping is not seen yet.
    while (pings === 0) await settle(1);
    await settle(20);
    const got: unknown[] = [];
    ws.on('message', (message) => got.push(message.length > 1 ? message.length : message));
    while (got.length < 3) await settle(1);
    t.same(got, [1 << 20, 'a', 'b']);
    ws.terminate();
  },
);

t.test('receive: options that make no sense', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url);
  const wire = await peer.wire();
  for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31, '5']) {
    await t.rejects(ws.receive({ timeoutMs: timeoutMs as number }), { code: 'WS_OPTION', message: /'timeoutMs'/ });
  }
  await t.rejects(ws.receive({ signal: {} as AbortSignal }), { code: 'WS_OPTION', message: /'signal'/ });
  await t.rejects(ws.receive(null as never), { code: 'WS_OPTION', message: /'options'/ });
  const forever = ws.receive({ timeoutMs: Number.POSITIVE_INFINITY });
  await new Promise((resolve) => setTimeout(resolve, 20));
  wire.send(text('a'));
  t.equal(await forever, 'a');
  ws.terminate();
});

/** An open connection and the peer's side of it. */
async function pair(t: Test, options: ConnectOptions = {}): Promise<{ ws: Connection; wire: Wire }> {
  const peer = await listen(t);
  const ws = await connect(peer.url, options);
  t.teardown(() => ws.terminate());
  return { ws, wire: await peer.wire() };
}

/** More than the system's buffers on both sides take. */
const UNREAD = Buffer.alloc(32 << 20, 'x');

// send

t.test('send: text, and bytes in every form', async (t) => {
  const { ws, wire } = await pair(t);
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const shared = new SharedArrayBuffer(1);
  for (const data of [
    '',
    'grün',
    new Uint8Array(0),
    bytes.subarray(1, 3),
    bytes.buffer,
    new DataView(bytes.buffer, 3),
    shared,
  ]) {
    await ws.send(data);
  }
  await wire.count(7);
  t.same(wire.told, ['1:', '1:grÃ¼n', '2:', '2:\x02\x03', '2:\x01\x02\x03\x04', '2:\x04', '2:\0']);
  t.ok(wire.frames.every(({ masked }) => masked));
});

t.test('send: the data is copied before it returns', async (t) => {
  const { ws, wire } = await pair(t);
  const bytes = Buffer.from('before');
  ws.send(bytes);
  bytes.fill('!');
  const large = Buffer.alloc(200_000, 'b');
  ws.send(large);
  large.fill('!');
  await wire.count(2);
  t.equal(wire.told[0], '2:before');
  t.ok(wire.frames[1]?.payload.equals(Buffer.alloc(200_000, 'b')));
});

t.test('send: all frames of a tick leave in one write', async (t) => {
  const { ws, wire } = await pair(t);
  for (let i = 0; i < 100; i++) ws.send(`message ${i}`);
  ws.ping('p');
  t.equal(ws.bufferedAmount, 100 * 6 + 10 * 9 + 90 * 10 + 7, 'what is coalesced counts');
  t.equal(wire.frames.length, 0);
  await wire.count(101);
  t.equal(wire.reads, 1);
  t.equal(ws.bufferedAmount, 0);
});

t.test('send: waits for a peer that does not read', async (t) => {
  const { ws, wire } = await pair(t);
  wire.stopReading();
  let left = false;
  const sent = ws.send(UNREAD).then(() => {
    left = true;
  });
  const small = ws.send('small');
  await settle(50);
  t.notOk(left);
  t.ok(ws.bufferedAmount > 1 << 20);
  wire.startReading();
  await Promise.all([sent, small]);
  t.equal(ws.bufferedAmount, 0);
  await wire.count(2);
  t.equal(wire.frames[0]?.payload.length, UNREAD.length);
  t.equal(wire.told[1], '1:small');
});

t.test('send: what cannot be sent', async (t) => {
  const { ws, wire } = await pair(t);
  for (const data of [null, 5, {}, undefined]) {
    await t.rejects(ws.send(data as never), {
      code: 'WS_OPTION',
      message: /^send: \w+ given, a string, bytes, or an iterable of them are allowed/,
    });
  }
  await t.rejects(ws.send([1] as never), { code: 'WS_OPTION', message: /^send: a part is number, / });
  await t.rejects(ws.ping(5 as never), { code: 'WS_OPTION', message: /^ping: number given/ });
  await t.rejects(ws.ping('x'.repeat(126)), { name: 'ProtocolError', code: 'WS_PROTOCOL_ARGUMENT' });
  ws.close();
  await t.rejects(ws.send('x'), { code: 'WS_CLOSED', message: 'send: the connection is closing' });
  await t.rejects(ws.ping(), { code: 'WS_CLOSED', message: 'ping: the connection is closing' });
  await wire.count(1);
  wire.send(close(1000));
  wire.socket.end();
  await ws.closed;
  const error = { code: 'WS_CLOSED', url: ws.url };
  await t.rejects(ws.send('x'), { ...error, message: 'send: the connection is closed with 1000' });
  t.same(wire.told, [toldClose(1000)]);
});

t.test('send: may be ignored when it fails', async (t) => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): unknown => unhandled.push(reason);
  process.on('unhandledRejection', listener);
  t.teardown(() => process.off('unhandledRejection', listener));
  const { ws, wire } = await pair(t);
  wire.stopReading();
  ws.send(UNREAD);
  ws.send('x');
  ws.ping();
  await settle();
  ws.send('unflushed');
  ws.terminate();
  ws.send('too late');
  await ws.closed;
  ws.send('too late');
  ws.send(5 as never);
  ws.receive({ timeoutMs: -1 });
  ws.close(1);
  await settle();
  t.same(unhandled, []);
});

// receiving

t.test('iteration: in order, to the end', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(text('a'), binary(Buffer.from('b')), text(''), frame(0x01, 'c1'), frame(0x80, 'c2'), close(1000, 'bye'));
  wire.socket.end();
  const messages: unknown[] = [];
  for await (const message of ws) messages.push(message);
  t.same(messages, ['a', Buffer.from('b'), '', 'c1c2']);
  t.match(await ws.closed, { code: 1000, reason: 'bye', clean: true, by: 'peer' });
  for await (const message of ws) t.fail(`${message}`);
});

t.test('iteration: leaving early closes with 1000', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(...Array.from({ length: 40 }, (_, i) => text(String(i))));
  for await (const message of ws) {
    t.equal(message, '0');
    break;
  }
  t.equal(ws.state, 'closing');
  await wire.count(1);
  t.same(wire.told, [toldClose(1000)]);
  wire.send(close(1000));
  wire.socket.end();
  t.match(await ws.closed, { code: 1000, clean: true, by: 'us' });

  const { ws: other, wire: its } = await pair(t);
  its.send(text('a'));
  const error = new Error('from the body');
  const loop = async (): Promise<void> => {
    for await (const _ of other) throw error;
  };
  await t.rejects(loop(), error);
  await its.count(1);
});

for (const [name, message, count] of [
  ['16 messages', 'x'.repeat(1000), 16],
  ['1 MiB', 'x'.repeat(300_000), 4],
] as const) {
  t.test(`a queue of ${name} pauses the socket, and goes on when it is read`, async (t) => {
    const { ws, wire } = await pair(t);
    const bytes = text(message);
    let written = 0;
    // Writes as long as somebody takes it: 32 MiB are more than the buffers in between.
    const total = Math.ceil((32 << 20) / bytes.length);
    const pour = (): void => {
      while (written < total) {
        written++;
        if (!wire.socket.write(bytes)) return;
      }
    };
    wire.socket.on('drain', pour);
    pour();
    let before = -1;
    while (before !== written) {
      before = written;
      await settle(50);
    }
    t.ok(written < total, `the peer's writes stall after ${written} of ${total}`);
    t.ok(written > count);
    for (let i = 0; i < total; i++) {
      if ((await ws.receive())?.length !== message.length) t.fail(`message ${i}`);
    }
    t.equal(written, total);
  });
}

t.test("a late listener of 'message' gets everything in order", async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(...Array.from({ length: 100 }, (_, i) => text(String(i))));
  await settle(20);
  const got: unknown[] = [];
  ws.on('message', (message) => got.push(message));
  t.same(got, [], 'in a tick of their own');
  wire.send(text('100'));
  while (got.length < 101) await settle(1);
  t.same(
    got,
    Array.from({ length: 101 }, (_, i) => String(i)),
  );
  await t.rejects(ws.receive(), { code: 'WS_STATE', message: /listener for 'message'/ });
});

t.test('listeners come and go', async (t) => {
  const { ws, wire } = await pair(t);
  const got: string[] = [];
  const listener = (message: unknown): void => void got.push(`on ${message}`);
  ws.on('message', listener).once('message', (message) => got.push(`once ${message}`));
  wire.send(text('a'), text('b'));
  while (got.length < 3) await settle(1);
  t.same(got.splice(0), ['on a', 'once a', 'on b']);
  t.equal(ws.off('message', listener), ws);
  wire.send(text('c'), text('d'), text('e'));
  t.equal(await ws.receive(), 'c');
  ws.once('message', (message) => got.push(`once ${message}`));
  while (got.length < 1) await settle(1);
  t.same(got, ['once d']);
  t.equal(await ws.receive(), 'e', 'what nobody listens to waits');
  for (const name of ['open', '__proto__', 'toString']) {
    t.throws(() => ws.on(name as 'message', () => {}), {
      code: 'WS_OPTION',
      message: /does not exist; there are message, close, ping, pong/,
    });
  }
});

t.test('a receive that waits comes before a listener', async (t) => {
  const { ws, wire } = await pair(t);
  const got: unknown[] = [];
  const first = ws.receive();
  ws.on('message', (message) => got.push(message));
  wire.send(text('a'), text('b'));
  t.equal(await first, 'a');
  while (got.length < 1) await settle(1);
  t.same(got, ['b']);
});

t.test('a listener in the middle of a chunk: throws', async (t) => {
  const { ws, wire } = await pair(t);
  const got: unknown[] = [];
  const caught: unknown[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => caught.push(error));
  t.teardown(() => process.setUncaughtExceptionCaptureCallback(null));
  ws.on('message', (message) => {
    got.push(message);
    throw new Error(`at ${message}`);
  });
  wire.send(text('a'), text('b'), binary(Buffer.from('c')));
  while (caught.length < 3) await settle(1);
  t.same(got, ['a', 'b', Buffer.from('c')]);
  t.match(caught, [{ message: 'at a' }, { message: 'at b' }, { message: 'at c' }]);
  t.equal(ws.state, 'open');
});

t.test('a listener in the middle of a chunk: closes', async (t) => {
  const { ws, wire } = await pair(t);
  const got: unknown[] = [];
  ws.on('message', (message) => {
    got.push(message);
    if (message === 'a') ws.close(4000, 'enough');
  });
  wire.send(text('a'), text('b'), ping('p'), close(4000));
  await wire.count(1);
  wire.socket.end();
  t.match(await ws.closed, { by: 'us', clean: true, code: 4000 });
  t.same(got, ['a', 'b'], 'what the peer had sent before is delivered');
  t.same(wire.told, [toldClose(4000, 'enough')], 'no pong follows the close frame');
});

t.test('a listener in the middle of a chunk: terminates', async (t) => {
  const { ws, wire } = await pair(t);
  const got: unknown[] = [];
  ws.on('message', (message) => {
    got.push(message);
    ws.terminate();
  });
  wire.send(text('a'), text('b'), close(1000));
  t.match(await ws.closed, { by: 'us', clean: false, code: 1006 });
  t.same(got, ['a'], 'nothing follows');
  await wire.gone();
  t.same(wire.told, []);
});

t.test('a listener in the middle of a chunk: sends', async (t) => {
  const { ws, wire } = await pair(t);
  ws.on('message', (message) => ws.send(`${message}!`));
  wire.send(text('a'), ping('p'), text('b'));
  await wire.count(3);
  t.same(wire.told, ['1:a!', '10:p', '1:b!']);
  t.equal(wire.reads, 1);
});

t.test('a listener in the middle of a chunk: leaves, and the rest waits', async (t) => {
  const { ws, wire } = await pair(t);
  const got: unknown[] = [];
  ws.once('message', (message) => got.push(message));
  wire.send(...Array.from({ length: 50 }, (_, i) => text(String(i))));
  while (got.length < 1) await settle(1);
  for (let i = 1; i < 50; i++) t.equal(await ws.receive(), String(i));
});

t.test('a listener in the middle of a chunk: gets company, and leaves it', async (t) => {
  const { ws, wire } = await pair(t);
  const got: string[] = [];
  const second = (message: unknown): void => void got.push(`second ${message}`);
  const first = (message: unknown): void => {
    got.push(`first ${message}`);
    if (message === 'b') ws.on('message', second);
    if (message === 'c') ws.off('message', second);
    if (message === 'd') ws.off('message', first);
  };
  ws.on('message', first);
  wire.send(...['a', 'b', 'c', 'd', 'e'].map(text));
  while (got.length < 5) await settle(1);
  t.same(got, ['first a', 'first b', 'first c', 'second c', 'first d']);
  t.equal(await ws.receive(), 'e', 'what nobody listens to waits');
});

t.test('receive: a wait that is given up loses no message', async (t) => {
  const { ws, wire } = await pair(t);
  const controller = new AbortController();
  const timed = ws.receive({ timeoutMs: 5 });
  const aborted = ws.receive({ signal: controller.signal });
  const patient = ws.receive();
  controller.abort();
  await t.rejects(timed, { code: 'WS_TIMEOUT', phase: 'open' });
  await t.rejects(aborted, { code: 'WS_ABORTED' });
  wire.send(text('a'), text('b'));
  t.equal(await patient, 'a');
  t.equal(await ws.receive({ timeoutMs: 60_000 }), 'b');
  const last = ws.receive();
  wire.send(close());
  wire.socket.end();
  t.equal(await last, undefined);
  t.equal(await ws.receive(), undefined);
});

// pings

t.test('ping: the time until the pong; a later pong answers earlier pings', async (t) => {
  const { ws, wire } = await pair(t);
  const pongs: string[] = [];
  ws.on('pong', (payload) => pongs.push(payload.toString()));
  const waits = ['a', 'b', 'c'].map((payload) => ws.ping(payload));
  await wire.count(3);
  t.same(wire.told, ['9:a', '9:b', '9:c']);
  wire.send(pong('unasked'), pong('b'));
  for (const wait of waits.slice(0, 2)) t.ok((await wait) >= 0);
  let third = false;
  waits[2]?.then(() => {
    third = true;
  });
  await settle();
  t.notOk(third);
  wire.send(pong('c'));
  t.ok((await (waits[2] as Promise<number>)) >= 0);
  t.same(pongs, ['unasked', 'b', 'c']);
  const byDefault = ws.ping();
  await wire.count(4);
  const payload = wire.frames[3]?.payload as Buffer;
  t.equal(payload.length, 4);
  wire.send(pong(payload));
  t.type(await byDefault, 'number');
});

t.test('ping: too many, and none after the end', async (t) => {
  const { ws, wire } = await pair(t);
  const waits = Array.from({ length: 64 }, (_, i) => ws.ping(new Uint8Array([i])));
  await t.rejects(ws.ping(), { code: 'WS_STATE', message: /64 pings wait/ });
  await wire.count(64);
  wire.reset();
  for (const wait of waits)
    await t.rejects(wait, { code: 'WS_CLOSED', message: /^ping: the connection is closed with 1006/ });
});

t.test('pings of the peer are answered in order, and told', async (t) => {
  const { ws, wire } = await pair(t);
  const pings: string[] = [];
  ws.on('ping', (payload) => pings.push(payload.toString()));
  wire.send(ping('a'), frame(0x01, 'te'), ping('b'), frame(0x80, 'xt'), ping());
  await wire.count(3);
  t.same(wire.told, ['10:a', '10:b', '10:']);
  t.same(pings, ['a', 'b', '']);
  t.equal(await ws.receive(), 'text');
});

t.test('pings of a peer that does not read: only the newest is answered', async (t) => {
  const { ws, wire } = await pair(t);
  let pings = 0;
  ws.on('ping', () => pings++);
  wire.stopReading();
  ws.send(UNREAD);
  await settle();
  const before = ws.bufferedAmount;
  const many = Buffer.concat(Array.from({ length: 1000 }, (_, i) => ping(String(i))));
  for (let i = 0; i < 20; i++) wire.send(many);
  while (pings < 20_000) await settle(1);
  t.ok(ws.bufferedAmount <= before, 'nothing is built for them');
  wire.send(ping('newest'));
  while (pings < 20_001) await settle(1);
  wire.startReading();
  await wire.count(2);
  await settle(20);
  t.same(wire.told.slice(1), ['10:newest']);
  wire.send(ping('next'));
  await wire.count(3);
  t.equal(wire.told[2], '10:next');
});

// the end

t.test('states', async (t) => {
  const { ws, wire } = await pair(t);
  t.equal(ws.state, 'open');
  const closed = ws.close();
  t.equal(closed, ws.closed, 'the same promise');
  t.equal(ws.state, 'closing');
  t.equal(ws.close(4000), closed, 'again: without effect');
  await wire.count(1);
  wire.send(close(1000));
  wire.socket.end();
  const reports: unknown[] = [];
  ws.on('close', (report) => reports.push(report));
  t.same(await closed, reports[0]);
  t.equal(ws.state, 'closed');
  t.equal(await ws.close(), reports[0]);
  ws.terminate();
  t.equal(reports.length, 1);
});

t.test('close: codes and reasons that may not be sent', async (t) => {
  const { ws, wire } = await pair(t);
  for (const [code, reason] of [
    [1005, ''],
    [1006, ''],
    [999, ''],
    [5000, ''],
    [1000.5, ''],
    [1000, 'x'.repeat(124)],
    [1000, 'é'.repeat(62)],
  ] as const) {
    await t.rejects(ws.close(code, reason), { name: 'ProtocolError', code: 'WS_PROTOCOL_ARGUMENT' });
  }
  t.equal(ws.state, 'open');
  ws.close(4999, 'é'.repeat(61));
  await wire.count(1);
  t.same(wire.told, [toldClose(4999, 'é'.repeat(61))]);
});

t.test('close: while the queue is full, the close frame of the peer still comes through', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(...Array.from({ length: 100 }, (_, i) => text(String(i))));
  await settle(20);
  const closed = ws.close();
  await wire.count(1);
  wire.send(close(1000));
  wire.socket.end();
  t.match(await closed, { clean: true });
  const rest: unknown[] = [];
  for await (const message of ws) rest.push(message);
  t.same(
    rest,
    Array.from({ length: 16 }, (_, i) => String(i)),
    'the rest is dropped',
  );
});

t.test('await using', async (t) => {
  const { ws, wire } = await pair(t);
  const disposed = ws[Symbol.asyncDispose]();
  await wire.count(1);
  t.same(wire.told, [toldClose(1000)]);
  wire.send(close(1000));
  wire.socket.end();
  t.equal(await disposed, undefined);
  t.equal(ws.state, 'closed');
});

t.test('terminate: no closing handshake', async (t) => {
  const { ws, wire } = await pair(t);
  ws.send('dropped');
  const waiting = ws.receive();
  ws.terminate();
  t.equal(ws.state, 'closing');
  t.match(await ws.closed, { code: 1006, reason: '', clean: false, by: 'us' });
  t.notOk('error' in (await ws.closed));
  t.equal(await waiting, undefined);
  await wire.gone();
  t.same(wire.told, []);
});
