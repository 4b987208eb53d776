import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import t from 'tap';
import { Inflater, type InflaterOptions } from '../../src/frames/inflate.js';
import { Reader } from '../../src/frames/reader.js';
import type { ReaderOptions } from '../../src/frames/reader-options.js';
import { asciiProse, compress, compressFinally, prose } from './deflate-support.js';
import { type Call, difference, frame, hex, type Key, type Random, Recorder, randomFor } from './support.js';

const LIMIT = 1 << 22;

/** Calls of a reader, and when it has no message off the loop any more. */
class Reading {
  readonly sink: Recorder = new Recorder();
  readonly reader: Reader;
  readonly holds: boolean[] = [];
  #released: () => void = () => {};

  constructor(options: InflaterOptions & ReaderOptions = {}) {
    this.reader = new Reader(this.sink, {
      maxMessageBytes: LIMIT,
      inflater: new Inflater(options),
      ...options,
      hold: (held) => {
        this.holds.push(held);
        if (!held) this.#released();
      },
    });
  }

  async free(): Promise<void> {
    while (this.reader.held) {
      await new Promise<void>((resolve) => {
        this.#released = resolve;
      });
    }
  }
}

/** The calls for bytes in chunks of these sizes; a chunk is given when the one before is through, or at once. */
async function read(bytes: Buffer, options: InflaterOptions & ReaderOptions, sizes: () => number, patient = false) {
  const reading = new Reading(options);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + sizes());
    // The chunk is overwritten afterwards, like the shared read buffer.
    const chunk = Buffer.from(bytes.subarray(at, end));
    reading.reader.read(chunk);
    chunk.fill(0xee);
    at = end;
    if (patient) await reading.free();
  }
  await reading.free();
  t.equal(reading.holds.length % 2, 0);
  return reading.sink.calls;
}

t.test('the examples of RFC 7692 7.2.3 as frames', async (t) => {
  const examples: Record<string, string> = {
    '7.2.3.1': 'c107 f248cdc9c90700',
    '7.2.3.1, two fragments': '4103 f248cd 8004 c9c90700',
    '7.2.3.3': 'c10b 000500faff48656c6c6f00',
    '7.2.3.4': 'c108 f348cdc9c9070000',
    '7.2.3.5': 'c10d f24805000000ffffcac9c90700',
    'with a ping between the fragments': '4103 f248cd 8900 8004 c9c90700',
  };
  for (const [name, bytes] of Object.entries(examples)) {
    for (const size of [1, 1000]) {
      const calls = await read(hex(bytes), {}, () => size);
      t.strictSame(calls.at(-1), ['text', 'Hello'], `${name}, in chunks of ${size}`);
    }
  }
  t.strictSame(await read(hex('c107 f248cdc9c90700 c105 f200110000'), {}, () => 5), [
    ['text', 'Hello'],
    ['text', 'Hello'],
  ]);
  t.strictSame(await read(hex('c101 00'), {}, () => 5), [['text', '']]);
  t.strictSame(await read(hex('c201 00 8205 48656c6c6f'), {}, () => 5), [
    ['binary', Buffer.alloc(0)],
    ['binary', Buffer.from('Hello')],
  ]);
});

t.test('rsv1: on the first frame of a message alone, and only if it was agreed on', async (t) => {
  const broken: Record<string, [bytes: string, offset: number, section: string]> = {
    'on a continuation': ['4103 f248cd c004 c9c90700', 5, 'RFC 7692 6'],
    'on the continuation of a message that is not compressed': ['0101 61 c001 61', 3, 'RFC 7692 6'],
    'on a ping': ['c900', 0, 'RFC 7692 6'],
    'rsv2 with it': ['e100', 0, 'RFC 7692 6'],
  };
  for (const [name, [bytes, offset, section]] of Object.entries(broken)) {
    const calls = await read(hex(bytes), {}, () => 1);
    t.match(calls, [['failed', { code: 'WS_PROTOCOL_RSV', closeCode: 1002, offset, section }]], name);
  }
  const sink = new Recorder();
  new Reader(sink).read(hex('c107 f248cdc9c90700'));
  t.match(sink.calls, [['failed', { code: 'WS_PROTOCOL_RSV', section: 'RFC 6455 5.2' }]], 'it was not agreed on');
});

t.test('what is wrong is told with the end of the message and its last header', async (t) => {
  const big = compress(Buffer.alloc(5000));
  const cases: Record<string, [bytes: Buffer, facts: object]> = {
    'not DEFLATE': [
      hex('8900 c203 ffffff'),
      { code: 'WS_PROTOCOL_DEFLATE', closeCode: 1007, offset: 7, header: 'c203', section: 'RFC 7692 7.2.2' },
    ],
    'in fragments': [hex('4201 ff 8002 ffff'), { code: 'WS_PROTOCOL_DEFLATE', offset: 7, header: '8002' }],
    'not UTF-8': [
      frame(0xc1, compress(Buffer.from('abc\xff', 'latin1'))),
      { code: 'WS_PROTOCOL_UTF8', closeCode: 1007, section: 'RFC 6455 8.1', by: 'peer' },
    ],
    'too large when it is inflated': [
      frame(0xc2, big),
      {
        code: 'WS_PROTOCOL_MESSAGE_TOO_BIG',
        closeCode: 1009,
        offset: 2 + big.length,
        section: 'option maxMessageBytes',
      },
    ],
    'too large already': [
      frame(0xc2, Buffer.alloc(1127)),
      { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', closeCode: 1009, offset: 0, header: 'c27e0467' },
    ],
    'too large in the second fragment': [
      Buffer.concat([frame(0x42, Buffer.alloc(600)), frame(0x80, Buffer.alloc(600))]),
      { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', offset: 604 },
    ],
  };
  for (const [name, [bytes, facts]] of Object.entries(cases)) {
    for (const options of [{}, { streams: null }, { syncBytes: 0 }]) {
      for (const size of [1, 7, 10000]) {
        const calls = await read(bytes, { ...options, maxMessageBytes: 1000 }, () => size);
        t.match(calls.at(-1), ['failed', facts], `${name}, ${JSON.stringify(options)}, in chunks of ${size}`);
        t.equal(calls.filter(([what]) => what !== 'ping').length, 1);
      }
    }
  }
});

t.test('a message that compression has made longer is judged by what comes out', async (t) => {
  const message = randomBytes(1000);
  const compressed = compress(message);
  t.ok(compressed.length > message.length);
  for (const size of [1, 7, 10000]) {
    const calls = await read(frame(0xc2, compressed), { maxMessageBytes: 1000 }, () => size);
    t.same(calls, [['binary', message]]);
    const [last] = await read(frame(0xc2, compressed), { maxMessageBytes: 999 }, () => size);
    t.match(last, ['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' }]);
  }
});

/** A stream of messages as a server may send them, compressed and not, whole and in pieces. */
function conversation(random: Random, key?: Key): Buffer {
  const parts: Buffer[] = [];
  const masked = key === undefined ? {} : { key };
  let window = Buffer.alloc(0);
  for (let i = 0; i < 25; i++) {
    const text = random.below(2) === 0;
    const size = random.below(random.pick([5, 100, 2000, 60000]));
    const plain = text
      ? Buffer.from(prose(random, size).toString())
      : random.pick([prose, (r: Random, n: number) => r.bytes(n)])(random, size);
    const compressed = random.below(3) !== 0;
    let payload = plain;
    if (compressed) {
      payload = compress(plain, window);
      window = Buffer.concat([window, plain]).subarray(-32768);
    }
    const first = (text ? 1 : 2) | (compressed ? 0x40 : 0);
    if (random.below(3) === 0) {
      const cut = random.below(payload.length + 1);
      parts.push(frame(first, payload.subarray(0, cut), masked));
      if (random.below(2) === 0) parts.push(frame(0x89, random.bytes(random.below(20)), masked));
      parts.push(frame(0x80, payload.subarray(cut), masked));
    } else parts.push(frame(0x80 | first, payload, masked));
    if (random.below(8) === 0) parts.push(frame(0x8a, 'pong', masked));
  }
  parts.push(frame(0x88, hex('03e8'), masked));
  return Buffer.concat(parts);
}

t.test('the calls do not depend on how the bytes are cut, nor on the way of inflating', async (t) => {
  const random = randomFor(t);
  for (let i = 0; i < 12; i++) {
    const key: Key | undefined = i % 3 === 0 ? [1, 200, 3, 90] : undefined;
    const role = key === undefined ? 'client' : 'server';
    const bytes = conversation(random, key);
    if (i % 4 === 3) for (let n = 0; n < 3; n++) bytes[random.below(bytes.length)] = random.below(256);
    const wanted = await read(bytes, { role }, () => bytes.length);
    t.equal(wanted.length > 0, true);
    for (const options of [{}, { streams: null }, { syncBytes: 0 }, { syncBytes: 500, streams: null }]) {
      const small = random.below(2) === 0;
      const sizes = (): number => 1 + random.below(random.pick(small ? [3, 500] : [2000, 100000]));
      const found = await read(bytes, { role, ...options }, sizes, random.below(2) === 0);
      t.equal(difference(found, wanted), null, `${i}: ${role}, ${JSON.stringify(options)}`);
    }
  }
});

t.test('damaged streams end in a failure or not at all, and never in an exception', async (t) => {
  const random = randomFor(t);
  const seen = new Set<string>();
  for (let i = 0; i < 150; i++) {
    const plain = asciiProse(random, 300);
    const bytes = Buffer.concat([
      frame(0xc1, compress(plain)),
      frame(0xc1, compress(plain, plain)),
      frame(0xc2, compress(plain)),
    ]);
    for (let n = random.below(4); n >= 0; n--) bytes[2 + random.below(bytes.length - 2)] = random.below(256);
    const calls = await read(
      bytes,
      random.pick([{}, { streams: null }, { syncBytes: 0 }]),
      () => 1 + random.below(400),
    );
    const at = calls.findIndex(([what]) => what === 'failed');
    const failure = calls[at];
    if (failure?.[0] === 'failed') seen.add(failure[1].code);
    if (at >= 0 && at !== calls.length - 1) t.fail('something came after the failure');
  }
  t.equal(seen.has('WS_PROTOCOL_DEFLATE'), true, [...seen].join(' '));
});

t.test('a message that takes several passes off the loop does not need its chunk any more', async (t) => {
  const random = randomFor(t);
  const parts = [prose(random, 3000), prose(random, 3000), prose(random, 3000)] as const;
  const payload = Buffer.concat([
    compressFinally(parts[0]).subarray(0, -1),
    compressFinally(parts[1], parts[0]).subarray(0, -1),
    compress(parts[2], Buffer.concat([parts[0], parts[1]])),
  ]);
  const bytes = frame(0xc2, payload);
  t.strictSame(await read(bytes, { syncBytes: 0 }, () => bytes.length), [['binary', Buffer.concat(parts)]]);
});

/** A message that is inflated off the loop. */
const LARGE = frame(0xc2, deflateRawSync(Buffer.alloc(300000, 'L'), { level: 1 }));
const SMALL = frame(0x81, 'small');
const isLarge = (call: Call | undefined): boolean => call?.[0] === 'binary' && call[1].length === 300000;

t.test('what follows a large message is held until it is delivered', async (t) => {
  const reading = new Reading();
  const { reader, sink } = reading;
  reader.read(Buffer.concat([SMALL, LARGE, SMALL]));
  reader.read(SMALL);
  t.equal(sink.calls.length, 1);
  t.equal(reader.held, true);
  t.equal(reader.paused, false);
  t.equal(reader.target, null);
  t.strictSame(reading.holds, [true]);
  await reading.free();
  t.equal(sink.calls.length, 4);
  t.equal(isLarge(sink.calls[1]), true);
  t.strictSame(reading.holds, [true, false]);
});

t.test('pause and resume while it is inflated', async (t) => {
  const reading = new Reading();
  const { reader, sink } = reading;
  reader.read(Buffer.concat([LARGE, SMALL]));
  reader.pause();
  t.equal(reader.paused, true);
  await reading.free();
  t.equal(sink.calls.length, 0, 'nothing is delivered in a pause');
  t.equal(reader.held, false);
  t.equal(reader.paused, true);
  reader.read(SMALL);
  reader.resume();
  t.equal(sink.calls.length, 3);
  t.equal(isLarge(sink.calls[0]), true);

  reader.read(Buffer.concat([LARGE, SMALL]));
  reader.pause();
  reader.resume();
  t.equal(reader.paused, false);
  await reading.free();
  t.equal(sink.calls.length, 5);

  sink.after = (count) => {
    if (count === 6) reader.pause();
  };
  reader.read(Buffer.concat([LARGE, SMALL, LARGE, SMALL]));
  await reading.free();
  t.equal(sink.calls.length, 6, 'a pause inside the call');
  reader.resume();
  t.equal(reader.held, true, 'and the next one is under way');
  await reading.free();
  t.equal(sink.calls.length, 9);
});

t.test('stop while it is inflated: nothing is delivered, and nobody waits', async (t) => {
  for (const paused of [false, true]) {
    const reading = new Reading();
    const { reader, sink } = reading;
    reader.read(Buffer.concat([LARGE, SMALL]));
    if (paused) reader.pause();
    reader.stop();
    t.strictSame(reading.holds, [true, false]);
    t.equal(reader.held, false);
    t.equal(reader.paused, false);
    await read(LARGE, {}, () => 1000);
    reader.resume();
    reader.read(SMALL);
    t.strictSame(sink.calls, []);
  }
  const reading = new Reading();
  reading.reader.read(LARGE);
  reading.reader.pause();
  await reading.free();
  reading.reader.stop();
  reading.reader.resume();
  t.strictSame(reading.sink.calls, [], 'the same when it waited for the end of a pause');
});

t.test('the end of a hold is told behind all calls of the sink', async (t) => {
  // Whoever waits for it may take the connection for over then.
  for (const [last, bytes] of [
    ['close', '880203e8'],
    ['failed', '8300'],
    ['text', '810161'],
  ] as const) {
    const reading = new Reading();
    const { reader, sink, holds } = reading;
    sink.after = () => t.strictSame(holds, [true], 'not yet');
    reader.read(Buffer.concat([LARGE, SMALL, hex(bytes)]));
    await reading.free();
    t.strictSame(
      sink.calls.map(([name]) => name),
      ['binary', 'text', last],
    );
    t.strictSame(holds, [true, false]);
  }
});

t.test('a message that the socket reads straight into place', async (t) => {
  const random = randomFor(t);
  const noise = random.bytes(100000);
  const bytes = frame(0xc2, compress(noise));
  const reading = new Reading();
  const { reader, sink } = reading;
  reader.read(bytes, 0, 1000);
  let at = 1000;
  for (let target = reader.target; target !== null; target = reader.target) {
    const count = bytes.copy(target, 0, at, Math.min(bytes.length, at + 30000));
    at += count;
    reader.filled(count);
  }
  t.equal(at > 1000, true);
  reader.read(bytes, at);
  await reading.free();
  t.strictSame(sink.calls, [['binary', noise]]);
});

t.test('a sink that throws is no reason to lose what follows', async (t) => {
  const reading = new Reading({ syncBytes: 0 });
  const { reader, sink } = reading;
  const caught: unknown[] = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => caught.push(error));
  sink.after = (count) => {
    if (count === 1) throw new Error('of the sink');
  };
  reader.read(Buffer.concat([frame(0xc1, compress(Buffer.from('one'))), SMALL]));
  await reading.free();
  await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners('uncaughtException');
  for (const listener of before) process.on('uncaughtException', listener);
  t.match(caught, [{ message: 'of the sink' }]);
  reader.read(SMALL);
  t.strictSame(sink.calls, [
    ['text', 'one'],
    ['text', 'small'],
    ['text', 'small'],
  ]);
});
