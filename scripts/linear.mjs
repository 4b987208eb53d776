// Shows that the time of the parsers grows linearly with their input, however it is cut: fits the exponent of T(n).
// Fails above MOST. It needs the built package: npm run build.
import { existsSync } from 'node:fs';
import { Reader } from '../dist/frames/index.js';

const MOST = 1.3;
/** On a machine with other work one measurement says nothing, so each is the best of some, and a bad fit is tried again. */
const BEST_OF = 7;
const TRIES = 5;

const quiet = { text() {}, binary() {}, ping() {}, pong() {}, close() {}, failed() {} };
/** A stream that is refused at its start would be read in no time. */
const sink = {
  ...quiet,
  failed(error) {
    throw error;
  },
};

function readSingle(reader, bytes) {
  for (let i = 0; i < bytes.length; i++) reader.read(bytes, i, i + 1);
}

/** A message in `count` fragments of the given payload. */
function fragments(first, count, payload) {
  const frame = Buffer.from([0, payload.length, ...payload]);
  const bytes = Buffer.alloc(frame.length * count, frame);
  bytes[0] = first;
  bytes[bytes.length - frame.length] = 0x80;
  return bytes;
}

function repeat(count, ...bytes) {
  return Buffer.alloc(count * bytes.length, Buffer.from(bytes));
}

function header64(first, length) {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16BE(first * 256 + 127);
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** One frame, its payload byte by byte, so that each of them is checked and appended alone. */
function inOneFrame(first, payload) {
  return Buffer.concat([header64(first, payload.length), payload]);
}

const SIZES = [12500, 25000, 50000, 100000];
/** A 64-bit length says at least 65536. */
const LONG = SIZES.map((size) => size * 8);
const LARGE = SIZES.map((size) => size * 40);

/** Name, the sizes, and for a size a function to be timed. */
const cases = [
  ['short texts, 1-byte chunks', SIZES, (n) => single(repeat(n / 5, 0x81, 3, 0x61, 0x62, 0x63))],
  ['one text, 1-byte chunks', LONG, (n) => single(inOneFrame(0x81, repeat(n / 2, 0xc3, 0xa4)))],
  ['one binary, 1-byte chunks', LONG, (n) => single(inOneFrame(0x82, repeat(n, 0x61)))],
  ['empty fragments', SIZES, (n) => whole(fragments(0x01, n, []))],
  ['fragments of a text', SIZES, (n) => whole(fragments(0x01, n, [0xc3, 0xa4]))],
  ['fragments of a binary', SIZES, (n) => whole(fragments(0x02, n, [1, 2, 3]))],
  ['fragments, 1-byte chunks', SIZES, (n) => single(fragments(0x01, n / 5, [0x61, 0x62, 0x63]))],
  ['texts in one chunk', LARGE, (n) => whole(repeat(n / 5, 0x81, 3, 0x61, 0x62, 0x63))],
  [
    'text with a bad byte at its end',
    LARGE,
    (n) => whole(inOneFrame(0x81, Buffer.alloc(n, 0x61).fill(0xff, n - 1)), quiet),
  ],
  ['1-byte chunks in a pause', [5000, 10000, 20000, 40000, 80000], (n) => paused(repeat(n / 5, 0x82, 3, 1, 2, 3))],
  ['a pause at each message of a chunk', SIZES, (n) => steps(repeat(n / 5, 0x89, 3, 1, 2, 3))],
];

function whole(bytes, calls = sink) {
  return () => new Reader(calls).read(bytes);
}

function single(bytes) {
  return () => readSingle(new Reader(sink), bytes);
}

function paused(bytes) {
  return () => {
    const reader = new Reader(sink);
    reader.pause();
    readSingle(reader, bytes);
    reader.resume();
  };
}

function steps(bytes) {
  return () => {
    const reader = new Reader({ ...sink, ping: () => reader.pause() });
    reader.read(bytes);
    while (reader.paused) reader.resume();
  };
}

/** The response head, byte by byte, if the handshake is part of the build. */
async function responseHead() {
  const file = new URL('../dist/handshake/index.js', import.meta.url);
  if (!existsSync(file)) return;
  const { ResponseParser } = await import(file.href);
  if (ResponseParser === undefined) return;
  cases.push(['response head, 1-byte chunks', [2000, 4000, 8000, 16000], (n) => head(ResponseParser, n)]);
}

function head(ResponseParser, size) {
  const start = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n';
  const line = 'x-header-of-some-length: and a value of some length, so that there are less than a hundred of them\r\n';
  const lines = Math.floor((size - start.length - 2) / line.length / 2);
  const bytes = Buffer.from(`${start}${line.repeat(lines)}x-long: ${'v'.repeat(lines * line.length - 10)}\r\n\r\n`);
  return () => {
    for (let k = 0; k < 10; k++) {
      const parser = new ResponseParser();
      for (let i = 0; i < bytes.length; i++) parser.push(bytes, i, i + 1);
      if (parser.response === null) throw new Error('the head was not read to its end');
    }
  };
}

function timeOf(run) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < BEST_OF; i++) {
    const start = process.hrtime.bigint();
    run();
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}

/** The slope of the least squares line through log T over log n. */
function exponent(sizes, times) {
  const [x, y] = [sizes.map(Math.log), times.map(Math.log)];
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const above = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return above / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

function measure([name, sizes, prepare]) {
  let found = Number.POSITIVE_INFINITY;
  let times = [];
  for (let attempt = 0; attempt < TRIES && found > MOST; attempt++) {
    const runs = sizes.map((size) => prepare(size));
    for (const run of runs) run();
    times = runs.map(timeOf);
    found = Math.min(found, exponent(sizes, times));
  }
  const points = sizes.map((size, i) => `${size}: ${(times[i] / 1e6).toFixed(2)} ms`).join(', ');
  console.log(`${found > MOST ? 'FAIL' : 'ok  '} n^${found.toFixed(2)}  ${name} (${points})`);
  return found <= MOST;
}

await responseHead();
const results = cases.map(measure);
process.exitCode = results.every((isLinear) => isLinear) ? 0 : 1;
