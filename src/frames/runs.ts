/**
 * Runs of short frames: the way of almost all traffic, and so the fast one.
 *
 * The invariant it rests on: a first byte of 0x81 or 0x82 and a second one below 127 fulfil every rule of rules.ts for a
 * client that has no message under way (fin, no rsv, a data opcode, not masked). What is left are the minimal length and
 * the limit, which end a run here, and the text. Whatever is not in a run takes the general way.
 */
export const FINAL_TEXT = 0x81;
export const FINAL_BINARY = 0x82;

/**
 * How long a run may be. All messages of a run share memory (substrings of one string, or views of one slab), so a message that the user
 * keeps holds the whole run: the limit is what that may cost.
 */
export interface RunLimits {
  /** Longest payload of a frame that belongs to a run, in bytes, at most 65535. A longer message gets memory of its own. */
  readonly longest: number;
  /** A run may always be this long, in bytes. */
  readonly bytes: number;
  /** It may be longer up to so many times its shortest payload. */
  readonly times: number;
}

/** A run of short texts is decoded in one call and cut by substring. */
export const TEXT_RUN: RunLimits = { longest: 2048, bytes: 2048, times: 8 };
/** Short binary messages of a run share one slab. Slabs of 8 KiB, Node's own pool, cost half as much again: each is an ArrayBuffer. */
export const BINARY_RUN: RunLimits = { longest: 4096, bytes: 16384, times: 32 };

/** A run: whole frames with the same first byte. */
export interface Run {
  /** Where it ends; its start if there is none. */
  readonly end: number;
  /** How many bytes of its headers are 0x80 or above: as many bytes longer does UTF-8 make them when they are taken for latin1. */
  readonly highBytes: number;
}

/**
 * Finds the run that begins at `start`.
 *
 * @param first First byte of its frames.
 * @param most Longest payload that may come at all, in bytes.
 */
export function findRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  first: number,
  limits: RunLimits,
  most: number,
): Run {
  const { times } = limits;
  const longest = Math.min(limits.longest, most);
  let enough = longest * times;
  let p = start;
  let highBytes = 0;
  while (p + 2 <= end && p - start < enough && bytes[p] === first) {
    let length = bytes[p + 1] as number;
    let payload = p + 2;
    let high = 1;
    if (length === 126) {
      if (p + 4 > end) break;
      length = ((bytes[p + 2] as number) << 8) | (bytes[p + 3] as number);
      if (length < 126) break;
      payload = p + 4;
      high += (length >> 15) + ((length >> 7) & 1);
    }
    if (length > longest || payload + length > end || (bytes[p + 1] as number) > 126) break;
    if (length * times < enough) enough = Math.max(limits.bytes, length * times);
    highBytes += high;
    p = payload + length;
  }
  return { end: p, highBytes };
}

/**
 * Decodes the run bytes[start, run.end) as it is, headers included; `null` if its texts are not all ASCII: only of ASCII does UTF-8 make
 * as many bytes of the string as there were.
 */
export function decodeAsciiRun(bytes: Buffer, start: number, run: Run): string | null {
  const decoded = bytes.toString('latin1', start, run.end);
  return Buffer.byteLength(decoded) === run.end - start + run.highBytes ? decoded : null;
}

/** The payload length of a frame that belongs to a run. */
export function shortLengthAt(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] as number;
  return length < 126 ? length : ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}

/** Makes a Buffer of existing memory like `Buffer.from(memory, offset, length)`, at a fraction of its cost. */
export const BufferView: BufferViewConstructor = (Buffer as unknown as { [Symbol.species]: BufferViewConstructor })[
  Symbol.species
];
export type BufferViewConstructor = new (memory: ArrayBufferLike, offset: number, length: number) => Buffer;
