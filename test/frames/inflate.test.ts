import { constants, createDeflateRaw, type DeflateRaw, deflateRawSync } from 'node:zlib';
import t from 'tap';
import { Inflater, type InflaterOptions } from '../../src/frames/inflate.js';
import { KeptStreams } from '../../src/frames/kept-streams.js';
import { LATER, scratch } from '../../src/frames/permessage-deflate.js';
import type { Violation } from '../../src/frames/rules.js';
import { asciiProse, compress, compressFinally, prose } from './deflate-support.js';
import { hex, randomFor } from './support.js';

const { Z_SYNC_FLUSH, Z_FULL_FLUSH } = constants;
const MUCH = 1 << 24;
/** Every way to the same result. */
const WAYS: Readonly<Record<string, InflaterOptions>> = {
  'by a kept state': {},
  'by the documented functions': { streams: null },
  'off the loop': { syncBytes: 0 },
  'with one state for many': { streams: new KeptStreams(1) },
};

/** The result, a copy; at once or later. */
function inflate(inflater: Inflater, payload: Buffer, limit: number = MUCH): Promise<Buffer | Violation> {
  // Somewhere in a larger buffer, as in a chunk.
  const chunk = Buffer.concat([Buffer.from([0xc1, 0x7e]), payload, Buffer.from([0xff])]);
  const result = inflater.now(chunk, 2, 2 + payload.length, limit);
  if (typeof result !== 'number') return Promise.resolve(result);
  if (result !== LATER) return Promise.resolve(Buffer.from(scratch().subarray(0, result)));
  return new Promise((resolve) => inflater.later(payload, limit, resolve));
}

/** The results of messages one after the other. */
async function inflateAll(options: InflaterOptions, payloads: readonly Buffer[], limit?: number) {
  const inflater = new Inflater(options);
  const results: (Buffer | string)[] = [];
  for (const payload of payloads) {
    const result = await inflate(inflater, payload, limit);
    results.push(Buffer.isBuffer(result) ? result : result.code);
    if (!Buffer.isBuffer(result)) break;
  }
  inflater.close();
  return results;
}

for (const [way, options] of Object.entries(WAYS)) {
  t.test(`the examples of RFC 7692 7.2.3, ${way}`, async (t) => {
    const all = async (...payloads: string[]) => (await inflateAll(options, payloads.map(hex))).map(String);
    t.strictSame(await all('f248cdc9c90700'), ['Hello'], '7.2.3.1: one compressed block');
    t.strictSame(await all('f248cdc9c90700', 'f200110000'), ['Hello', 'Hello'], '7.2.3.2: sharing the window');
    t.strictSame(await all('f248cdc9c90700', 'f248cdc9c90700'), ['Hello', 'Hello'], '7.2.3.2: not sharing it');
    t.strictSame(await all('000500faff48656c6c6f00'), ['Hello'], '7.2.3.3: a block without compression');
    t.strictSame(await all('f348cdc9c9070000'), ['Hello'], '7.2.3.4: a block with BFINAL set');
    t.strictSame(await all('f24805000000ffffcac9c90700'), ['Hello'], '7.2.3.5: two blocks');
    t.strictSame(await all('00'), [''], '7.2.3.6: an empty message');
    t.strictSame(await all(''), [''], 'no payload at all');
    t.strictSame(
      await all('f248cdc9c90704', 'f200110000'),
      ['Hello', 'Hello'],
      'BFINAL set in the empty block at the end',
    );
    t.strictSame(await all('f348cdc9c90700'), ['Hello'], 'BFINAL set and no octet behind it');
    t.strictSame(
      await inflateAll(options, [hex('00 0900f6ff 48656c6c6f')]),
      [hex('48656c6c6f 0000ffff')],
      '7.2.2 to the letter: a stored block that the tail makes whole',
    );
  });

  t.test(`a message too large to be inflated at once is in the window of the next one, ${way}`, async (t) => {
    const random = randomFor(t);
    const plain = [prose(random, 500), random.bytes(90_000), prose(random, 500)] as const;
    const large = compress(plain[1], plain[0]);
    t.ok(large.length > 65536);
    const window = Buffer.concat([plain[0], plain[1]]).subarray(-32768);
    // The third one refers back to both ends of it.
    const third = Buffer.concat([window.subarray(10, 200), plain[2], window.subarray(-300)]);
    const payloads = [compress(plain[0]), large, compress(third, window)];
    t.strictSame(await inflateAll(options, payloads), [plain[0], plain[1], third]);
  });

  t.test(`messages of Node's compressor, ${way}`, async (t) => {
    const random = randomFor(t);
    for (const windowBits of [8, 9, 10, 11, 12, 13, 14, 15]) {
      for (const contextTakeover of [true, false]) {
        const plain = Array.from({ length: 12 }, (_, i) =>
          random.pick([prose, (_: unknown, size: number) => random.bytes(size)])(random, random.below(200 << (i % 8))),
        );
        plain.push(Buffer.alloc(0), prose(random, 70000), Buffer.alloc(200000, 'z'), prose(random, 100));
        let window = Buffer.alloc(0);
        const payloads = plain.map((message) => {
          const payload = compress(message, window, windowBits);
          if (contextTakeover) window = Buffer.concat([window, message]).subarray(-(2 ** windowBits));
          return payload;
        });
        const found = await inflateAll({ ...options, windowBits, contextTakeover }, payloads);
        const bad = plain.findIndex((message, i) => !message.equals((found[i] ?? Buffer.from('-')) as Buffer));
        t.equal(bad, -1, `${windowBits} bits, takeover ${contextTakeover}: the first message that is wrong`);
      }
    }
  });

  t.test(`final blocks in one message and several, and the window goes on, ${way}`, async (t) => {
    const random = randomFor(t);
    const plain = Array.from({ length: 20 }, () => prose(random, random.below(3000)));
    let window = Buffer.alloc(0);
    const payloads = plain.map((message) => {
      const cut = random.below(message.length + 1);
      const payload = random.pick([
        () => compressFinally(message, window),
        () => compress(message, window),
        () => {
          const head = message.subarray(0, cut);
          const more = Buffer.concat([window, head]).subarray(-32768);
          const first = deflateRawSync(head, window.length === 0 ? {} : { dictionary: window });
          return Buffer.concat([first, compress(message.subarray(cut), more)]);
        },
      ])();
      window = Buffer.concat([window, message]).subarray(-32768);
      return payload;
    });
    t.strictSame((await inflateAll(options, payloads)).map(String), plain.map(String));
    t.strictSame(
      (
        await inflateAll({ ...options, contextTakeover: false }, [
          Buffer.concat([deflateRawSync('one, '), compress(Buffer.from('one, two'), Buffer.from('one, '))]),
          hex('f200110000'),
        ])
      ).map(String),
      ['one, one, two', 'WS_PROTOCOL_DEFLATE'],
      'without context takeover the window lasts for the message',
    );
  });

  t.test(`wrong data, ${way}`, async (t) => {
    const bad: Record<string, string> = {
      'a block of a type that does not exist': 'ff',
      'a match before the window': 'f200110000',
      'no tail was taken off': 'f248cdc9c907000000ffff',
      'the last block is cut off': 'f248cd',
      'a stored block is cut off': '000500faff48656c',
      'wrong complement of a length': '000500f0ff48656c6c6f00',
      'behind a final block': 'f348cdc9c90700ff',
      'a final block that is cut off': 'f348cdc9',
      'code lengths without sense': 'fcffffffffffff',
    };
    for (const [what, payload] of Object.entries(bad)) {
      t.strictSame(await inflateAll(options, [hex(payload)]), ['WS_PROTOCOL_DEFLATE'], what);
      t.strictSame(
        await inflateAll(options, ['f248cdc9c90700', 'f248cdc9c90700'].map(hex)).then(String),
        'Hello,Hello',
        'and others are not touched',
      );
    }
    const [result] = [await inflate(new Inflater(options), hex('ff'))] as [Violation];
    t.match(result, { closeCode: 1007, section: 'RFC 7692 7.2.2', message: /does not inflate: invalid block type/ });
    t.match(result.cause, { code: 'Z_DATA_ERROR' });
  });

  t.test(`the limit, exactly, ${way}`, async (t) => {
    for (const size of [1, 1000, 131072, 131073, 300000]) {
      const payload = compress(Buffer.alloc(size, 'a'));
      t.equal((await inflateAll(options, [payload], size))[0]?.length, size, `${size} bytes`);
      if (size === 1) continue;
      t.strictSame(await inflateAll(options, [payload], size - 1), ['WS_PROTOCOL_MESSAGE_TOO_BIG'], `not ${size - 1}`);
    }
    const violation = (await inflate(new Inflater(options), compress(Buffer.alloc(11)), 10)) as Violation;
    t.match(violation, { closeCode: 1009, section: 'option maxMessageBytes', message: /more than 10 bytes/ });
  });
}

t.test('all ways come to the same result with data that was damaged', async (t) => {
  const random = randomFor(t);
  let good = 0;
  let broken = 0;
  for (let i = 0; i < 400; i++) {
    const stream = [prose(random, random.below(600)), prose(random, 200), random.bytes(random.below(90))] as const;
    const payloads = [
      compress(stream[0]),
      compress(stream[1], stream[0]),
      compress(stream[2], Buffer.concat(stream.slice(0, 2))),
    ];
    const target = payloads[random.below(3)] as Buffer;
    for (let n = random.below(3); n >= 0; n--) target[random.below(target.length)] = random.below(256);
    if (random.below(4) === 0) payloads[1] = (payloads[1] as Buffer).subarray(0, random.below(50));
    const limit = random.pick([MUCH, 500]);
    const results = await Promise.all(Object.values(WAYS).map((options) => inflateAll(options, payloads, limit)));
    const [first, ...others] = results.map((result) => JSON.stringify(result));
    for (const other of others)
      if (other !== first) t.fail(`limit ${limit}, ${payloads.map((p) => p.toString('hex'))}: ${first} or ${other}`);
    if (results[0]?.every(Buffer.isBuffer)) good++;
    else broken++;
  }
  t.equal(good > 0 && broken > 0, true, `${good} sequences inflated, ${broken} did not`);
});

/** How zlib hands out memory is measured where it comes out: parts of results that were counted. */
function bomb(size: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(1 << 20), { finishFlush: Z_FULL_FLUSH });
  return Buffer.concat([...new Array<Buffer>(size).fill(block), Buffer.from([0])]);
}

t.test('a bomb is stopped while it inflates', async (t) => {
  const payload = bomb(512);
  t.equal(payload.length > 500_000, true, `${payload.length} bytes that inflate to 512 MiB`);
  const before = process.memoryUsage();
  const inflater = new Inflater();
  const result = await inflate(inflater, payload, 1 << 20);
  const after = process.memoryUsage();
  t.match(result, { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' });
  const grown = after.arrayBuffers - before.arrayBuffers;
  t.equal(grown < 8 << 20, true, `${grown} bytes more in Buffers`);
  const small = bomb(50);
  t.equal(small.length < 65536, true);
  t.equal(new Inflater().now(small, 0, small.length, MUCH), LATER, 'at once no more than the scratch memory is filled');
  t.match(new Inflater().now(small, 0, small.length, 1000), { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' });
  t.match(new Inflater({ streams: null }).now(small, 0, small.length, 1000), { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' });
});

t.test('final blocks without end are stopped', async (t) => {
  const finals = Buffer.alloc(40000, hex('0300'));
  for (const options of Object.values(WAYS)) {
    t.strictSame(await inflateAll(options, [finals]), ['WS_PROTOCOL_DEFLATE']);
  }
});

t.test('the state is made with the first message and freed at the end', async (t) => {
  const streams = new KeptStreams(5);
  const inflater = new Inflater({ streams });
  t.equal(streams.size, 0);
  await inflate(inflater, compress(Buffer.from('a')));
  t.equal(streams.size, 1);
  await inflate(inflater, compress(Buffer.alloc(200000)));
  t.equal(streams.size, 0, 'a large message leaves the window alone');
  await inflate(inflater, compress(Buffer.from('a')));
  t.equal(streams.size, 1);
  await inflate(inflater, compressFinally(Buffer.from('a')));
  await inflate(inflater, compress(Buffer.from('a')));
  t.equal(streams.size, 0, 'a sender of final blocks gets none again');
  inflater.close();
  inflater.close();
});

t.test('nothing comes after close', async (t) => {
  const payload = compress(asciiProse(randomFor(t), 400000));
  const inflater = new Inflater();
  let calls = 0;
  inflater.later(payload, MUCH, () => calls++);
  inflater.close();
  await inflate(new Inflater({ syncBytes: 0 }), payload);
  t.equal(calls, 0);
});

t.test("a stream of Node's that flushes after each message", async (t) => {
  const stream: DeflateRaw = createDeflateRaw({ level: 9, memLevel: 9 });
  const random = randomFor(t);
  const inflaters = Object.values(WAYS).map((options) => new Inflater(options));
  for (let i = 0; i < 30; i++) {
    const plain = prose(random, 1 + random.below(5000));
    const parts: Buffer[] = [];
    stream.on('data', (part) => parts.push(part));
    stream.write(plain);
    await new Promise<void>((resolve) => stream.flush(Z_SYNC_FLUSH, resolve));
    stream.removeAllListeners('data');
    const payload = Buffer.concat(parts).subarray(0, -4);
    for (const inflater of inflaters) {
      const found = await inflate(inflater, payload);
      if (!plain.equals(found as Buffer)) t.fail(`message ${i}`);
    }
  }
  stream.close();
  for (const inflater of inflaters) inflater.close();
  t.pass();
});
