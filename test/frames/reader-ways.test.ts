import t from 'tap';
import { Inflater } from '../../src/frames/inflate.js';
import { Reader } from '../../src/frames/reader.js';
import type { ReaderOptions } from '../../src/frames/reader-options.js';
import { compress } from './deflate-support.js';
import { type Call, difference, frame, hex, type Key, Random, Recorder, randomFor } from './support.js';

// One stream, many ways into the reader. The judge is the general way, a byte at a time and undisturbed, in which no run is ever
// found and nothing goes straight into a message: reader-cuts.test.ts says that it is right. Every other way, with a sink that pauses,
// throws, reads on and stops in the middle of a chunk, must come to the same calls, the same failure and the same state.

/** The borders of the length, of the runs, of shared memory and of direct reads, and what lies between them. */
const SHORT = [0, 0, 1, 1, 2, 5, 16, 31, 64, 65, 100, 124, 125, 126, 127, 128, 129, 200, 255, 256, 300];
const LONG = [
  2047, 2048, 2049, 4095, 4096, 4097, 8190, 8191, 8192, 8193, 32767, 32768, 32770, 65535, 65536, 90_000, 150_000,
];

const CHARACTERS = ['a', 'b', '\0', '\x7f', '\u0080', '\u00ff', '\u07ff', '\u0800', '\ufffd', '\uffff', '\u{10ffff}'];
/** Bytes that are no UTF-8, wherever they stand (RFC 3629). */
const NO_TEXT = ['ff', 'c0 80', 'ed a0 80', 'f4 90 80 80', 'e2 82', '80', 'c3'];
/** Frames that break a rule, most of them in their first four bytes. */
const NO_FRAMES = [
  'c100',
  '8b00',
  '0900',
  '8000',
  '897e007e',
  '817e007d',
  '827f000000000000ffff',
  '8181 01020304 60',
  '8101',
];

/** Text of so many bytes: all ASCII, or with few or many other characters; a bad one may be no text at all. */
function textOf(random: Random, length: number, bad: boolean): Buffer {
  const others = random.pick([0, 0, 1, 20]);
  const parts: Buffer[] = [];
  let bytes = 0;
  while (bytes < length) {
    const ascii = Buffer.alloc(Math.min(length - bytes, 1 + random.below(120)), 97 + random.below(26));
    const other = Buffer.from(random.pick(CHARACTERS));
    const part = random.below(20) < others && bytes + other.length <= length ? other : ascii;
    parts.push(part);
    bytes += part.length;
  }
  if (bad && random.below(60) === 0) parts.splice(random.below(parts.length + 1), 0, hex(random.pick(NO_TEXT)));
  return Buffer.concat(parts);
}

interface Stream {
  readonly bytes: Buffer;
  readonly options: ReaderOptions;
  readonly deflate: boolean;
  /** Whether messages are taken as they arrive. */
  readonly pieces: boolean;
}

/** A stream of a peer: good, or broken at some places. */
function streamOf(random: Random): Stream {
  const bad = random.below(2) === 0;
  const masked = random.below(4) === 0;
  const deflate = random.below(4) === 0;
  const parts: Buffer[] = [];
  let window = Buffer.alloc(0);
  const add = (first: number, payload: Uint8Array): void => {
    const key = [...random.bytes(4)] as unknown as Key;
    parts.push(frame(first, payload, masked ? { key } : {}));
  };
  const control = (): void => add(random.pick([0x89, 0x8a]), random.bytes(random.pick([0, 1, 50, 125])));
  const message = (first: 1 | 2, length: number): void => {
    const plain = first === 1 ? textOf(random, length, bad) : random.bytes(length);
    const compressed = deflate && random.below(2) === 0;
    const payload = compressed ? compress(plain, window) : plain;
    if (compressed) window = Buffer.concat([window, plain]).subarray(-32768);
    const opcode = first | (compressed ? 0x40 : 0);
    const fragments = random.pick([1, 1, 1, 1, 1, 1, 2, 5]);
    let at = 0;
    for (let i = 1; i < fragments; i++) {
      const to = at + random.below(payload.length - at + 1);
      add(i === 1 ? opcode : 0, payload.subarray(at, to));
      if (random.below(3) === 0) control();
      at = to;
    }
    add(0x80 | (fragments === 1 ? opcode : 0), payload.subarray(at));
  };
  for (let bursts = 1 + random.below(6); bursts > 0; bursts--) {
    const first = random.pick([1, 2] as const);
    const longest = random.pick([8, SHORT.length]);
    for (let n = random.pick([1, 3, 30]); n > 0; n--) message(first, SHORT[random.below(longest)] as number);
    if (random.below(4) === 0) message(random.pick([1, 2]), random.pick(LONG));
    if (random.below(3) === 0) control();
    if (bad && random.below(6) === 0) parts.push(hex(random.pick(NO_FRAMES)));
  }
  if (random.below(3) === 0) add(0x88, hex(random.pick(['', '03e8', '03e9 c3a4', '03ed', '03 '])));
  const bytes = Buffer.concat(parts).subarray(0, random.below(4) > 0 ? undefined : random.below(5000));
  for (let flips = bad ? random.below(3) : 0; flips > 0 && bytes.length > 0; flips--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  }
  const maxMessageBytes = bad ? random.pick([130, 2048, 3000, 4096, 70_000]) : 1 << 20;
  const options: ReaderOptions = { role: masked ? 'server' : 'client', maxMessageBytes, maxFragments: bad ? 4 : 5 };
  return { bytes, options, deflate, pieces: !bad && random.below(2) === 0 };
}

interface Way {
  /** Longest piece. */
  readonly size: number;
  /** Whether large messages are read straight into place. */
  readonly direct: boolean;
  /** How many of 16 calls are answered by a pause, an error and so on. */
  readonly meddling: number;
  /** The call in which the reader is stopped. */
  readonly stopAt?: number;
  /** Whether compressed messages are inflated by the documented way. */
  readonly documented: boolean;
}

interface Outcome {
  readonly calls: readonly Call[];
  /** Whether the reader waits for much of a message, or says that it is paused. */
  readonly state: string;
  readonly direct: number;
  readonly meddled: number;
}

const MINE = new Error('of the sink');

/** Reads a stream in a way; what must never be, such as a call inside a call, is thrown. */
function readIn(way: Way, { bytes, options, deflate, pieces }: Stream, random: Random): Outcome {
  const recorder = new Recorder();
  const inflater = new Inflater({ syncBytes: 1 << 20, ...(way.documented && { streams: null }) });
  const reader = new Reader(recorder, deflate ? { ...options, inflater } : options);
  const shared = Buffer.alloc(1 << 18);
  const parts: (string | Buffer)[] = [];
  /** What the socket reads into next. It has it from the end of the read before, whatever happens in between. */
  let lent: Buffer | null = null;
  let [at, direct, answers, meddled, inside, broken] = [0, 0, 0, 0, false, ''];

  const feed = (straight: boolean): void => {
    const target = straight ? lent : null;
    const memory = target ?? shared;
    const start = target === null ? random.below(9) : 0;
    const count = bytes.copy(memory, start, at, at + Math.min(memory.length - start, 1 + random.below(way.size)));
    at += count;
    if (target !== null) direct += count;
    try {
      if (target === null) reader.read(memory, start, start + count);
      else reader.filled(count);
    } finally {
      if (!inside) shared.fill(0xee, 0, start + count);
      lent = reader.target;
    }
  };

  const answer = (count: number): void => {
    if (inside) broken ||= `call ${count} inside another`;
    if (reader.paused) broken ||= `call ${count} in a pause`;
    answers++;
    inside = true;
    try {
      if (count === way.stopAt) return reader.stop();
      if (random.below(16) >= way.meddling) return;
      meddled++;
      const what = random.below(4);
      if (what === 0) reader.pause();
      if (what === 1) reader.pause();
      if (what === 1) reader.resume();
      // Bytes in memory of their own: those of the chunk under way stay as they are.
      const ahead = what === 2 ? Buffer.from(bytes.subarray(at, at + 1 + random.below(way.size))) : null;
      at += ahead?.length ?? 0;
      if (ahead !== null) reader.read(ahead);
      ahead?.fill(0xdd);
      if (what === 3) throw MINE;
    } finally {
      inside = false;
    }
  };
  recorder.after = answer;
  const takePieces = (): void => {
    reader.pieces = {
      piece(_opcode, part) {
        parts.push(part);
        answer(0);
      },
      lastPiece(opcode) {
        const all = parts.splice(0);
        if (opcode === 1) recorder.text(all.join(''));
        else recorder.binary(Buffer.concat(all as Buffer[]));
      },
    };
  };

  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (error !== MINE) throw error;
    }
  };
  while (at < bytes.length) {
    if (pieces && reader.pieces === null && random.below(4) === 0) takePieces();
    attempt(() => feed(way.direct));
    while (reader.paused && random.below(3) > 0) attempt(() => reader.resume());
  }
  // What an error of the sink has left behind is parsed by the next resume, which may meet the next error.
  for (let before = -1; reader.paused || before < answers; ) {
    before = answers;
    attempt(() => reader.resume());
  }
  if (broken !== '') throw new Error(broken);
  // A message that is taken as it arrives is never read straight.
  const isMuchMissing = !pieces && reader.target !== null;
  const state = `${reader.paused ? 'paused' : 'reading'}, ${isMuchMissing ? 'much' : 'little'} missing`;
  inflater.close();
  return { calls: recorder.calls, state, direct, meddled };
}

const JUDGE: Way = { size: 1, direct: false, meddling: 0, documented: true };
const WAYS: Readonly<Record<string, Way>> = {
  whole: { size: 1 << 20, direct: false, meddling: 0, documented: false },
  pieces: { size: 3000, direct: false, meddling: 0, documented: false },
  straight: { size: 50_000, direct: true, meddling: 0, documented: true },
  'whole, meddled with': { size: 1 << 20, direct: false, meddling: 4, documented: false },
  'pieces, meddled with': { size: 700, direct: false, meddling: 3, documented: true },
  'small pieces, meddled with': { size: 9, direct: false, meddling: 8, documented: false },
  'straight, meddled with': { size: 50_000, direct: true, meddling: 3, documented: false },
};

t.test('all ways to read a stream come to the same', async (t) => {
  const random = randomFor(t);
  const wrong: string[] = [];
  const seen = { failures: new Set<string>(), closes: 0, direct: 0, meddled: 0 };
  for (let i = 0; i < 200 && wrong.length === 0; i++) {
    const stream = streamOf(random);
    const wanted = readIn(JUDGE, stream, random);
    const last = wanted.calls.at(-1);
    if (last?.[0] === 'failed') seen.failures.add(last[1].code);
    if (last?.[0] === 'close') seen.closes++;
    for (const [name, way] of Object.entries(WAYS)) {
      // A seed of its own for each way: a failure can be had again without those before it.
      const seed = random.below(2 ** 32);
      try {
        const found = readIn(way, stream, new Random(seed));
        const differs = difference(found.calls, wanted.calls) ?? (found.state === wanted.state ? null : found.state);
        if (differs !== null) wrong.push(`stream ${i}, ${name}: ${differs}`);
        seen.direct += found.direct;
        seen.meddled += found.meddled;
        const stopAt = 1 + random.below(wanted.calls.length + 1);
        const stopped = readIn({ ...way, stopAt }, stream, new Random(seed)).calls;
        const behind = difference(stopped, wanted.calls.slice(0, stopAt));
        if (behind !== null) wrong.push(`stream ${i}, ${name}, stopped in call ${stopAt}: ${behind}`);
      } catch (error) {
        wrong.push(`stream ${i}, ${name}: ${(error as Error).stack}`);
      }
    }
  }
  t.strictSame(wrong, []);
  // A test of nothing would pass, too.
  t.ok(seen.failures.size >= 6, [...seen.failures].join(' '));
  t.ok(seen.closes > 5, `${seen.closes} streams end by a close frame`);
  t.ok(seen.direct > 10_000, `${seen.direct} bytes went straight into messages`);
  t.ok(seen.meddled > 10_000, `${seen.meddled} calls were meddled with`);
});
