import { HandshakeError } from '../../src/handshake/error.js';

/** The HandshakeError that `run` throws; anything else, or nothing, is an error of the test. */
export function thrown(run: () => unknown): HandshakeError {
  try {
    run();
  } catch (error) {
    if (error instanceof HandshakeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Text as bytes, one character each. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** A head from its lines. */
export function head(...lines: string[]): string {
  return [...lines, '', ''].join('\r\n');
}

/** mulberry32: the same numbers for the same seed. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The seed of a random test: HANDSHAKE_SEED, or a new one. A test that uses it prints it. */
export function seedOfThisRun(): number {
  const { HANDSHAKE_SEED } = process.env;
  return Number(HANDSHAKE_SEED ?? Date.now() % 1_000_000_007);
}

/**
 * What a parser makes of bytes: its fault, what it read, and how many bytes it took (0 after a fault, as the call
 * did not return).
 */
export interface Outcome {
  readonly taken: number;
  readonly fault: string | null;
  readonly read: unknown;
}

interface Parser {
  push(chunk: Uint8Array, start?: number, end?: number): number;
  end(): void;
}

/**
 * Pushes the bytes in chunks that end at `cuts`, then the end of the stream, as a caller does: bytes that were not
 * taken are not pushed again, as nothing but the parser's end leaves them.
 */
export function outcomeOf<P extends Parser>(
  parser: P,
  input: Buffer,
  cuts: readonly number[],
  read: (parser: P) => unknown,
): Outcome {
  let taken = 0;
  let fault: string | null = null;
  try {
    let start = 0;
    for (const end of [...cuts, input.length]) {
      const at = parser.push(input, start, end);
      if (at < start || at > end) throw new Error(`the parser took up to ${at} of ${start} to ${end}`);
      taken += at - start;
      if (at < end) break;
      start = end;
    }
    parser.end();
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    taken = 0;
    fault = `${error.code} ${error.rule} ${error.message} ${error.status}`;
  }
  return { taken, fault, read: read(parser) };
}

/** Every cut in two, every byte alone, and `count` random cuts. */
export function* cutsOf(length: number, random: (below: number) => number, count: number): Generator<number[]> {
  for (let at = 0; at <= length; at += 1) yield [at];
  yield Array.from({ length }, (_, index) => index);
  for (let run = 0; run < count; run += 1) {
    yield Array.from({ length: random(12) }, () => random(length + 1)).sort((a, b) => a - b);
  }
}
