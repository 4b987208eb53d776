import { constants } from 'node:buffer';
import { decodeClosePayload } from './close-code.js';
import { ProtocolError } from './error.js';
import { decodeHeader, encodeHeader, type FrameHeader, headerBytes, MAX_HEADER_LENGTH } from './header.js';
import { mask, turnKey } from './mask.js';
import { IncomingMessage } from './message.js';
import { CLOSE, CONTINUATION, isControl, type MessageOpcode, PING, type Role, TEXT } from './opcode.js';
import { BAD_TEXT, checkHeader, closeViolation, type RuleContext, type Violation } from './rules.js';
import {
  BINARY_RUN_BYTES,
  FINAL_BINARY,
  FINAL_TEXT,
  findRun,
  SHARED_BINARY_BYTES,
  shortLengthAt,
  TEXT_RUN_BYTES,
  viewOf,
} from './runs.js';
import type { PieceSink, Sink } from './sink.js';
import { decodeCheckedText, decodeText, firstBadByte } from './text.js';

/** Options of a {@link Reader}. */
export interface ReaderOptions {
  /** The side that reads. Default `'client'`: frames must not be masked (RFC 6455 5.1). */
  readonly role?: Role;
  /** Longest message in bytes. Default 16 MiB: a peer must not be able to fill the memory (RFC 6455 10.4). */
  readonly maxMessageBytes?: number;
  /** Most frames of one message. Default 131,072: fragments cost time even if they are empty. */
  readonly maxFragments?: number;
}

/** Default of `maxMessageBytes`: 16 MiB. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
/** Default of `maxFragments`. */
export const MAX_FRAGMENTS = 131072;
/** From this many missing bytes on it pays to let the socket read straight into the message. */
const DIRECT_BYTES = 32768;

const READING = 0;
const PAUSED = 1;
const DONE = 2;

/**
 * Frames to messages (RFC 6455 5 and 6.2): takes bytes in any cutting, calls a {@link Sink}.
 *
 * No input makes it throw. A broken rule ends in one call of `failed`; after that, after the close frame and after
 * {@link Reader.stop} all bytes are discarded (RFC 6455 7.1.7).
 */
export class Reader {
  /**
   * While it is set, a message that does not arrive whole goes to it as it arrives, without a limit to its length or its fragments. What
   * was collected before of the message under way comes first. It must stay until the message's end.
   */
  pieces: PieceSink | null = null;
  readonly #sink: Sink;
  readonly #role: Role;
  readonly #maxMessageBytes: number;
  readonly #maxFragments: number;
  #state: typeof READING | typeof PAUSED | typeof DONE = READING;
  /** Bytes that arrived and were not parsed, because of a pause in the middle of a chunk. They are ours. */
  #rest: Buffer | null = null;
  #parsing = false;

  /** Where the parser is in the chunk. Set before every call of the sink, so that it is right however the call ends. */
  #position = 0;
  #chunkStart = 0;
  /** Bytes of the stream before the chunk. */
  #streamOffset = 0;

  /** A header that is not there as a whole. */
  #partial: Buffer | null = null;
  #partialLength = 0;
  /** The frame whose payload is read, and how much of it is missing. */
  #header: FrameHeader | null = null;
  #missing = 0;
  #key = 0;
  #control: Buffer | null = null;
  /** The header of a message that is too long, which the sink holds. */
  #held: FrameHeader | null = null;

  readonly #message: IncomingMessage = new IncomingMessage();

  constructor(sink: Sink, options: ReaderOptions = {}) {
    this.#sink = sink;
    this.#role = options.role ?? 'client';
    this.#maxMessageBytes = options.maxMessageBytes ?? MAX_MESSAGE_BYTES;
    this.#maxFragments = options.maxFragments ?? MAX_FRAGMENTS;
  }

  /** Whether {@link Reader.pause} is in force. */
  get paused(): boolean {
    return this.#state === PAUSED;
  }

  /** Parses chunk[start, end). What is kept of it is copied: the chunk may be overwritten afterwards. */
  read(chunk: Buffer, start = 0, end: number = chunk.length): void {
    if (this.#state === DONE || start >= end) return;
    if (this.#state === READING && this.#rest === null) return this.#parseChunk(chunk, start, end, false);
    this.#keep(Buffer.from(chunk.subarray(start, end)));
    if (this.#state === READING) this.#parseRest();
  }

  /**
   * Memory for the next bytes of a large message, for a socket to read straight into; `null` if the next bytes have to go
   * through {@link Reader.read}. Call {@link Reader.filled} with the number of bytes that were put there.
   */
  get target(): Buffer | null {
    const wanted = this.#missing >= DIRECT_BYTES && this.#state === READING && this.#rest === null;
    return wanted && this.#role === 'client' && this.pieces === null ? this.#message.room() : null;
  }

  /** `count` bytes were put at the start of the last {@link Reader.target}. */
  filled(count: number): void {
    if (this.#state === DONE) return;
    this.#message.advance(count);
    this.#missing -= count;
    this.#streamOffset += count;
    this.#chunkStart = this.#position = 0;
    if (this.#checkText() && this.#passOn() && this.#missing === 0) this.#endOfFrame();
  }

  /** From now on the sink is not called; at most one chunk that was under way is kept. */
  pause(): void {
    if (this.#state === READING) this.#state = PAUSED;
  }

  /** Ends a pause, and parses what was kept meanwhile. */
  resume(): void {
    if (this.#state !== PAUSED) return;
    this.#state = READING;
    if (this.#parsing) return;
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#beginFrame(held, headerBytes(held), 0);
    if (this.#state !== READING) return;
    if (this.#header !== null && this.#missing === 0) this.#endOfFrame();
    this.#parseRest();
  }

  /** Discards everything from now on. */
  stop(): void {
    this.#state = DONE;
    this.#rest = null;
    this.#held = null;
    this.#partial = null;
    this.#control = null;
    this.#message.reset();
  }

  #parseRest(): void {
    while (this.#rest !== null && this.#state === READING) {
      const rest = this.#rest;
      this.#rest = null;
      this.#parseChunk(rest, 0, rest.length, true);
    }
  }

  /** `own`: the chunk belongs to the reader, so that what is not parsed need not be copied. */
  #parseChunk(chunk: Buffer, start: number, end: number, own: boolean): void {
    this.#parsing = true;
    this.#chunkStart = this.#position = start;
    try {
      this.#parse(chunk, end);
    } finally {
      // A sink that pauses, or throws, leaves the rest of the chunk for later.
      this.#parsing = false;
      const at = this.#position;
      this.#streamOffset += at - start;
      this.#chunkStart = at;
      if (at < end && this.#state !== DONE) {
        const rest = chunk.subarray(at, end);
        this.#keep(own ? rest : Buffer.from(rest));
      }
    }
  }

  #keep(bytes: Buffer): void {
    this.#rest = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
  }

  #parse(chunk: Buffer, end: number): void {
    while (this.#position < end && this.#state === READING) {
      if (this.#header !== null) this.#readPayload(chunk, end);
      else if (this.#message.opcode !== 0 || this.#partialLength !== 0 || !this.#readRun(chunk, end))
        this.#readHeader(chunk, end);
    }
  }

  // Runs of short frames: see runs.ts for the invariant.

  /** Whether there was a run. */
  #readRun(chunk: Buffer, end: number): boolean {
    if (this.#role !== 'client') return false;
    const first = chunk[this.#position];
    if (first === FINAL_TEXT) return this.#readTextRun(chunk, end);
    return first === FINAL_BINARY && this.#readBinaryRun(chunk, end);
  }

  #readTextRun(chunk: Buffer, end: number): boolean {
    const start = this.#position;
    const longest = Math.min(TEXT_RUN_BYTES, this.#maxMessageBytes);
    const run = findRun(chunk, start, end, FINAL_TEXT, longest, TEXT_RUN_BYTES);
    if (run.end === start) return false;
    const decoded = chunk.toString('latin1', start, run.end);
    const ascii = Buffer.byteLength(decoded) === run.end - start + run.highBytes;
    for (let p = start; p < run.end && this.#state === READING; ) {
      const payload = p + ((chunk[p + 1] as number) < 126 ? 2 : 4);
      p = payload + shortLengthAt(chunk, p);
      this.#position = p;
      if (ascii) this.#sink.text(decoded.substring(payload - start, p - start));
      else this.#deliverText(chunk, payload, p);
    }
    return true;
  }

  #readBinaryRun(chunk: Buffer, end: number): boolean {
    const start = this.#position;
    const longest = Math.min(SHARED_BINARY_BYTES, this.#maxMessageBytes);
    const run = findRun(chunk, start, end, FINAL_BINARY, longest, BINARY_RUN_BYTES);
    if (run.end === start) return false;
    const shared = Buffer.allocUnsafe(run.end - start);
    chunk.copy(shared, 0, start, run.end);
    for (let p = start; p < run.end && this.#state === READING; ) {
      const payload = p + ((chunk[p + 1] as number) < 126 ? 2 : 4);
      p = payload + shortLengthAt(chunk, p);
      this.#position = p;
      this.#sink.binary(viewOf(shared, payload - start, p - start));
    }
    return true;
  }

  // The general way: reading a header, checking it and acting on it are three things.

  #readHeader(chunk: Buffer, end: number): void {
    const start = this.#position;
    const header = this.#partialLength === 0 ? decodeHeader(chunk, start, end) : null;
    if (header === null) return this.#collectHeader(chunk, end);
    this.#position += header.headerLength;
    this.#beginFrame(header, chunk, start);
  }

  /** Collects a header that was cut, byte by byte, so that no byte of the payload is taken with it. */
  #collectHeader(chunk: Buffer, end: number): void {
    this.#partial ??= Buffer.allocUnsafe(MAX_HEADER_LENGTH);
    const partial = this.#partial;
    while (this.#position < end) {
      partial[this.#partialLength++] = chunk[this.#position++] as number;
      const header = decodeHeader(partial, 0, this.#partialLength);
      if (header === null) continue;
      this.#partialLength = 0;
      return this.#beginFrame(header, partial, 0);
    }
  }

  #beginFrame(header: FrameHeader, bytes: Buffer, at: number): void {
    const broken = checkHeader(header, this.#context(header));
    if (broken !== null) {
      if (broken.code === 'WS_PROTOCOL_MESSAGE_TOO_BIG' && this.#sink.tooLong?.()) {
        this.#held = header;
        return this.pause();
      }
      const raw = Buffer.from(bytes.subarray(at, at + header.headerLength));
      return this.#fail(broken, this.#offsetOf(this.#position) - header.headerLength, raw);
    }
    this.#header = header;
    this.#missing = header.length;
    this.#key = header.maskingKey ?? 0;
    if (isControl(header.opcode)) this.#control = Buffer.allocUnsafe(header.length);
    else this.#message.begin(header);
    if (this.#missing === 0) this.#endOfFrame();
  }

  #context({ opcode }: FrameHeader): RuleContext {
    const whole = this.pieces === null;
    const isText = (opcode === CONTINUATION ? this.#message.opcode : opcode) === TEXT;
    return {
      role: this.#role,
      deflate: false,
      inMessage: this.#message.opcode !== 0,
      messageLength: this.#message.length,
      fragments: this.#message.fragments,
      maxMessageBytes: whole
        ? Math.min(this.#maxMessageBytes, isText ? constants.MAX_STRING_LENGTH : Infinity)
        : Infinity,
      maxFragments: whole ? this.#maxFragments : Infinity,
    };
  }

  #readPayload(chunk: Buffer, end: number): void {
    const start = this.#position;
    const count = Math.min(this.#missing, end - start);
    this.#position += count;
    this.#missing -= count;
    if (this.#control !== null) this.#readControl(this.#control, chunk, start, count);
    else if (this.#isWhole(count)) return this.#deliverWhole(chunk, start, start + count);
    else this.#readFragment(chunk, start, count);
    if (this.#missing === 0 && this.#state === READING) this.#endOfFrame();
  }

  /** Whether the bytes just taken are a whole message in one frame, which can be delivered from the chunk. */
  #isWhole(count: number): boolean {
    const header = this.#header as FrameHeader;
    return header.fin && header.length === count && this.#message.fragments === 1 && this.#role === 'client';
  }

  #deliverWhole(chunk: Buffer, start: number, end: number): void {
    const { opcode } = this.#message;
    this.#header = null;
    this.#message.reset();
    if (opcode === TEXT) return this.#deliverText(chunk, start, end);
    const bytes = Buffer.allocUnsafeSlow(end - start);
    chunk.copy(bytes, 0, start, end);
    this.#sink.binary(bytes);
  }

  #deliverText(chunk: Buffer, start: number, end: number): void {
    const text = decodeText(chunk, start, end);
    if (text !== null) return this.#sink.text(text);
    const bad = firstBadByte(chunk, start, end);
    const header = Buffer.allocUnsafe(MAX_HEADER_LENGTH);
    const length = encodeHeader(header, 0, FINAL_TEXT, end - start, null);
    this.#fail(BAD_TEXT, this.#offsetOf(bad < 0 ? end : bad), header.subarray(0, length));
  }

  #readControl(control: Buffer, chunk: Buffer, start: number, count: number): void {
    const at = control.length - this.#missing - count;
    chunk.copy(control, at, start, start + count);
    this.#unmask(control, at, at + count);
  }

  #readFragment(chunk: Buffer, start: number, count: number): void {
    const message = this.#message;
    const at = message.length;
    message.append(chunk, start, start + count, this.pieces !== null);
    this.#unmask(message.bytes, at, at + count);
    if (this.#checkText()) this.#passOn();
  }

  /** Hands on what has come of the message, if it is wanted as it arrives; says whether the reader goes on. */
  #passOn(): boolean {
    const { opcode } = this.#message;
    if (this.pieces !== null && opcode !== 0) {
      const part = this.#message.takePart();
      if (part.length > 0) this.pieces.piece(opcode, opcode === TEXT ? decodeCheckedText(part) : part);
    }
    return this.#state === READING;
  }

  #unmask(bytes: Buffer, start: number, end: number): void {
    if (this.#role === 'client') return;
    mask(bytes, start, end, this.#key);
    this.#key = turnKey(this.#key, end - start);
  }

  /** Checks what has come of a text message; says whether it can still be right. */
  #checkText(): boolean {
    const behind = this.#message.findBadByte();
    if (behind === 0) return true;
    this.#fail(BAD_TEXT, this.#offsetOf(this.#position) - behind, headerBytes(this.#header as FrameHeader));
    return false;
  }

  #endOfFrame(): void {
    const header = this.#header as FrameHeader;
    this.#header = null;
    if (this.#control !== null) return this.#endOfControl(header, this.#control);
    if (!header.fin) return;
    if (this.#message.isCutText) {
      return this.#fail(BAD_TEXT, this.#offsetOf(this.#position), headerBytes(header));
    }
    const { opcode } = this.#message;
    if (this.pieces !== null && opcode !== 0) return this.#endOfPieces(this.pieces, opcode);
    const bytes = this.#message.take();
    if (opcode === TEXT) this.#sink.text(decodeCheckedText(bytes));
    else this.#sink.binary(bytes);
  }

  #endOfPieces(pieces: PieceSink, opcode: MessageOpcode): void {
    const part = this.#message.take();
    if (part.length > 0) pieces.piece(opcode, opcode === TEXT ? decodeCheckedText(part) : part);
    pieces.lastPiece(opcode);
  }

  #endOfControl(header: FrameHeader, payload: Buffer): void {
    this.#control = null;
    if (header.opcode === CLOSE) this.#endOfStream(header, payload);
    else if (header.opcode === PING) this.#sink.ping(payload);
    else this.#sink.pong(payload);
  }

  #endOfStream(header: FrameHeader, payload: Buffer): void {
    const close = decodeClosePayload(payload);
    if (!('broken' in close)) {
      this.stop();
      return this.#sink.close(close.code, close.reason);
    }
    const offset = this.#offsetOf(this.#position) - payload.length;
    this.#fail(closeViolation(close.broken, close.value), offset, headerBytes(header));
  }

  /** The one place where a connection fails for what the peer sent (RFC 6455 7.1.7). */
  #fail(broken: Violation, offset: number, header: Buffer): void {
    this.stop();
    this.#sink.failed(new ProtocolError(broken.message, { ...broken, by: 'peer', offset, header }));
  }

  #offsetOf(position: number): number {
    return this.#streamOffset + position - this.#chunkStart;
  }
}
