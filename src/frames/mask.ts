/** From this length on a view of 32-bit words costs less than it saves. */
const WORDS_PAY_FROM = 64;

/**
 * Masks or unmasks bytes[start, end) in place: octet i is XORed with octet i modulo 4 of the key (RFC 6455 5.3).
 *
 * @param key Masking key as a little-endian 32-bit integer.
 * @param words A view of the same memory as 32-bit words, if the caller keeps one; it must begin at the first byte of `bytes`.
 * @returns The key turned so that it fits the next byte.
 */
export function mask(bytes: Uint8Array, start: number, end: number, key: number, words?: Int32Array): number {
  if (end - start < WORDS_PAY_FROM) return maskBytes(bytes, start, end, key);
  // Words must be aligned in memory, so up to three bytes go before them and up to three after.
  const base = words === undefined ? bytes.byteOffset : 0;
  const head = start + (-(base + start) & 3);
  const count = (end - head) >> 2;
  const phase = maskBytes(bytes, start, head, key);
  const view = words ?? new Int32Array(bytes.buffer, bytes.byteOffset + head, count);
  const first = words === undefined ? 0 : head >> 2;
  maskWords(view, first, first + count, phase);
  return maskBytes(bytes, head + count * 4, end, phase);
}

function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  let turned = key;
  for (let i = start; i < end; i++) {
    bytes[i] = (bytes[i] as number) ^ turned;
    turned = (turned >>> 8) | (turned << 24);
  }
  return turned;
}

/** Four words a step: without SIMD the loop's own cost is what can be saved. */
function maskWords(words: Int32Array, start: number, end: number, key: number): void {
  let i = start;
  for (; i + 4 <= end; i += 4) {
    words[i] = (words[i] as number) ^ key;
    words[i + 1] = (words[i + 1] as number) ^ key;
    words[i + 2] = (words[i + 2] as number) ^ key;
    words[i + 3] = (words[i + 3] as number) ^ key;
  }
  for (; i < end; i++) words[i] = (words[i] as number) ^ key;
}
