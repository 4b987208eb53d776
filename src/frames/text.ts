import { isAscii, isUtf8 } from 'node:buffer';

/** Up to this length a loop over the bytes is cheaper than a view and a call. */
const PROBE = 64;

/**
 * Decodes bytes[start, end) as UTF-8 without replacing anything.
 *
 * @returns `null` if the bytes are not UTF-8 (RFC 3629).
 */
export function decodeText(bytes: Buffer, start: number, end: number): string | null {
  // Most texts that are not ASCII show it early, and most that do not are ASCII.
  const probed = Math.min(end, start + PROBE);
  if (isAsciiLoop(bytes, start, probed) && (probed === end || isAscii(bytes.subarray(probed, end)))) {
    return bytes.toString('latin1', start, end);
  }
  const text = bytes.toString('utf8', start, end);
  // Every wrong byte becomes U+FFFD, so a text without it was right; a text that has it may have been sent so.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) return null;
  return text;
}

/** Decodes bytes that {@link checkUtf8} has found right. */
export function decodeCheckedText(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

function isAsciiLoop(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}

/**
 * Checks the part bytes[start, end) of a text whose rest has not arrived. `start` must be the start of a character.
 *
 * A character that is cut off at the end is checked as far as it goes, so that the first byte that cannot belong to
 * any UTF-8 text is found when it arrives, as Autobahn's cases 6.4 ask.
 *
 * @returns Where the next part has to be checked from: `end`, or the start of the character that is cut off; -1 if the
 * bytes cannot begin a UTF-8 text.
 */
export function checkUtf8(bytes: Uint8Array, start: number, end: number): number {
  const cut = startOfCutCharacter(bytes, start, end);
  if (cut > start && !isUtf8(bytes.subarray(start, cut))) return -1;
  if (cut < end && !canBegin(bytes, cut, end)) return -1;
  return cut;
}

/** Bytes that are checked at once in the search for a bad one: a peer must not buy seconds with one bad byte behind 16 MiB. */
const BLOCK = 4096;

/**
 * The position of the first byte of bytes[start, end) that cannot belong to a UTF-8 text; -1 if there is none. Only for reports.
 *
 * @param step How many bytes are checked at once: first in blocks, then the bad one byte by byte.
 */
export function firstBadByte(bytes: Uint8Array, start: number, end: number, step: number = BLOCK): number {
  let from = start;
  for (let at = start; at < end; at += step) {
    const next = checkUtf8(bytes, from, Math.min(at + step, end));
    if (next < 0) return step === 1 ? at : firstBadByte(bytes, from, Math.min(at + step, end), 1);
    from = next;
  }
  return -1;
}

/** Length of the character that the byte begins (RFC 3629 3); 0 for a byte that begins none. */
function lengthOfCharacter(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Where a character begins that needs more bytes than are there; `end` if there is none. A wrong byte counts as no such character. */
function startOfCutCharacter(bytes: Uint8Array, start: number, end: number): number {
  for (let i = end - 1; i >= start && i >= end - 3; i--) {
    const byte = bytes[i] as number;
    if (!isContinuation(byte)) return lengthOfCharacter(byte) > end - i ? i : end;
  }
  return end;
}

/** Whether bytes[start, end), a lead byte and too few continuation bytes, can begin a character: the ranges of RFC 3629 4. */
function canBegin(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2) return true;
  const first = bytes[start] as number;
  const second = bytes[start + 1] as number;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}
