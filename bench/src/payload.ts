import type { Kind } from './scenario.js';

const WORDS = [
  'price',
  'volume',
  'symbol',
  'timestamp',
  'bid',
  'ask',
  'side',
  'sequence',
  'trade',
  'channel',
  'BTC-USD',
  'ETH-EUR',
  'update',
  'snapshot',
] as const;
const MIXED = 'Привет мир — naïve café 日本語テキスト, plain ascii words as well 🙂 ';

/** A source of numbers from 0 to limit - 1 that is the same on every run (linear congruential, high bits only). */
function numbers(seed: number): (limit: number) => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % limit;
  };
}

function bytes(size: number, next: (limit: number) => number): Buffer {
  const result = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) result[i] = next(1 << 24) >>> 16;
  return result;
}

/** Text that looks like JSON, so that it compresses as real messages do. */
function ascii(size: number, next: (limit: number) => number): string {
  const word = (): string => WORDS[next(WORDS.length)] ?? '';
  let text = '{"t":[';
  while (text.length < size) text += `{"${word()}":"${word()}","v":${next(100000)}.${next(100)}},`;
  return text.slice(0, size);
}

/** Text of one to four bytes a character, cut at a character and filled up with dots to `size` bytes. */
function mixed(size: number): string {
  const characters = [...MIXED];
  let text = '';
  let used = 0;
  for (let i = 0; ; i++) {
    const character = characters[i % characters.length] ?? '.';
    const length = Buffer.byteLength(character);
    if (used + length > size) return text + '.'.repeat(size - used);
    text += character;
    used += length;
  }
}

/** The payload that server and client agree on: `size` bytes of a kind, another one for each seed (except utf8). */
export function payload(size: number, kind: Kind, seed = 0): string | Buffer {
  if (kind === 'utf8') return mixed(size);
  return kind === 'bin' ? bytes(size, numbers(seed)) : ascii(size, numbers(seed));
}
