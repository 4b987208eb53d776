import { constants } from 'node:buffer';
import type { FrameHeader } from './header.js';
import { allocateMessage } from './message-memory.js';
import { CONTINUATION, type MessageOpcode, TEXT } from './opcode.js';
import { checkUtf8, firstBadByte } from './text.js';

/** A frame's claimed length is trusted up to here: so much memory is taken at once. Beyond, it follows the bytes that arrive. */
const TRUSTED_BYTES = 1 << 20;
const SMALLEST_BYTES = 256;
const EMPTY = Buffer.alloc(0);

/**
 * The message under way, when it arrives in pieces: as fragments, or in one frame that is larger than a read.
 *
 * All pieces go into one buffer that doubles, so memory follows the bytes received: not the number of fragments, and
 * not the length that a header claims.
 */
export class IncomingMessage {
  /** 0 if no message is under way. */
  opcode: MessageOpcode | 0 = 0;
  /** Frames of it that have begun. */
  fragments = 0;
  /** Whether it is compressed (RFC 7692 6): rsv1 of its first frame. What has come of it cannot be checked as text then. */
  compressed = false;
  #bytes: Buffer = EMPTY;
  #length = 0;
  #expected = 0;
  #final = false;
  /** Up to here a text is known to be UTF-8. */
  #checked = 0;

  /** Bytes received so far. */
  get length(): number {
    return this.#length;
  }

  /** The memory behind the message; only the first `length` bytes belong to it. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** A frame begins: the first one gives the message its opcode. */
  begin({ opcode, length, fin, rsv1 }: FrameHeader): void {
    if (opcode !== CONTINUATION) {
      this.opcode = opcode as MessageOpcode;
      this.compressed = rsv1;
    }
    this.fragments++;
    this.#expected = this.#length + length;
    this.#final = fin;
  }

  /** Copies the next bytes of the frame. `exact`: they are taken at once, so no memory is kept for more. */
  append(bytes: Buffer, start: number, end: number, exact = false): void {
    if (exact) this.#grow(this.#length + end - start);
    else this.#reserve(end - start);
    bytes.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /**
   * Checks the text that has come since the last check.
   *
   * @returns How many bytes before the end of what has come its first bad byte is; 0 if there is none, or it is not a text.
   */
  findBadByte(): number {
    if (this.opcode !== TEXT || this.compressed) return 0;
    const from = this.#checked;
    this.#checked = checkUtf8(this.#bytes, from, this.#length);
    return this.#checked < 0 ? this.#length - firstBadByte(this.#bytes, from, this.#length) : 0;
  }

  /** Whether a text ends in the middle of a character. */
  get isCutText(): boolean {
    return this.opcode === TEXT && !this.compressed && this.#checked !== this.#length;
  }

  /** Free memory for the next bytes of the frame, where a socket may read them to; {@link advance} says how many came. */
  room(): Buffer {
    this.#reserve(1);
    return this.#bytes.subarray(this.#length, Math.min(this.#bytes.length, this.#expected));
  }

  /** `count` bytes were put into {@link room}. */
  advance(count: number): void {
    this.#length += count;
  }

  /**
   * What has come and was not taken, which is the caller's from now on. Of a text the start of a character that is cut off stays; it is
   * checked again with what follows.
   */
  takePart(): Buffer {
    const end = this.opcode === TEXT ? this.#checked : this.#length;
    const part = this.#bytes.subarray(0, end);
    this.#bytes = Buffer.from(this.#bytes.subarray(end, this.#length));
    this.#length -= end;
    this.#checked = 0;
    return part;
  }

  /** The whole message, which is the caller's from now on. No message is under way afterwards. */
  take(): Buffer {
    // The empty Buffer of the beginning is shared by all messages, so it is not given away.
    const whole = this.#length === this.#bytes.length && this.#length > 0;
    const message = whole ? this.#bytes : Buffer.from(this.#bytes.subarray(0, this.#length));
    this.reset();
    return message;
  }

  /** Forgets the message. */
  reset(): void {
    this.opcode = 0;
    this.fragments = 0;
    this.compressed = false;
    this.#bytes = EMPTY;
    this.#length = 0;
    this.#checked = 0;
  }

  /** Only the last frame's end is the message's end, so before it the memory doubles: growing to fit would copy a message of n fragments n times. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const trusted = Math.max(SMALLEST_BYTES, Math.min(this.#expected, TRUSTED_BYTES));
    const size = Math.max(needed, Math.min(this.#bytes.length * 2, constants.MAX_LENGTH), trusted);
    this.#grow(this.#final ? Math.min(size, this.#expected) : size);
  }

  #grow(size: number): void {
    const larger = allocateMessage(size);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
