import { encodeClosePayload } from './close-code.js';
import { argumentError } from './error.js';
import { encodeHeader, headerLengthFor, MAX_HEADER_LENGTH } from './header.js';
import { type NextMaskingKey, sharedMaskingKeys } from './masking-key.js';
import { BINARY, CLOSE, CONTINUATION, type MessageOpcode, PING, PONG, type Role, TEXT } from './opcode.js';
import { type Slot, type SlotPool, sharedSlotPool } from './slot.js';
import { writeUtf8 } from './utf8.js';

const FIN = 0x80;
const RSV1 = 0x40;
/** Below this length one loop that writes, masks and proves ASCII beats three native calls. */
const FUSED_BELOW = 32;
/** UTF-8 takes at most three bytes for a code unit of a string. */
const MAX_BYTES_PER_UNIT = 3;

/** Where a {@link Writer} puts finished frames. */
export interface WriterOutput {
  /** The first bytes since the last flush wait in the writer: call {@link Writer.flush} at the end of the tick. */
  pending(): void;
  /**
   * Writes slot.bytes[0, length) and calls {@link Slot.release} when they have left. It may send with the same writer, but
   * not in the middle of a frame: while one that is larger than a slot leaves in pieces.
   */
  write(slot: Slot, length: number): void;
  /** Several writes of one message follow, up to {@link uncork}. */
  cork(): void;
  uncork(): void;
}

/** Options of a {@link Writer}. */
export interface WriterOptions {
  /** Default `'client'`, which masks (RFC 6455 5.1). */
  readonly role?: Role;
  /** Source of masking keys. Default: keys from `node:crypto`. */
  readonly nextMaskingKey?: NextMaskingKey;
  /** Default: one pool for the process. */
  readonly slots?: SlotPool;
}

const NO_OPTIONS: WriterOptions = {};

/**
 * Messages to frames (RFC 6455 5 and 6.1).
 *
 * Frames are built and masked in a slot and handed over when the slot is full or {@link Writer.flush} is called, so that the
 * frames of a tick leave in one write. What is given to a method is copied before it returns.
 *
 * Every method that sends throws ProtocolError `WS_PROTOCOL_ARGUMENT` after a close frame (RFC 6455 5.5.1), and the
 * ones that send a whole message do so while a fragmented one is under way (5.4).
 */
export class Writer {
  readonly #output: WriterOutput;
  readonly #slots: SlotPool;
  readonly #nextKey: NextMaskingKey | null;
  #slot: Slot | null = null;
  #filled = 0;
  #closed = false;
  #inMessage = false;
  /** Bytes of control frames built so far: the rest of what was written are messages. */
  controlBytes = 0;

  constructor(output: WriterOutput, options: WriterOptions = NO_OPTIONS) {
    this.#output = output;
    this.#slots = options.slots ?? sharedSlotPool();
    this.#nextKey = options.role === 'server' ? null : (options.nextMaskingKey ?? sharedMaskingKeys());
  }

  /** Bytes of frames that wait for {@link Writer.flush}. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /** Sends a text message. A lone surrogate becomes U+FFFD, as in the WHATWG interface. */
  text(text: string): void {
    this.#checkMessage();
    const worst = text.length * MAX_BYTES_PER_UNIT + MAX_HEADER_LENGTH;
    const slot = this.#room(worst);
    if (slot === null) return this.#large(FIN | TEXT, Buffer.from(text));
    const key = this.#nextKey === null ? null : this.#nextKey();
    if (key !== null && text.length < FUSED_BELOW && this.#shortAscii(slot, text, key)) return;
    this.#encodeText(slot, text, key);
  }

  /** Sends a binary message. */
  binary(bytes: Uint8Array): void {
    this.#checkMessage();
    this.#frame(FIN | BINARY, bytes);
  }

  /** Sends a message whose payload an extension has made: with rsv1 set (RFC 7692 6). */
  compressed(opcode: MessageOpcode, payload: Uint8Array): void {
    this.#checkMessage();
    this.#frame(FIN | RSV1 | opcode, payload);
  }

  /**
   * Sends a fragment (RFC 6455 5.4): the first one of a message starts it, the one with `fin` ends it. Control frames may be
   * sent in between.
   */
  fragment(opcode: MessageOpcode, bytes: Uint8Array, fin: boolean): void {
    this.#checkOpen();
    const first = (fin ? FIN : 0) | (this.#inMessage ? CONTINUATION : opcode);
    this.#inMessage = !fin;
    this.#frame(first, bytes);
  }

  /** Sends a ping with at most 125 bytes (RFC 6455 5.5.2). */
  ping(payload: Uint8Array): void {
    this.#control(PING, payload);
  }

  /** Sends a pong with at most 125 bytes (RFC 6455 5.5.3). */
  pong(payload: Uint8Array): void {
    this.#control(PONG, payload);
  }

  /** Sends the close frame (RFC 6455 5.5.1); arguments as in {@link encodeClosePayload}. Nothing can be sent after it. */
  close(code?: number, reason?: string): void {
    this.#control(CLOSE, encodeClosePayload(code, reason));
    this.#closed = true;
  }

  /** Hands over what was built since the last flush. */
  flush(): void {
    const slot = this.#slot;
    if (slot === null) return;
    const length = this.#filled;
    this.#slot = null;
    this.#filled = 0;
    this.#output.write(slot, length);
  }

  /** Drops what was built since the last flush: the connection is gone. */
  discard(): void {
    this.#slot?.release();
    this.#slot = null;
    this.#filled = 0;
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw argumentError('nothing can be sent after a close frame', 'RFC 6455 5.5.1');
  }

  #checkMessage(): void {
    if (this.#closed || this.#inMessage) {
      this.#checkOpen();
      throw argumentError('a fragmented message is under way: end it before the next message', 'RFC 6455 5.4');
    }
  }

  #control(opcode: number, payload: Uint8Array): void {
    this.#checkOpen();
    if (payload.length > 125) {
      throw argumentError(`control frame of ${payload.length} bytes: at most 125 are allowed`, 'RFC 6455 5.5');
    }
    this.controlBytes += headerLengthFor(payload.length, this.#nextKey !== null) + payload.length;
    this.#frame(FIN | opcode, payload);
  }

  /** A slot with room for `bytes` more, after a flush if need be; `null` if no slot is that large. */
  #room(bytes: number): Slot | null {
    let slot = this.#slot;
    if (slot !== null && this.#filled + bytes <= slot.capacity) return slot;
    if (slot === null) this.#output.pending();
    else this.#flushAll();
    slot = this.#slots.take(bytes);
    this.#slot = slot;
    return bytes <= slot.capacity ? slot : null;
  }

  /** An output may send while it writes, as one does that is connected to a reader in memory. */
  #flushAll(): void {
    while (this.#slot !== null) this.flush();
    this.#checkOpen();
  }

  /** Writes and masks a short text in one loop; gives up at the first character that is not ASCII, having used no byte of the slot. */
  #shortAscii(slot: Slot, text: string, key: number): boolean {
    const { bytes } = slot;
    const at = this.#filled;
    const payload = at + 6;
    let turned = key;
    let seen = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      seen |= unit;
      bytes[payload + i] = unit ^ turned;
      turned = (turned >>> 8) | (turned << 24);
    }
    if (seen >= 0x80) return false;
    encodeHeader(bytes, at, FIN | TEXT, text.length, key);
    this.#filled = payload + text.length;
    return true;
  }

  /** Encodes behind a header of the length that ASCII would need; a text that turns out longer is moved. */
  #encodeText(slot: Slot, text: string, key: number | null): void {
    const { bytes } = slot;
    const at = this.#filled;
    const masked = key !== null;
    const guess = at + headerLengthFor(text.length, masked);
    const length = writeUtf8(bytes, text, guess, text.length * MAX_BYTES_PER_UNIT);
    const payload = at + headerLengthFor(length, masked);
    if (payload !== guess) bytes.copyWithin(payload, guess, guess + length);
    encodeHeader(bytes, at, FIN | TEXT, length, key);
    if (masked) slot.mask(payload, length, key);
    this.#filled = payload + length;
  }

  #frame(first: number, payload: Uint8Array): void {
    const slot = this.#room(payload.length + MAX_HEADER_LENGTH);
    if (slot === null) return this.#large(first, payload);
    const key = this.#nextKey === null ? null : this.#nextKey();
    const at = encodeHeader(slot.bytes, this.#filled, first, payload.length, key);
    slot.bytes.set(payload, at);
    if (key !== null) slot.mask(at, payload.length, key);
    this.#filled = at + payload.length;
  }

  /** A frame that is larger than a slot goes out slot by slot. */
  #large(first: number, payload: Uint8Array): void {
    this.#output.cork();
    const key = this.#nextKey === null ? null : this.#nextKey();
    let slot = this.#room(MAX_HEADER_LENGTH) as Slot;
    this.#filled = encodeHeader(slot.bytes, this.#filled, first, payload.length, key);
    for (let done = 0; done < payload.length; ) {
      const rest = payload.length - done;
      const room = slot.capacity - this.#filled;
      // A piece of a multiple of four bytes leaves the key in phase for the next one.
      const count = rest <= room ? rest : room & ~3;
      slot.bytes.set(payload.subarray(done, done + count), this.#filled);
      if (key !== null) slot.mask(this.#filled, count, key);
      this.#filled += count;
      done += count;
      if (done < payload.length) slot = this.#next(payload.length - done);
    }
    this.flush();
    this.#output.uncork();
  }

  #next(wanted: number): Slot {
    this.flush();
    this.#slot = this.#slots.take(wanted);
    return this.#slot;
  }
}
