import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import { Transport } from '../../src/api/transport.js';
import { createSlotPool, Writer } from '../../src/frames/index.js';
import { aboutFastPath, isWithout } from '../about-fast-path.js';
import { pem } from '../certs.js';
import { accepted, frame, listen, settle, text, type Wire } from './peer.js';

/** More than the system's buffers on both sides take. */
const UNREAD = Buffer.alloc(32 << 20, 'x');
const MAX = { maxMessageBytes: 64 << 20 };

t.test('what a destroyed socket drops has not left', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url);
  (await peer.wire()).stopReading();
  const flying = ws.send(UNREAD);
  const waiting = ws.send('x');
  await settle();
  const unflushed = ws.send('y');
  ws.terminate();
  const error = {
    name: 'ConnectionError',
    code: 'WS_CLOSED',
    message: 'the connection ended before the data had left',
  };
  for (const lost of [flying, waiting, unflushed]) await t.rejects(lost, error);
});

// Large messages are read straight into their memory; small ones share one buffer of the process.

/** UTF-8 with characters of one to four bytes. */
const utf8 = (bytes: number): Buffer => Buffer.from('aé€😀'.repeat(Math.floor(bytes / 10)));

/** ASCII that differs at every place that matters. */
function pattern(bytes: number, seed: number): Buffer {
  const data = Buffer.allocUnsafe(bytes);
  for (let i = 0; i < bytes; i++) data[i] = (i * 31 + (i >> 8) * 17 + seed) & 0x7f;
  return data;
}
const hashOf = (data: string | Buffer): string => createHash('sha1').update(data).digest('hex');

async function open(t: Test, secure: boolean): Promise<{ ws: Connection; wire: Wire }> {
  const peer = await listen(t, secure ? { tls: true } : {});
  const ws = await connect(peer.url, { ...MAX, ...(secure && { tls: { ca: pem('ca.pem') } }) });
  t.teardown(() => ws.terminate());
  return { ws, wire: await peer.wire() };
}

/** One message, as one frame or as fragments of odd lengths with pings in between. */
function framesOf(first: number, payload: Buffer, fragments: number): Buffer[] {
  if (fragments === 1) return [frame(0x80 | first, payload)];
  const frames: Buffer[] = [];
  const step = Math.ceil(payload.length / fragments) + 1;
  for (let at = 0; at < payload.length; at += step) {
    const fin = at + step >= payload.length ? 0x80 : 0;
    frames.push(frame(fin | (at === 0 ? first : 0), payload.subarray(at, at + step)), frame(0x89, 'p'));
  }
  return frames;
}

for (const secure of [false, true]) {
  t.test(`large messages over ${secure ? 'TLS' : 'TCP'}`, async (t) => {
    const { ws, wire } = await open(t, secure);
    for (const bytes of [65_536, 1 << 20, (1 << 20) + 77_777, 16 << 20]) {
      for (const fragments of [1, 7]) {
        const payload = pattern(bytes, fragments);
        const [characters, wanted] = [utf8(bytes), hashOf(payload)];
        wire.send(...framesOf(1, characters, fragments), text('between'), ...framesOf(2, payload, fragments));
        const [asText, between, asBinary] = [await ws.receive(), await ws.receive(), await ws.receive()];
        t.equal(
          typeof asText === 'string' && hashOf(asText),
          hashOf(characters),
          `text of ${bytes} bytes in ${fragments} frames`,
        );
        t.equal(between, 'between');
        t.equal(
          Buffer.isBuffer(asBinary) && hashOf(asBinary),
          wanted,
          `binary of ${bytes} bytes in ${fragments} frames`,
        );
      }
    }
  });

  t.test(`two connections at once over ${secure ? 'TLS' : 'TCP'} are not mixed up`, async (t) => {
    const pairs = [await open(t, secure), await open(t, secure), await open(t, secure)];
    const payloads = pairs.map((_, i) => pattern((1 << 20) + i * 12_345, i * 41));
    const small = pairs.map((_, i) => `small ${i} `.repeat(i + 1));
    // Pieces of each in turn, so that reads into messages and into the shared buffer alternate.
    const streams = pairs.map((_, i) => {
      const message = [...framesOf(i === 1 ? 1 : 2, payloads[i] as Buffer, i + 1), text(small[i] as string)];
      return Buffer.concat([...message, ...message, ...message]);
    });
    const write = async (): Promise<void> => {
      const step = 50_021;
      for (let at = 0; at < 4 << 20; at += step) {
        pairs.forEach(({ wire }, i) => {
          const piece = (streams[i] as Buffer).subarray(at, at + step);
          if (piece.length > 0) wire.send(piece);
        });
        await settle(1);
      }
    };
    const read = async ({ ws }: { ws: Connection }, i: number): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        const message = await ws.receive();
        t.equal(message !== undefined && hashOf(message), hashOf(payloads[i] as Buffer));
        t.equal(await ws.receive(), small[i]);
      }
    };
    await Promise.all([write(), ...pairs.map(read)]);
  });
}

t.test('a connection that is paused in a large message while another one reads', async (t) => {
  const [one, other] = [await open(t, false), await open(t, false)];
  const payload = pattern(3 << 20, 5);
  // 16 messages fill the queue; the large one is half there.
  const fill = Array.from({ length: 16 }, (_, i) => text(`${i}`));
  const large = frame(0x82, payload);
  one.wire.send(...fill, large.subarray(0, 1 << 20));
  await settle(30);
  other.wire.send(frame(0x82, pattern(1 << 20, 9)), text('small'));
  const message = await other.ws.receive();
  t.equal(message !== undefined && hashOf(message), hashOf(pattern(1 << 20, 9)));
  t.equal(await other.ws.receive(), 'small');
  one.wire.send(large.subarray(1 << 20), text('after'));
  for (let i = 0; i < 16; i++) t.equal(await one.ws.receive(), `${i}`);
  const late = await one.ws.receive();
  t.equal(late !== undefined && hashOf(late), hashOf(payload));
  t.equal(await one.ws.receive(), 'after');
});

t.test('large messages are sent whole', async (t) => {
  for (const secure of [false, true]) {
    const { ws, wire } = await open(t, secure);
    const payloads = [1 << 20, 3_333_333, 70_000].map((bytes, i) => pattern(bytes, i));
    ws.send('before');
    for (const payload of payloads) ws.send(payload);
    const sent = ws.send(payloads[0]?.toString('latin1') as string);
    ws.send('after');
    await sent;
    await wire.count(6);
    t.same(
      wire.frames.map(({ payload }) => hashOf(payload)),
      ['before', ...payloads, payloads[0] as Buffer, 'after'].map(hashOf),
    );
  }
});

// A socket that is not ours has 'data' events.

interface Told {
  readonly calls: string[];
  readonly transport: Transport;
  readonly socket: Socket;
  readonly wire: Wire;
}

async function attached(t: Test): Promise<Told> {
  const peer = await listen(t, { onRequest: () => {} });
  const calls: string[] = [];
  const transport = new Transport({
    read: (chunk, start, end) => calls.push(`read ${chunk.toString('latin1', start, end)}`),
    target: null,
    filled: () => calls.push('filled'),
    ended: () => calls.push('ended'),
    closed: (error) => calls.push(`closed ${error}`),
  });
  t.equal(transport.blocked, false);
  t.equal(transport.bufferedBytes, 0);
  const socket = connectTcp(peer.port, '127.0.0.1');
  transport.attach(socket, false);
  return { calls, transport, socket, wire: await peer.wire() };
}

t.test("a socket of the user's: bytes come by 'data'", async (t) => {
  const { calls, transport, wire } = await attached(t);
  transport.writeRaw('GET /\xff\r\n\r\n');
  await wire.until(({ head }) => head === 'GET /\xff\r\n\r\n');
  transport.pause();
  wire.send('ab');
  await settle(20);
  t.same(calls, []);
  transport.resume();
  while (calls.length < 1) await settle(1);
  wire.socket.end();
  while (calls.length < 3) await settle(1);
  t.same(calls, ['read ab', 'ended', 'closed undefined']);
});

t.test('a socket that has yielded goes on in the next turn, unless it was paused meanwhile', async (t) => {
  const { calls, transport, socket, wire } = await attached(t);
  const stopAndYield = (): void => {
    socket.pause();
    // As a socket that reads into our memory: it has stopped, and nobody has paused it.
    socket.isPaused = () => false;
    transport.yielded();
  };
  stopAndYield();
  wire.send('a');
  while (calls.length < 1) await settle(1);
  stopAndYield();
  socket.isPaused = () => true;
  wire.send('b');
  await settle(20);
  t.same(calls, ['read a'], 'who has paused goes on when he says so');
  transport.resume();
  while (calls.length < 2) await settle(1);
  t.same(calls, ['read a', 'read b']);
  t.equal(transport.paused, true, 'as the socket says');
  stopAndYield();
  socket.destroy();
  while (calls.length < 3) await settle(1);
  t.same(calls.slice(2), ['closed undefined']);
});

t.test(
  'a connection that keeps the loop for too long stops, and goes on: nothing is lost',
  aboutFastPath('onread'),
  async (t) => {
    const { ws, wire } = await open(t, false);
    const { yielded } = Transport.prototype;
    let yields = 0;
    Transport.prototype.yielded = function () {
      yields++;
      yielded.call(this);
    };
    // Every full read takes a second.
    let nowMs = performance.now();
    Object.defineProperty(performance, 'now', { value: () => (nowMs += 1000), configurable: true });
    t.teardown(() => {
      Transport.prototype.yielded = yielded;
      Reflect.deleteProperty(performance, 'now');
    });
    const message = pattern(1000, 3);
    const many = Buffer.concat(Array.from({ length: 4000 }, () => frame(0x82, message)));
    const digest = createHash('sha1');
    for (let i = 0; i < 4000; i++) digest.update(message);
    const got = createHash('sha1');
    const all = new Promise<void>((resolve) => {
      let count = 0;
      ws.on('message', (part) => {
        got.update(part);
        if (++count === 4000) resolve();
      });
    });
    wire.send(many);
    await all;
    t.equal(got.digest('hex'), digest.digest('hex'));
    t.ok(yields > 0, `${yields} times`);
  },
);

t.test('frames that find the socket closed', async (t) => {
  const { calls, transport, socket } = await attached(t);
  transport.writer = new Writer(transport, { slots: createSlotPool(null) });
  await transport.left();
  transport.writer.text('a');
  const lost = transport.left();
  t.equal(transport.left(), lost, 'one promise for all frames of a tick');
  socket.destroy(new Error('gone'));
  await t.rejects(lost, { code: 'WS_CLOSED' });
  await t.rejects(transport.left(), { code: 'WS_CLOSED' }, 'also for those who ask later');
  while (calls.length < 1) await settle(1);
  t.same(calls, ['closed Error: gone']);
});

t.test('frames that are not flushed when the socket closes', async (t) => {
  const { calls, transport, socket } = await attached(t);
  const writer = new Writer(transport);
  transport.writer = writer;
  let lost = transport.left();
  // The last moment: the transport's own listener comes after this one, and the flush of the tick later still.
  socket.prependListener('close', () => {
    writer.text('a');
    lost = transport.left();
  });
  socket.destroy();
  while (calls.length < 1) await settle(1);
  await t.rejects(lost, { code: 'WS_CLOSED' });
  t.same(calls, ['closed undefined']);
});

t.test('what is sent in many ticks while the system takes nothing leaves in few writes', async (t) => {
  const chunks: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      waiting.push(done);
    },
  });
  t.teardown(() => socket.destroy());
  const transport = new Transport({ target: null, read() {}, filled() {}, ended() {}, closed() {} });
  transport.attach(socket, false);
  transport.writer = new Writer(transport, { role: 'server' });
  const left: Promise<void>[] = [];
  for (let i = 0; i < 100; i++) {
    transport.writer.text(String(i));
    left.push(transport.left());
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(chunks.length, 1, 'the first one is under way');
  t.equal(transport.bufferedBytes, 3 + 9 * 3 + 90 * 4);
  waiting.shift()?.();
  await left[0];
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(chunks.length, 2, 'all others leave together');
  waiting.shift()?.();
  await Promise.all(left);
  const texts = Array.from({ length: 100 }, (_, i) => String(i));
  t.same(
    Buffer.concat(chunks),
    Buffer.concat(texts.map((each) => Buffer.from([0x81, each.length, ...Buffer.from(each)]))),
  );
});

for (const secure of [false, true]) {
  t.test(
    `what listeners send leaves with the read that brought the messages, over ${secure ? 'TLS' : 'TCP'}`,
    async (t) => {
      const [one, two] = [await open(t, secure), await open(t, secure)];
      const seen: number[] = [];
      one.ws.on('message', (message) => {
        process.nextTick(() => seen.push(one.ws.bufferedAmount, two.ws.bufferedAmount));
        one.ws.send(message);
        two.ws.send(message);
      });
      one.wire.send(text('a'), text('b'));
      await one.wire.until(({ told }) => told.length === 2);
      await two.wire.until(({ told }) => told.length === 2);
      for (const { wire } of [one, two]) t.same(wire.told, ['1:a', '1:b']);
      t.equal(seen.length, 4);
      // node:tls calls a write that has left under way until the next turn.
      if (!secure && !isWithout('onread')) t.same(seen, [0, 0, 0, 0]);
    },
  );
}

t.test("a stream of the user's may answer within its write: no round runs in the one before it", async (t) => {
  let rounds = 0;
  let depth = 0;
  let deepest = 0;
  const ended = new Promise<void>((resolve) => {
    const socket = new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        deepest = Math.max(deepest, ++depth);
        if (++rounds === 1000) resolve();
        else this.emit('data', Buffer.from('x'));
        depth--;
        done();
      },
    });
    t.teardown(() => socket.destroy());
    const answer = (): void => transport.writer?.text('answer');
    const transport = new Transport({ target: null, read: answer, filled() {}, ended() {}, closed() {} });
    transport.attach(socket, false);
    transport.writer = new Writer(transport);
    transport.writer.text('begin');
  });
  await ended;
  t.equal(deepest, 1);
});

t.test('end: what was built leaves first', async (t) => {
  const { transport, wire } = await attached(t);
  wire.head = 'none';
  transport.writer = new Writer(transport);
  transport.writer.text('a');
  transport.end();
  await wire.until(({ ended }) => ended);
  t.same(wire.told, ['1:a']);
  transport.destroy();
});

t.test('the first chunk goes to whoever receives after the response', async (t) => {
  const payload = pattern(100_000, 3);
  const large = frame(0x82, payload);
  const peer = await listen(t, {
    onRequest: async (wire) => {
      wire.send(accepted(wire.head), large.subarray(0, 1000));
      await settle(20);
      wire.send(large.subarray(1000), text('after'));
    },
  });
  const ws = await connect(peer.url);
  const message = await ws.receive();
  t.equal(message !== undefined && hashOf(message), hashOf(payload));
  t.equal(await ws.receive(), 'after');
  ws.terminate();
});

/** A socket of ours, its transport, and the other end, which may end its side alone. */
async function ownSocket(
  t: Test,
): Promise<{ transport: Transport; socket: Socket; other: Socket; ended: Promise<void> }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const accepting = once(server, 'connection') as Promise<[Socket]>;
  let tellEnded = (): void => {};
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const transport = new Transport({ target: null, read() {}, filled() {}, ended: () => tellEnded(), closed() {} });
  const socket = connectTcp({ ...(server.address() as { port: number }), host: '127.0.0.1', onread: transport.onread });
  transport.attach(socket, true);
  const [other] = await accepting;
  t.teardown(() => [socket, other].map((each) => each.destroy()));
  return { transport, socket, other, ended };
}

t.test(
  'when the peer has ended its side and nothing waits, the socket is closed at once',
  aboutFastPath('onread'),
  async (t) => {
    const { socket, other, ended } = await ownSocket(t);
    const otherEnded = once(other.resume(), 'end');
    other.end();
    await ended;
    t.ok(socket.destroyed);
    await otherEnded;
  },
);

t.test('when the peer has ended its side, what waits still leaves', async (t) => {
  const { transport, socket, other, ended } = await ownSocket(t);
  transport.writeRaw(UNREAD);
  other.end();
  await ended;
  t.notOk(socket.destroyed);
  let received = 0;
  for await (const chunk of other) received += chunk.length;
  t.equal(received, UNREAD.length);
});
