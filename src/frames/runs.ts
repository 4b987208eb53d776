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
 * A run of short texts is decoded in one call and cut by substring. A substring keeps its whole run alive, so this is also
 * about the most that one message which the user keeps can hold in memory.
 */
export const TEXT_RUN_BYTES = 2048;
/** Short binary messages of a run share memory of at most about this size, as Node's own small Buffers do. */
export const BINARY_RUN_BYTES = 8192;
/** A longer binary message gets memory of its own. */
export const SHARED_BINARY_BYTES = 4096;

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
 * @param longest Longest payload that may belong to it, at most 65535 bytes.
 * @param enough No frame is added once the run is this long.
 */
export function findRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  first: number,
  longest: number,
  enough: number,
): Run {
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
    highBytes += high;
    p = payload + length;
  }
  return { end: p, highBytes };
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
