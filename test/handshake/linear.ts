/*
 * Not part of `npm test`: shows that the response parser is linear for 1-byte chunks. Fits the exponent of T(n) over CPU
 * times, which is 1 for linear and 2 for quadratic code, and fails above 1.4.
 *
 *     npx tsc -p tsconfig.test.json && node build/test/handshake/linear.js
 */
import { ResponseParser } from '../../src/handshake/index.js';

const NO_LIMITS = { maxHeadBytes: 1e9, maxHeaders: 1e9, maxLineBytes: 1e9, maxBodyBytes: 1e9 };
const SIZES = [20_000, 40_000, 80_000, 160_000, 320_000];
const ROUNDS = 3;

const SHAPES: Readonly<Record<string, (size: number) => string>> = {
  'many headers': (size) => `HTTP/1.1 101 x\r\n${'Abc: def\r\n'.repeat(size / 10)}\r\n`,
  'one long line': (size) => `HTTP/1.1 101 x\r\nA: ${'b'.repeat(size)}\r\n\r\n`,
  'spaces in a value': (size) => `HTTP/1.1 101 x\r\nA: b${' '.repeat(size)}c\r\n\r\n`,
  'body of a length': (size) => `HTTP/1.1 400 x\r\nContent-Length: ${size}\r\n\r\n${'b'.repeat(size)}`,
  'chunks of one byte': (size) =>
    `HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nb\r\n'.repeat(size / 6)}0\r\n\r\n`,
};

function cpuMicroseconds(input: Buffer): number {
  const start = process.cpuUsage();
  const parser = new ResponseParser(NO_LIMITS);
  for (let at = 0; at < input.length; at += 1) parser.push(input, at, at + 1);
  if (!parser.response) throw new Error('the response is not complete');
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** The slope of log T over log n, by least squares. */
function exponentOf(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([size, time]) => [Math.log(size), Math.log(time)] as const);
  const mean = (index: 0 | 1): number => logs.reduce((sum, point) => sum + point[index], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

for (const [name, make] of Object.entries(SHAPES)) {
  cpuMicroseconds(Buffer.from(make(SIZES[0] ?? 0)));
  const points = SIZES.map((size) => {
    const input = Buffer.from(make(size));
    return [size, Math.min(...Array.from({ length: ROUNDS }, () => cpuMicroseconds(input)))] as const;
  });
  const exponent = exponentOf(points);
  console.log(`${name}: exponent ${exponent.toFixed(2)}`);
  if (exponent > 1.4) process.exitCode = 1;
}
