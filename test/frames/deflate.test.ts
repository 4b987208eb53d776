import { constants, inflateRawSync } from 'node:zlib';
import t from 'tap';
import { Deflater, type DeflaterOptions } from '../../src/frames/deflate.js';
import { KeptStreams } from '../../src/frames/kept-streams.js';
import { inflateBySpec, prose } from './deflate-support.js';
import { hex, randomFor } from './support.js';

const TAIL = hex('0000ffff');
const WAYS: Readonly<Record<string, DeflaterOptions>> = {
  'by a kept state': {},
  'by the documented functions': { streams: null },
  'off the loop': { syncBytes: 0 },
  'with one state for many': { streams: new KeptStreams(1) },
};

/** The payload, a copy; at once, or later if it is too long for that. */
function deflate(deflater: Deflater, plain: Buffer): Promise<Buffer | null> {
  if (plain.length <= deflater.syncBytes) return Promise.resolve(Buffer.from(deflater.now(plain)));
  return new Promise((resolve) => deflater.later(plain, resolve));
}

/** By Node's own zlib, as a receiver that never heard of ours. */
function inflate(payload: Buffer, window: Buffer): Buffer {
  const dictionary = window.length === 0 ? {} : { dictionary: window };
  const options = { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary };
  return inflateRawSync(Buffer.concat([payload, TAIL]), options);
}

t.test('the bytes of RFC 7692 7.2.3', async (t) => {
  for (const streams of [undefined, null]) {
    const options = streams === undefined ? {} : { streams };
    const sharing = new Deflater(options);
    t.strictSame(await deflate(sharing, Buffer.from('Hello')), hex('f248cdc9c90700'), '7.2.3.1: one compressed block');
    t.strictSame(await deflate(sharing, Buffer.from('Hello')), hex('f200110000'), '7.2.3.2: sharing the window');
    const alone = new Deflater({ ...options, contextTakeover: false });
    for (let i = 0; i < 2; i++) t.strictSame(await deflate(alone, Buffer.from('Hello')), hex('f248cdc9c90700'));
    const stored = await deflate(new Deflater({ ...options, level: 0 }), Buffer.from('Hello'));
    t.strictSame(stored, hex('000500faff48656c6c6f00'), '7.2.3.3: a block without compression');
    t.strictSame(await deflate(sharing, Buffer.alloc(0)), hex('00'), '7.2.3.6: an empty message');
    const third = (await deflate(sharing, Buffer.from('Hello'))) as Buffer;
    t.equal(inflate(third, Buffer.from('HelloHello')).toString(), 'Hello', 'which leaves the window as it was');
    sharing.close();
  }
});

for (const [way, options] of Object.entries(WAYS)) {
  t.test(`Node's zlib reads it, whatever was agreed on, ${way}`, async (t) => {
    const random = randomFor(t);
    for (const windowBits of [8, 9, 10, 11, 12, 13, 14, 15]) {
      for (const contextTakeover of [true, false]) {
        const level = random.below(10);
        const memLevel = 1 + random.below(9);
        const deflater = new Deflater({ ...options, windowBits, contextTakeover, level, memLevel });
        let window = Buffer.alloc(0);
        const messages = Array.from({ length: 10 }, (_, i) => prose(random, random.below(100 << (i % 8))));
        messages.push(
          random.bytes(300),
          Buffer.alloc(0),
          prose(random, 70000),
          Buffer.alloc(9000, 'z'),
          prose(random, 50),
        );
        for (const plain of messages) {
          const payload = (await deflate(deflater, plain)) as Buffer;
          const found = inflate(payload, window);
          if (!found.equals(plain))
            t.fail(`${windowBits} bits, level ${level}, memLevel ${memLevel}: ${plain.length} bytes`);
          if (contextTakeover) window = Buffer.concat([window, plain]).subarray(-(2 ** windowBits));
        }
        deflater.close();
      }
    }
    t.pass();
  });

  t.test(`no match goes back further than the window, ${way}`, async (t) => {
    const random = randomFor(t);
    for (const windowBits of [8, 9, 11]) {
      const size = 2 ** windowBits;
      // Records that come again at distances around the size of the window.
      const record = random.bytes(40);
      const gaps = [size - 300, size - 60, size - 40, size - 20, size, size + 20].filter((gap) => gap > 0);
      const plain = Buffer.concat(gaps.flatMap((gap) => [record, random.bytes(gap)]).concat(prose(random, 3000)));
      for (const level of [1, 4, 6, 9]) {
        const deflater = new Deflater({ ...options, windowBits, level });
        let furthest = 0;
        let before = Buffer.alloc(0);
        for (let at = 0; at < plain.length; ) {
          const part = plain.subarray(at, at + 1 + random.below(700));
          at += part.length;
          const payload = (await deflate(deflater, part)) as Buffer;
          const inflated = inflateBySpec(Buffer.concat([payload, TAIL]), before);
          if (!inflated.bytes.equals(part)) t.fail('not the same');
          furthest = Math.max(furthest, inflated.furthest);
          before = Buffer.concat([before, part]).subarray(-32768);
        }
        t.equal(furthest <= size, true, `${windowBits} bits, level ${level}: at most ${furthest} bytes back`);
        t.equal(furthest > size / 4, true, 'and the window is used');
        deflater.close();
      }
    }
  });
}

t.test('data that does not compress fits the scratch memory, too', async (t) => {
  const random = randomFor(t);
  for (const memLevel of [1, 8]) {
    const deflater = new Deflater({ syncBytes: 1 << 30, memLevel });
    t.equal(deflater.syncBytes, 65536);
    const plain = random.bytes(65536);
    t.strictSame(inflate(deflater.now(plain), Buffer.alloc(0)), plain);
  }
});

t.test('the state is made with the first message, and freed by a large one and at the end', async (t) => {
  const streams = new KeptStreams(5);
  const deflater = new Deflater({ streams });
  t.equal(streams.size, 0);
  deflater.now(Buffer.alloc(0));
  t.equal(streams.size, 0);
  deflater.now(Buffer.from('a'));
  t.equal(streams.size, 1);
  await deflate(deflater, Buffer.alloc(20000));
  t.equal(streams.size, 0);
  deflater.now(Buffer.from('a'));
  t.equal(streams.size, 1);
  deflater.close();
  t.equal(streams.size, 0);
});

t.test('nothing comes after close', async (t) => {
  const deflater = new Deflater();
  let calls = 0;
  deflater.later(Buffer.alloc(400000), () => calls++);
  deflater.close();
  await deflate(new Deflater(), Buffer.alloc(400000));
  t.equal(calls, 0);
});
