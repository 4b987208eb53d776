import t from 'tap';
import { Reader } from '../../src/frames/reader.js';
import type { ReaderOptions } from '../../src/frames/reader-options.js';
import { type Call, difference, frame, hex, type Random, Recorder, randomFor } from './support.js';

const SERVER = { role: 'server' } as const;
const LIMITED = { maxMessageBytes: 100, maxFragments: 3 };

/** Streams written by hand: good and bad ones, each with what is special about it. */
const STREAMS: readonly (readonly [why: string, bytes: string, options?: ReaderOptions])[] = [
  ['a run of short texts', '810161 8100 81026263 8103646566 810167'],
  ['a run that is not ASCII', '8102c3a4 8103e282ac 810161 8104f09f9880 810162'],
  ['ASCII and not in turns', '810161 8102c3a4 810162 8102c3a4 810163 8103e282ac'],
  ['a run before a frame that is longer than it may be', `8102c3a4 817e8080 ${'61'.repeat(40)}`],
  ['a run before a frame that is cut', '8102c3a4 810161 817e0080 6162'],
  ['a bad byte in a run', '810161 8102c3a4 8103 61ff62 810163'],
  ['a bad byte in a run before a long frame', '810161 810180 817e0080 6162'],
  ['a cut character in a run', '810161 810161 8102 61c3 8101a4'],
  ['texts of 126 to 130 bytes', [126, 127, 128, 130].map((n) => `817e00${n.toString(16)}${'62'.repeat(n)}`).join('')],
  ['such a text, not ASCII', `810161 817e0080 ${'c3a4'.repeat(64)} 817e0081 ${'62'.repeat(129)} 810163`],
  ['such a text with a bad byte', `817e0080 ${'62'.repeat(100)}ff${'62'.repeat(27)}`],
  ['a run of binary', '8200 820161 82026162 827e007e'.concat('63'.repeat(126), '820164')],
  ['text, binary and control frames in turns', '810161 820162 8900 810163 8a0131 820164 820165 810166 8801 03'],
  ['close with a reason', '810161 8808 03e9 62c3a4e28281 810162 8800'],
  ['close with a bad reason', '820161 8804 03e9 61ff 810162'],
  ['close with a bad code', '8802 03ed'],
  ['close without a code', '0101 61 8800'],
  ['fragments cut inside characters', '0102 61c3 8900 0001 a4 0000 0002 e282 8a0131 8002 ac62 810163'],
  ['a fragment cut by the next', '0102 61e2 0001 82 8001 41'],
  ['a message cut at its end', '0102 61f0 0002 9f98 8000 810161'],
  ['a surrogate over fragments', '0101 ed 0001 a0 8001 80'],
  ['above U+10FFFF over fragments', '0101 f4 0001 90 8002 8080'],
  ['empty fragments', '0100 0000 0000 8000 0200 8900 8000 810161'],
  ['64-bit length that is not minimal', '810161 827f000000000000ffff 61'],
  ['16-bit length that is not minimal', '810161 817e007d 61'],
  ['most significant bit', '820161 827f8000000000000000'],
  ['rsv1 inside a run', '810161 c10161 810162'],
  ['masked inside a run', '810161 8181 00000000 61 810162'],
  ['masked with a long header', '820161 82ff 0000000000010000 01020304 61'],
  ['a reserved opcode', '820161 8b00'],
  ['a long ping', '820161 897e007e 61'],
  ['a new message inside a message', '0101 61 8900 8101 62'],
  ['a continuation without a message', '810161 8000'],
  ['maxMessageBytes in a run', `810161 817d${'61'.repeat(125)}`, LIMITED],
  ['maxMessageBytes in a binary run', `820161 8264${'61'.repeat(100)} 8265${'61'.repeat(101)}`, LIMITED],
  ['maxMessageBytes over fragments', `0132${'61'.repeat(50)} 8900 8033${'61'.repeat(51)}`, LIMITED],
  ['maxFragments', '0200 0000 8000 0100 0000 0000 8000', LIMITED],
  ['masked messages', '8185 37fa213d 7f9f4d5158 8281 01020304 60 8980 00000000 8a81 01020304 60', SERVER],
  ['masked fragments', '0182 01020304 60c1 8981 ff000000 ce 8083 11121314 b5767a 8880 00000000', SERVER],
  ['a masked text with a bad byte', '8183 01020304 60fd61', SERVER],
  ['one that is not masked', '8185 37fa213d 7f9f4d5158 8101 61', SERVER],
  ['masked, with a 16-bit length', `82fe0080 01020304 ${'60616265'.repeat(32)} 8181 00000000 61`, SERVER],
];

const SHARED = Buffer.alloc(1 << 20);

/** Reads bytes that are cut at the given places. Each piece lies, between other frames, in memory that is overwritten afterwards. */
function readCut(bytes: Buffer, cuts: readonly number[], options: ReaderOptions): readonly Call[] {
  const recorder = new Recorder();
  const reader = new Reader(recorder, options);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    const end = 2 + bytes.copy(SHARED, 2, from, to);
    SHARED[0] = SHARED[1] = SHARED[end] = 0x81;
    SHARED[end + 1] = 0;
    reader.read(SHARED, 2, end);
    SHARED.fill(0xee, 0, end);
    from = to;
  }
  return recorder.calls;
}

const everyByte = (bytes: Buffer): number[] => Array.from({ length: Math.max(0, bytes.length - 1) }, (_, i) => i + 1);

function randomCuts(random: Random, length: number): number[] {
  const cuts: number[] = [];
  const step = 1 + random.below(random.pick([4, 40, 400, 4000, 40_000]));
  for (let at = random.below(step + 1); at < length; at += 1 + random.below(step)) cuts.push(at);
  return cuts;
}

t.test('streams written by hand: every cut, every two cuts of short ones, every byte alone', async (t) => {
  for (const [why, digits, options = {}] of STREAMS) {
    const bytes = hex(digits);
    const wanted = readCut(bytes, [], options);
    const wrong: string[] = [];
    const compare = (cuts: number[]): void => {
      const found = difference(readCut(bytes, cuts, options), wanted);
      if (found !== null) wrong.push(`cut at ${cuts}: ${found}`);
    };
    compare(everyByte(bytes));
    for (let first = 1; first < bytes.length; first++) {
      compare([first]);
      if (bytes.length < 60) for (let second = first + 1; second < bytes.length; second++) compare([first, second]);
    }
    t.strictSame(wrong.slice(0, 3), [], why);
  }
});

t.test('the streams written by hand, whole', async (t) => {
  // What the cuts are compared with must be right itself.
  const names = STREAMS.map(([why, digits, options = {}]) => {
    const calls = readCut(hex(digits), [], options).map((call) => {
      const [name, given] = call;
      if (name === 'failed') return `${given.code.slice(12)}@${given.offset}`;
      return name === 'text' || name === 'close' ? `${given}` : `${name} ${given.length}`;
    });
    return [why, calls.map((call) => (call.length > 30 ? `${call.length} units` : call)).join(', ')];
  });
  t.strictSame(Object.fromEntries(names), {
    'a run of short texts': 'a, , bc, def, g',
    'a run that is not ASCII': '\u00e4, \u20ac, a, \u{1f600}, b',
    'ASCII and not in turns': 'a, \u00e4, b, \u00e4, c, \u20ac',
    'a run before a frame that is longer than it may be': '\u00e4',
    'a run before a frame that is cut': '\u00e4, a',
    'a bad byte in a run': 'a, \u00e4, UTF8@10',
    'a bad byte in a run before a long frame': 'a, UTF8@5',
    'a cut character in a run': 'a, a, UTF8@10',
    'texts of 126 to 130 bytes': '126 units, 127 units, 128 units, 130 units',
    'such a text, not ASCII': 'a, 64 units, 129 units, c',
    'such a text with a bad byte': 'UTF8@104',
    'a run of binary': 'binary 0, binary 1, binary 2, binary 126, binary 1',
    'text, binary and control frames in turns':
      'a, binary 1, ping 0, c, pong 1, binary 1, binary 1, f, CLOSE_PAYLOAD@25',
    'close with a reason': 'a, 1001',
    'close with a bad reason': 'binary 1, UTF8@5',
    'close with a bad code': 'CLOSE_CODE@2',
    'close without a code': '1005',
    'fragments cut inside characters': 'ping 0, pong 1, a\u00e4\u20acb, c',
    'a fragment cut by the next': 'UTF8@9',
    'a message cut at its end': 'UTF8@10',
    'a surrogate over fragments': 'UTF8@5',
    'above U+10FFFF over fragments': 'UTF8@5',
    'empty fragments': ', ping 0, binary 0, a',
    '64-bit length that is not minimal': 'a, LENGTH@3',
    '16-bit length that is not minimal': 'a, LENGTH@3',
    'most significant bit': 'binary 1, LENGTH@3',
    'rsv1 inside a run': 'a, RSV@3',
    'masked inside a run': 'a, MASK@3',
    'masked with a long header': 'binary 1, MASK@3',
    'a reserved opcode': 'binary 1, OPCODE@3',
    'a long ping': 'binary 1, CONTROL_LENGTH@3',
    'a new message inside a message': 'ping 0, CONTINUATION@5',
    'a continuation without a message': 'a, CONTINUATION@3',
    'maxMessageBytes in a run': 'a, MESSAGE_TOO_BIG@3',
    'maxMessageBytes in a binary run': 'binary 1, binary 100, MESSAGE_TOO_BIG@105',
    'maxMessageBytes over fragments': 'ping 0, MESSAGE_TOO_BIG@54',
    maxFragments: 'binary 0, TOO_MANY_FRAGMENTS@12',
    'masked messages': 'Hello, binary 1, ping 0, pong 1',
    'masked fragments': 'ping 1, a\u00e4di, 1005',
    'a masked text with a bad byte': 'UTF8@7',
    'one that is not masked': 'Hello, MASK@11',
    'masked, with a 16-bit length': 'binary 128, a',
  });
});

const TEXTS = [
  '',
  'a',
  'Hello',
  'x'.repeat(125),
  'y'.repeat(126),
  'z'.repeat(300),
  '\u00e4',
  '\u20ac uro',
  '\u{1f600}',
];

/** A random stream, and the calls that it must give. */
function randomStream(random: Random, masked: boolean): { bytes: Buffer; wanted: Call[] } {
  const parts: Buffer[] = [];
  const wanted: Call[] = [];
  const add = (first: number, payload: Uint8Array): void => {
    const key = [...random.bytes(4)] as unknown as readonly [number, number, number, number];
    parts.push(frame(first, payload, masked ? { key } : {}));
  };
  const control = (): void => {
    const payload = random.bytes(random.below(126));
    const isPing = random.below(2) === 0;
    add(isPing ? 0x89 : 0x8a, payload);
    wanted.push([isPing ? 'ping' : 'pong', payload]);
  };
  const message = (): void => {
    const isText = random.below(3) > 0;
    const long = random.below(12) > 0 ? 0 : random.pick([3000, 3000, 5000, 90_000]);
    const some = `${random.pick(TEXTS)}${random.pick(TEXTS)} `;
    const text = long === 0 ? some : some.repeat(1 + random.below(long / some.length));
    const payload = isText ? Buffer.from(text) : random.bytes(random.below(1 + (long || 300)));
    const fragments = random.pick([1, 1, 1, 1, 2, 3, 7]);
    let at = 0;
    for (let i = 1; i <= fragments; i++) {
      const to = i === fragments ? payload.length : at + random.below(payload.length - at + 1);
      add((i === fragments ? 0x80 : 0) | (i > 1 ? 0 : isText ? 1 : 2), payload.subarray(at, to));
      if (i < fragments && random.below(3) === 0) control();
      at = to;
    }
    wanted.push(isText ? ['text', text] : ['binary', payload]);
  };
  for (let i = 1 + random.below(8); i > 0; i--) {
    if (random.below(8) === 0) control();
    else for (let n = random.pick([1, 1, 5, 20]); n > 0; n--) message();
  }
  return { bytes: Buffer.concat(parts), wanted };
}

/** Reads like a socket: large messages straight into their memory, everything else through one shared buffer. */
function readDirect(bytes: Buffer, random: Random, options: ReaderOptions): { calls: readonly Call[]; direct: number } {
  const recorder = new Recorder();
  const reader = new Reader(recorder, options);
  const shared = Buffer.alloc(65536);
  let direct = 0;
  for (let at = 0; at < bytes.length; ) {
    const { target } = reader;
    const into = target ?? shared;
    const count = bytes.copy(into, 0, at, at + Math.min(into.length, 1 + random.below(40_000)));
    at += count;
    if (target === null) reader.read(shared, 0, count);
    else {
      reader.filled(count);
      direct += count;
    }
    shared.fill(0xee);
  }
  return { calls: recorder.calls, direct };
}

t.test('random streams with random cuts, in both roles, and straight into the messages', async (t) => {
  const random = randomFor(t);
  const wrong: string[] = [];
  let direct = 0;
  for (let i = 0; i < 100 && wrong.length === 0; i++) {
    const masked = i % 3 === 2;
    const { bytes, wanted } = randomStream(random, masked);
    const options = masked ? SERVER : {};
    const see = (how: string, calls: readonly Call[]): void => {
      const found = difference(calls, wanted);
      if (found !== null) wrong.push(`stream ${i}, ${how}: ${found}`);
    };
    see('whole', readCut(bytes, [], options));
    if (bytes.length < 4000) see('every byte', readCut(bytes, everyByte(bytes), options));
    for (let k = 0; k < 4; k++) see('random cuts', readCut(bytes, randomCuts(random, bytes.length), options));
    const straight = readDirect(bytes, random, options);
    direct += straight.direct;
    see('direct', straight.calls);
  }
  t.strictSame(wrong, []);
  t.ok(direct > 100_000, `${direct} bytes went straight into messages`);
});

t.test('broken at a random place: the same failure for every cutting, everything before it delivered', async (t) => {
  const random = randomFor(t);
  const wrong: string[] = [];
  let failed = 0;
  for (let i = 0; i < 200 && wrong.length === 0; i++) {
    const masked = i % 3 === 2;
    const { bytes } = randomStream(random, masked);
    const options = { ...(masked ? SERVER : {}), maxMessageBytes: random.pick([150, 4000, 200_000]), maxFragments: 5 };
    for (let flips = random.below(3); flips > 0; flips--) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    }
    const wanted = readCut(bytes, [], options);
    if (wanted.at(-1)?.[0] === 'failed') failed++;
    const see = (how: string, calls: readonly Call[]): void => {
      const found = difference(calls, wanted);
      if (found !== null) wrong.push(`stream ${i}, ${how}: ${found}`);
    };
    for (let k = 0; k < 3; k++) see('random cuts', readCut(bytes, randomCuts(random, bytes.length), options));
    if (bytes.length < 2000) see('every byte', readCut(bytes, everyByte(bytes), options));
    see('direct', readDirect(bytes, random, options).calls);
  }
  t.strictSame(wrong, []);
  t.ok(failed > 60, `${failed} of 200 failed`);
});

/** Valid frames for a start, then bits flipped, bytes random, or both. */
function hostile(random: Random, seed: Buffer): Buffer {
  const kind = random.below(3);
  if (kind === 0) return random.bytes(random.below(2001));
  const bytes = Buffer.from(seed.subarray(0, random.below(2001)));
  for (let flips = 1 + random.below(6); flips > 0 && bytes.length > 0; flips--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  }
  return kind === 1 ? bytes : Buffer.concat([bytes, random.bytes(random.below(200))]);
}

t.test('random bytes never throw, and nothing is called after the end', async (t) => {
  const random = randomFor(t);
  const seeds = Array.from({ length: 40 }, (_, i) => {
    const parts: Buffer[] = [];
    for (let length = 0; length < 2000; length += (parts.at(-1) as Buffer).length) {
      const payload = random.below(2) === 0 ? Buffer.from(random.pick(TEXTS)) : random.bytes(random.below(300));
      const first = random.pick([0x81, 0x81, 0x82, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8a]);
      parts.push(frame(first, payload.subarray(0, 125), i % 2 === 0 ? {} : { key: [1, 2, 3, 4] }));
    }
    return Buffer.concat(parts);
  });
  const wrong: string[] = [];
  let ended = 0;
  for (let i = 0; i < 20_000 && wrong.length === 0; i++) {
    const seed = random.below(seeds.length);
    const bytes = hostile(random, seeds[seed] as Buffer);
    const recorder = new Recorder();
    let end = 0;
    recorder.after = (count, [name]) => {
      if (end > 0) wrong.push(`input ${i}: call ${count} after the end`);
      if (name === 'failed' || name === 'close') end = count;
    };
    const reader = new Reader(recorder, seed % 2 === 0 ? {} : SERVER);
    try {
      for (let at = 0; at < bytes.length; ) {
        const to = Math.min(bytes.length, at + 1 + random.below(1500));
        reader.read(bytes, at, to);
        at = to;
      }
      if (end > 0) ended++;
      if (end > 0) reader.read(hex('810161 818100000000 61'));
    } catch (error) {
      wrong.push(`input ${i} threw ${error}: ${bytes.toString('hex')}`);
    }
  }
  t.strictSame(wrong, []);
  t.ok(ended > 10_000, `${ended} of 20000 inputs were found broken`);
});
