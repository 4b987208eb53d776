import { constants, deflateRawSync } from 'node:zlib';

/** What {@link inflateBySpec} found. */
export interface Inflated {
  readonly bytes: Buffer;
  /** The furthest that any match refers back. */
  readonly furthest: number;
  /** Blocks by their type: stored, fixed, dynamic. */
  readonly blocks: readonly [number, number, number];
}

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Code words by their length and value: RFC 1951 3.2.2 as it is written there. */
function codesOf(lengths: readonly number[]): Map<string, number> {
  const codes = new Map<string, number>();
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    code <<= 1;
    lengths.forEach((each, symbol) => {
      if (each === length) codes.set(`${length}:${code++}`, symbol);
    });
  }
  return codes;
}

/**
 * Inflates by the letter of RFC 1951, slowly, up to where the data ends: a judge of what a compressor has made, apart from zlib.
 *
 * @param before What stands in the window.
 */
export function inflateBySpec(data: Buffer, before: Buffer = Buffer.alloc(0)): Inflated {
  const out: number[] = [...before];
  const blocks: [number, number, number] = [0, 0, 0];
  let furthest = 0;
  let at = 0;
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) {
      if (at >= data.length * 8) throw new Error('the data ends in the middle of a block');
      value |= (((data[at >> 3] as number) >> (at & 7)) & 1) << i;
    }
    return value;
  };
  const symbol = (codes: Map<string, number>): number => {
    let code = 0;
    for (let length = 1; length <= 15; length++) {
      code = (code << 1) | bits(1);
      const found = codes.get(`${length}:${code}`);
      if (found !== undefined) return found;
    }
    throw new Error('no such code word');
  };
  const dynamic = (): [Map<string, number>, Map<string, number>] => {
    const [literals, distances, count] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const short = new Array<number>(19).fill(0);
    for (let i = 0; i < count; i++) short[CODE_LENGTH_ORDER[i] as number] = bits(3);
    const codes = codesOf(short);
    const lengths: number[] = [];
    while (lengths.length < literals + distances) {
      const next = symbol(codes);
      if (next < 16) lengths.push(next);
      else if (next === 16) lengths.push(...new Array<number>(3 + bits(2)).fill(lengths.at(-1) as number));
      else lengths.push(...new Array<number>(next === 17 ? 3 + bits(3) : 11 + bits(7)).fill(0));
    }
    return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
  };
  const fixed = (): [Map<string, number>, Map<string, number>] => {
    const lengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
    return [codesOf(lengths), codesOf(new Array<number>(30).fill(5))];
  };
  while (at + 3 <= data.length * 8) {
    bits(1);
    const type = bits(2) as 0 | 1 | 2;
    blocks[type]++;
    if (type === 0) {
      at = (at + 7) & ~7;
      const length = bits(16);
      if ((bits(16) ^ length) !== 0xffff) throw new Error('a stored block with a wrong length');
      for (let i = 0; i < length; i++) out.push(bits(8));
      continue;
    }
    const [literals, distances] = type === 1 ? fixed() : dynamic();
    for (let next = symbol(literals); next !== 256; next = symbol(literals)) {
      if (next < 256) {
        out.push(next);
        continue;
      }
      const length = (LENGTH_BASE[next - 257] as number) + bits(LENGTH_EXTRA[next - 257] as number);
      const code = symbol(distances);
      const extra = code < 4 ? 0 : (code >> 1) - 1;
      const distance = (code < 4 ? code + 1 : ((2 + (code & 1)) << extra) + 1) + bits(extra);
      if (distance > out.length) throw new Error('a match before the window');
      furthest = Math.max(furthest, distance);
      for (let i = 0; i < length; i++) out.push(out[out.length - distance] as number);
    }
  }
  return { bytes: Buffer.from(out.slice(before.length)), furthest, blocks };
}

/** Text of made-up records: it compresses, to about a third. */
export function prose(random: { below(below: number): number }, length: number): Buffer {
  const words = ['alarm', 'value', 'true', 'null', '"id":', '{"ts":', 'datapoint', '},', 'System1:', 'größer', '....'];
  let text = '';
  while (text.length < length) text += `${words[random.below(words.length)]} ${random.below(1000)} `;
  return Buffer.from(text).subarray(0, length);
}

/** Text of ASCII alone, so that it may be cut anywhere. */
export const asciiProse = (random: { below(below: number): number }, length: number): Buffer =>
  Buffer.from(
    prose(random, length)
      .toString('latin1')
      .replace(/[^ -~]/g, '?'),
  );

/** A message by the compressor of Node, with the window filled in (RFC 7692 7.2.1). */
export function compress(plain: Uint8Array, window: Buffer = Buffer.alloc(0), windowBits = 15): Buffer {
  if (plain.length === 0) return Buffer.from([0]);
  const dictionary = window.length === 0 ? {} : { dictionary: window };
  const options = { finishFlush: constants.Z_SYNC_FLUSH, windowBits: Math.max(9, windowBits), ...dictionary };
  return deflateRawSync(plain, options).subarray(0, -4);
}

/** A message with a final block, and the octet behind it (RFC 7692 7.2.3.4). */
export function compressFinally(plain: Uint8Array, window: Buffer = Buffer.alloc(0)): Buffer {
  const dictionary = window.length === 0 ? {} : { dictionary: window };
  return Buffer.concat([deflateRawSync(plain, dictionary), Buffer.from([0])]);
}
