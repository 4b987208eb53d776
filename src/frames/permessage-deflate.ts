/** What the codec of permessage-deflate has to know about one direction (RFC 7692 7.1). */
export interface DeflateContextOptions {
  /** The sender's window is 2 to the power of this: 8 to 15. Default 15. */
  readonly windowBits?: number;
  /** Whether a message may refer to the ones before it (RFC 7692 7.1.1). Default true. */
  readonly contextTakeover?: boolean;
}

/** The largest window and default (RFC 7692 7.1.2). */
export const MAX_WINDOW_BITS = 15;

/**
 * zlib has no raw DEFLATE with a window of 256 bytes: it takes 9 bits instead of 8. That is exact nevertheless, as zlib
 * never refers back further than its window less 262 bytes (MIN_LOOKAHEAD in deflate.h): at 9 bits 250 bytes, which a window of 256
 * holds. The same margin keeps every larger window.
 */
export const zlibWindowBits = (windowBits: number): number => Math.max(9, windowBits);

/** What a sender takes off the end of a message and a receiver puts back: length and its complement of an empty stored block (RFC 7692 7.2.1, 7.2.2). */
export const TAIL: Buffer = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** An empty message: the header bits of a stored block (RFC 7692 7.2.3.6). */
export const EMPTY_MESSAGE: Buffer = Buffer.from([0x00]);

/** What an inflater returns for a message that has to be inflated off the loop. */
export const LATER = -1;

/** Memory for the result of what is done at once. Whoever uses it has consumed it before it calls anybody. */
const SCRATCH_BYTES = 131072;
let memory: Buffer | null = null;

/** The scratch memory of this process, made when it is first needed. */
export function scratch(): Buffer {
  memory ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return memory;
}
