import t, { type Test } from 'tap';
import { type Connection, connect, type MessageStream } from '../../src/index.js';
import { accepting, closeFrame, frame, header64, startPeer, type Wire } from './raw-peer.js';

/** An open connection and its peer's end. */
async function open(
  t: Test,
  options: object = {},
  first: Buffer = Buffer.alloc(0),
): Promise<{ ws: Connection; wire: Wire }> {
  let wire!: Wire;
  const peer = await startPeer(
    t,
    (each) => {
      wire = each;
    },
    { first },
  );
  const ws = await connect(peer.url, options);
  t.teardown(() => ws.terminate());
  while (wire === undefined) await new Promise(setImmediate);
  return { ws, wire };
}

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n';

async function partsOf(stream: MessageStream | undefined): Promise<(string | Buffer)[]> {
  const parts: (string | Buffer)[] = [];
  for await (const part of stream as MessageStream) parts.push(part);
  return parts;
}

/** A round trip: what was written before has been read. */
async function settled(ws: Connection, wire: Wire): Promise<void> {
  const pong = new Promise((resolve) => ws.once('ping', resolve));
  wire.write(frame(0x89));
  await pong;
}

t.test(
  'with permessage-deflate: a compressed message is a stream of one part, the others come as they arrive',
  async (t) => {
    let wire!: Wire;
    const onWire = (each: Wire): void => {
      wire = each;
    };
    const answer = (request: string): string => accepting(request).replace(/\r\n$/, DEFLATE);
    const peer = await startPeer(t, onWire, { answer });
    const ws = await connect(peer.url, { perMessageDeflate: true, maxMessageBytes: 20 });
    t.teardown(() => ws.terminate());
    const first = ws.readStream();
    // RFC 7692 7.2.3.2: "Hello", in two fragments.
    wire.write(Buffer.from('4103f248cd', 'hex'));
    await settled(ws, wire);
    wire.write(Buffer.from('8004c9c90700', 'hex'));
    t.strictSame(await partsOf(await first), ['Hello']);
    const second = ws.readStream();
    wire.write(frame(0x01, 'x'.repeat(15)));
    const stream = await second;
    wire.write(frame(0x80, 'y'.repeat(15)));
    t.equal((await partsOf(stream)).join(''), 'x'.repeat(15) + 'y'.repeat(15));
    const third = ws.readStream();
    // 40 times 'a', which is more than maxMessageBytes.
    wire.write(frame(0xc1, Buffer.from('4a4c240e0000', 'hex')));
    t.equal(await third, undefined);
    t.match((await ws.closed).error, { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', closeCode: 1009 });
  },
);

t.test('a whole message is a stream of one part', async (t) => {
  const { ws, wire } = await open(t);
  wire.write(frame(0x81, 'one'), frame(0x82, 'two'), frame(0x81, ''));
  const first = await ws.readStream();
  t.equal(first?.type, 'text');
  t.strictSame(await partsOf(first), ['one']);
  const second = await ws.readStream();
  t.equal(second?.type, 'binary');
  t.strictSame(await partsOf(second), [Buffer.from('two')]);
  const third = await ws.readStream();
  t.equal(third?.type, 'text');
  t.strictSame(await partsOf(third), []);
  wire.write(frame(0x81, 'four'));
  t.strictSame(await partsOf(await ws.readStream()), ['four'], 'one that was waited for');
});

t.test('a message as it arrives, and the next one whole', async (t) => {
  const { ws, wire } = await open(t);
  const waiting = ws.readStream();
  wire.write(frame(0x01, 'a'));
  const stream = (await waiting) as MessageStream;
  t.equal(stream.type, 'text');
  const parts = stream[Symbol.asyncIterator]();
  t.strictSame(await parts.next(), { done: false, value: 'a' });
  const next = ws.receive();
  wire.write(frame(0x00, 'b'));
  t.strictSame(await parts.next(), { done: false, value: 'b' });
  wire.write(frame(0x80, 'c'), frame(0x01, 'wh'), frame(0x80, 'ole'));
  t.strictSame(await parts.next(), { done: false, value: 'c' });
  t.strictSame(await parts.next(), { done: true, value: undefined });
  t.equal(await next, 'whole', 'in the meantime somebody may wait for the next message');
});

t.test('the next stream may be waited for while the one before has not ended', async (t) => {
  const { ws, wire } = await open(t);
  const first = ws.readStream();
  wire.write(frame(0x01, 'a'));
  const one = await first;
  const second = ws.readStream();
  wire.write(frame(0x80, 'b'), frame(0x02, 'c'));
  const two = await second;
  t.equal(two?.type, 'binary');
  wire.write(frame(0x80, 'd'));
  t.strictSame(await partsOf(one), ['a', 'b']);
  t.strictSame(Buffer.concat((await partsOf(two)) as Buffer<ArrayBuffer>[]), Buffer.from('cd'));
});

t.test('a message that has begun before', async (t) => {
  const { ws, wire } = await open(t);
  wire.write(frame(0x01, 'be'));
  await settled(ws, wire);
  const waiting = ws.readStream();
  wire.write(frame(0x80, 'gun'));
  t.equal((await partsOf(await waiting)).join(''), 'begun');
});

t.test('longer than maxMessageBytes, with backpressure', async (t) => {
  const { ws, wire } = await open(t, { maxMessageBytes: 1000 });
  const size = 32 * 1024 * 1024;
  const waiting = ws.readStream();
  wire.write(header64(0x82, size));
  const block = Buffer.alloc(65536, 0xab);
  let written = 0;
  const pump = (): void => {
    while (written < size) {
      written += block.length;
      if (!wire.socket.write(block)) return void wire.socket.once('drain', pump);
    }
  };
  pump();
  const stream = (await waiting) as MessageStream;
  // Nobody takes a part: the peer has to stop long before the end.
  for (let before = -1; before !== written; ) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  t.ok(written < size, `${written} of ${size} bytes were written`);
  let total = 0;
  let wrong = 0;
  for await (const part of stream) {
    total += part.length;
    if (!(part instanceof Buffer) || part[0] !== 0xab || part.at(-1) !== 0xab) wrong++;
  }
  t.equal(total, size);
  t.equal(wrong, 0);
  wire.write(frame(0x81, 'after'));
  t.equal(await ws.receive(), 'after');
});

t.test('right after connect() is early enough, even for a message that came with the response', async (t) => {
  const first = Buffer.concat([frame(0x02, 'x'.repeat(20)), frame(0x00, 'y'.repeat(20))]);
  const { ws, wire } = await (async () => {
    let wire!: Wire;
    const peer = await startPeer(
      t,
      (each) => {
        wire = each;
      },
      { first },
    );
    const ws = await connect(peer.url, { maxMessageBytes: 30 });
    t.teardown(() => ws.terminate());
    return { ws, wire };
  })();
  const waiting = ws.readStream();
  wire.write(frame(0x80, 'z'));
  const text = Buffer.concat((await partsOf(await waiting)) as Buffer<ArrayBuffer>[]).toString();
  t.equal(text, `${'x'.repeat(20)}${'y'.repeat(20)}z`);
});

t.test('without readStream such a message fails as ever', async (t) => {
  const { ws } = await open(t, { maxMessageBytes: 10 }, frame(0x82, 'x'.repeat(20)));
  t.match(await ws.closed, { error: { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' }, sent: { code: 1009 } });
  for (const use of ['receive', 'listener'] as const) {
    const { ws, wire } = await open(t, { maxMessageBytes: 10 });
    if (use === 'receive') ws.receive();
    else ws.on('message', () => {});
    wire.write(frame(0x82, 'x'.repeat(20)));
    t.match(await ws.closed, { error: { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' } }, use);
  }
});

t.test('between streams a long message waits for the next call', async (t) => {
  const { ws, wire } = await open(t, { maxMessageBytes: 10 });
  const long = 'x'.repeat(20);
  const waiting = ws.readStream();
  wire.write(frame(0x81, 'short'), frame(0x81, long), frame(0x81, 'last'));
  t.strictSame(await partsOf(await waiting), ['short']);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(ws.state, 'open', 'it is held');
  t.equal((await partsOf(await ws.readStream())).join(''), long);
  t.equal(await ws.receive(), 'last');
});

t.test('a long message that is held fails once whole messages are read, and does not stop a close', async (t) => {
  for (const use of ['receive', 'listener', 'close'] as const) {
    const { ws, wire } = await open(t, { maxMessageBytes: 10, closeTimeoutMs: 60_000 });
    wire.serve();
    const waiting = ws.readStream();
    wire.write(frame(0x81, 'short'), frame(0x81, 'x'.repeat(20)));
    await waiting;
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (use === 'receive') t.equal(await ws.receive(), undefined);
    if (use === 'listener') ws.on('message', () => t.fail('it is too long'));
    if (use === 'close') ws.close();
    t.match(await ws.closed, { error: { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' } }, use);
  }
});

t.test('leaving the loop drops the rest of the message and no more', async (t) => {
  const { ws, wire } = await open(t);
  const waiting = ws.readStream();
  for (let i = 0; i < 30; i++) wire.write(frame(i === 0 ? 0x01 : 0x00, `part ${i}`));
  for await (const part of (await waiting) as MessageStream) {
    t.ok(String(part).startsWith('part 0'));
    break;
  }
  for (let i = 0; i < 30; i++) wire.write(frame(i < 29 ? 0x00 : 0x80, 'more'));
  wire.write(frame(0x81, 'next'));
  t.equal(await ws.receive(), 'next');
});

t.test('a connection that ends first makes the iteration throw', async (t) => {
  const ends: Record<string, (ws: Connection, wire: Wire) => void> = {
    lost: (_, wire) => wire.socket.destroy(),
    'closed by the peer': (_, wire) => wire.socket.end(closeFrame(1001)),
    'closed by us': (ws) => void ws.close(),
    terminated: (ws) => ws.terminate(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const { ws, wire } = await open(t, { closeTimeoutMs: 100 });
    const waiting = ws.readStream();
    wire.write(frame(0x01, 'a'));
    const parts = ((await waiting) as MessageStream)[Symbol.asyncIterator]();
    t.strictSame(await parts.next(), { done: false, value: 'a' });
    const rest = parts.next();
    end(ws, wire);
    await t.rejects(rest, { code: 'WS_CLOSED' }, name);
    t.equal(await ws.readStream(), undefined, 'and then there is no message');
  }
});

t.test('close() is not held up by a stream that nobody reads', async (t) => {
  const { ws, wire } = await open(t, { closeTimeoutMs: 60_000 });
  wire.serve();
  const waiting = ws.readStream();
  for (let i = 0; i < 40; i++) wire.write(frame(i === 0 ? 0x02 : 0x00, Buffer.alloc(50_000)));
  const stream = await waiting;
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.match(await ws.close(), { clean: true });
  await t.rejects(partsOf(stream), { code: 'WS_CLOSED' });
});

t.test('what excludes each other', async (t) => {
  const { ws, wire } = await open(t);
  const waiting = ws.readStream();
  await t.rejects(ws.readStream(), { code: 'WS_STATE', message: /another call waits/ });
  await t.rejects(ws.receive(), { code: 'WS_STATE', message: /another call waits/ });
  wire.write(frame(0x81, 'a'));
  await waiting;
  const message = ws.receive();
  await t.rejects(ws.readStream(), { code: 'WS_STATE' });
  wire.write(frame(0x81, 'b'));
  t.equal(await message, 'b');
  ws.on('message', () => {});
  await t.rejects(ws.readStream(), { code: 'WS_STATE', message: /listener/ });
});

t.test('a wait that is given up takes no message with it', async (t) => {
  const { ws, wire } = await open(t);
  const abort = new AbortController();
  const waiting = ws.readStream({ signal: abort.signal });
  abort.abort(new Error('enough'));
  await t.rejects(waiting, { code: 'WS_ABORTED' });
  await t.rejects(ws.readStream({ signal: abort.signal }), { code: 'WS_ABORTED' }, 'a signal that has fired');
  await t.rejects(ws.readStream({ timeoutMs: 5 }), { code: 'WS_TIMEOUT' });
  wire.write(frame(0x01, 'a'), frame(0x80, 'b'));
  t.equal(await ws.receive(), 'ab', 'it comes whole');
});
