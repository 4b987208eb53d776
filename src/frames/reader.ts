import { constants } from 'node:buffer';
import { decodeClosePayload } from './close-code.js';
import { CutFrame } from './cut-frame.js';
import { argumentError, ProtocolError } from './error.js';
import { decodeHeader, encodeHeader, type FrameHeader, headerBytes, MAX_HEADER_LENGTH } from './header.js';
import type { Inflater } from './inflate.js';
import { mask, turnKey } from './mask.js';
import { IncomingMessage } from './message.js';
import { allocateMessage } from './message-memory.js';
import { CLOSE, CONTINUATION, isControl, type MessageOpcode, PING, type Role, TEXT } from './opcode.js';
import { LATER, scratch } from './permessage-deflate.js';
import { BAD_TEXT, checkHeader, closeViolation, type RuleContext, type Violation } from './rules.js';
import {
  BINARY_RUN,
  BufferView,
  decodeAsciiRun,
  FINAL_BINARY,
  FINAL_TEXT,
  findRun,
  type RunLimits,
  shortLengthAt,
  TEXT_RUN,
} from './runs.js';
import type { PieceSink, Sink } from './sink.js';
import { decodeCheckedText, decodeText, firstBadByte } from './text.js';

/** Options of a {@link Reader}. */
export interface ReaderOptions {
  /** The side that reads. Default `'client'`: frames must not be masked (RFC 6455 5.1). */
  readonly role?: Role;
  /** Longest message in bytes, at least 0. Default 16 MiB: a peer must not be able to fill the memory (RFC 6455 10.4). */
  readonly maxMessageBytes?: number;
  /** Most frames of one message, at least 1. Default 131,072: fragments cost time even if they are empty. */
  readonly maxFragments?: number;
  /** Inflates compressed messages, if permessage-deflate was agreed on (RFC 7692). It belongs to the reader, which closes it. */
  readonly inflater?: Inflater | null;
  /**
   * Called with `true` when a large message is inflated off the loop: the sink is not called meanwhile, and what arrives is kept
   * in memory, so stop to read from the socket. Called with `false` when it goes on.
   */
  readonly hold?: ((held: boolean) => void) | undefined;
}

/** Default of `maxMessageBytes`: 16 MiB. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
/** Default of `maxFragments`. */
export const MAX_FRAGMENTS = 131072;
/** From this many missing bytes on it pays to let the socket read straight into the message. */
const DIRECT_BYTES = 32768;

/** NaN is over no limit and under none, so that it would allow everything; Infinity is a choice. */
function checkLimit(name: keyof ReaderOptions, limit: number, least: number): number {
  if (typeof limit === 'number' && limit >= least) return limit;
  throw argumentError(`${name} is ${limit}: a number of at least ${least} is needed`, `option ${name}`);
}

const READING = 0;
const PAUSED = 1;
const DONE = 2;
/** A message is inflated off the loop. */
const HELD = 3;

/** What a reader has in the place of its own until a message begins that does not come with others in a run. Nothing changes it. */
const NONE = new IncomingMessage();

/**
 * Frames to messages (RFC 6455 5 and 6.2): takes bytes in any cutting, calls a {@link Sink}.
 *
 * No input makes it throw. A broken rule ends in one call of `failed`; after that, after the close frame and after
 * {@link Reader.stop} all bytes are discarded (RFC 6455 7.1.7). Bytes that are given to it inside a call of the sink wait
 * until what came before them is through.
 */
export class Reader {
  /**
   * While it is set, a message that does not arrive whole goes to it as it arrives, without a limit to its length or its fragments. What
   * was collected before of the message under way comes first. It must stay until the message's end. A compressed message does not
   * go to it: it is inflated, and delivered, as a whole.
   */
  pieces: PieceSink | null = null;
  readonly #sink: Sink;
  readonly #role: Role;
  readonly #maxMessageBytes: number;
  readonly #maxFragments: number;
  readonly #inflater: Inflater | null;
  readonly #hold: ((held: boolean) => void) | undefined;
  #state: typeof READING | typeof PAUSED | typeof DONE | typeof HELD = READING;
  /** Whether there is a pause while a message is inflated off the loop. */
  #pauseAfter = false;
  /** What {@link ReaderOptions.hold} was called with last. */
  #toldHeld = false;
  /** A message that was inflated during a pause. */
  #inflated: (() => void) | null = null;
  /** Bytes that arrived and could not be parsed yet: in a pause, or inside a call of the sink. They are ours. */
  #rest: Buffer[] | null = null;
  #parsing = false;

  /** Where the parser is in the chunk. Set before every call of the sink, so that it is right however the call ends. */
  #position = 0;
  #chunkStart = 0;
  /** Bytes of the stream before the chunk. */
  #streamOffset = 0;

  /** The start of a short message's frame that ended with the last chunk. */
  #cut: CutFrame | null = null;
  /** A header that is not there as a whole. */
  #partial: Buffer | null = null;
  #partialLength = 0;
  /** The frame whose payload is read, and how much of it is missing. */
  #header: FrameHeader | null = null;
  #missing = 0;
  #key = 0;
  /** Whether the last text that was decoded by itself was ASCII: else it is not worth the try to decode a run at once. */
  #ascii = true;
  #control: Buffer | null = null;
  /** Whether a socket may be reading into the message's memory, which must not be given away meanwhile. */
  #lent = false;
  /** The header of a message that is too long, which the sink holds. */
  #tooLong: FrameHeader | null = null;

  #message: IncomingMessage = NONE;

  /** @throws ProtocolError `WS_PROTOCOL_ARGUMENT` for a limit that is none, such as NaN or no fragment at all. */
  constructor(sink: Sink, options: ReaderOptions = {}) {
    this.#sink = sink;
    this.#role = options.role ?? 'client';
    this.#maxMessageBytes = checkLimit('maxMessageBytes', options.maxMessageBytes ?? MAX_MESSAGE_BYTES, 0);
    this.#maxFragments = checkLimit('maxFragments', options.maxFragments ?? MAX_FRAGMENTS, 1);
    this.#inflater = options.inflater ?? null;
    this.#hold = options.hold;
  }

  /** Whether {@link Reader.pause} is in force. */
  get paused(): boolean {
    return this.#state === PAUSED || this.#pauseAfter;
  }

  /** Whether a message is inflated off the loop, so that what arrives has to be kept. */
  get held(): boolean {
    return this.#state === HELD;
  }

  /** Parses chunk[start, end). What is kept of it is copied: the chunk may be overwritten afterwards. */
  read(chunk: Buffer, start = 0, end: number = chunk.length): void {
    if (this.#state === DONE || start >= end) return;
    this.#lent = false;
    const isNext = this.#state === READING && this.#rest === null && !this.#parsing;
    if (isNext) this.#parseChunk(chunk, start, end, false);
    else this.#keep(Buffer.from(chunk.subarray(start, end)));
    this.#parseRest();
  }

  /**
   * Memory for the next bytes of a large message, for a socket to read straight into; `null` if the next bytes have to go
   * through {@link Reader.read}. Call {@link Reader.filled} with the number of bytes that were put there.
   */
  get target(): Buffer | null {
    const wanted = this.#missing >= DIRECT_BYTES && this.#state === READING && this.#rest === null;
    this.#lent = wanted && this.#role === 'client' && this.#taker === null;
    return this.#lent ? this.#message.room() : null;
  }

  /** `count` bytes were put at the start of the last {@link Reader.target}. */
  filled(count: number): void {
    if (this.#state === DONE) return;
    this.#lent = false;
    this.#message.advance(count);
    this.#missing -= count;
    this.#streamOffset += count;
    this.#chunkStart = this.#position = 0;
    if (this.#state !== READING) return;
    this.#takeFilled();
    this.#parseRest();
  }

  /** From now on the sink is not called; at most one chunk that was under way is kept. */
  pause(): void {
    if (this.#state === READING) this.#state = PAUSED;
    this.#pauseAfter = this.#state === HELD;
  }

  /** Ends a pause, and parses what was kept meanwhile; also what is left behind a call of the sink that threw. */
  resume(): void {
    this.#pauseAfter = false;
    if (this.#state === DONE || this.#state === HELD) return;
    this.#state = READING;
    if (this.#parsing) return;
    if (this.#inflated !== null) return this.#deliverInflated();
    if (this.#tooLong !== null) this.#lookAgain(this.#tooLong);
    if (this.#header !== null && this.#control === null) this.#takeFilled();
    this.#parseRest();
  }

  /** Discards everything from now on. */
  stop(): void {
    this.#discard();
    this.#tellHeld();
  }

  /** As `stop`, but what waits for the end of a hold goes on only behind the last call of the sink: `#release` tells it there. */
  #discard(): void {
    this.#state = DONE;
    this.#pauseAfter = false;
    this.#rest = null;
    this.#tooLong = null;
    this.#cut = null;
    this.#partial = null;
    this.#control = null;
    this.#inflated = null;
    this.#inflater?.close();
    this.#message.reset();
  }

  #tellHeld(): void {
    if (this.#toldHeld === this.held) return;
    this.#toldHeld = this.held;
    this.#hold?.(this.held);
  }

  /** Acts on bytes that came by {@link Reader.filled}: at once, or after the pause in which they came. */
  #takeFilled(): void {
    this.#parsing = true;
    try {
      if (this.#checkText() && this.#passOn() && this.#missing === 0) this.#endOfFrame();
    } finally {
      this.#parsing = false;
    }
  }

  /** Asks again whether the message that the sink holds is too long. */
  #lookAgain(header: FrameHeader): void {
    this.#tooLong = null;
    this.#parsing = true;
    try {
      this.#beginFrame(header, headerBytes(header), 0);
    } finally {
      this.#parsing = false;
    }
  }

  #parseRest(): void {
    while (this.#rest !== null && this.#state === READING && !this.#parsing) {
      const parts = this.#rest;
      this.#rest = null;
      const rest = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
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
        // What came inside a call of the sink comes after it.
        this.#rest = [own ? rest : Buffer.from(rest), ...(this.#rest ?? [])];
      }
    }
  }

  #keep(bytes: Buffer): void {
    if (this.#rest === null) this.#rest = [bytes];
    else this.#rest.push(bytes);
  }

  #parse(chunk: Buffer, end: number): void {
    while (this.#position < end && this.#state === READING) {
      if (this.#cut !== null) this.#joinCut(this.#cut, chunk, end);
      else if (this.#header !== null) this.#readPayload(chunk, end);
      else if (this.#message.opcode !== 0 || this.#partialLength !== 0 || !this.#readRun(chunk, end))
        this.#readHeader(chunk, end);
    }
  }

  // Runs of short frames: see runs.ts for the invariant.

  /** Whether there was a run. */
  #readRun(chunk: Buffer, end: number): boolean {
    if (this.#role !== 'client') return false;
    const first = chunk[this.#position];
    if (first === FINAL_TEXT) return this.#readTextRun(chunk, end) || this.#keepCut(chunk, end, TEXT_RUN);
    return first === FINAL_BINARY && (this.#readBinaryRun(chunk, end) || this.#keepCut(chunk, end, BINARY_RUN));
  }

  #readTextRun(chunk: Buffer, end: number): boolean {
    const start = this.#position;
    const run = findRun(chunk, start, end, FINAL_TEXT, TEXT_RUN, this.#maxMessageBytes);
    if (run.end === start) return false;
    const decoded = this.#ascii ? decodeAsciiRun(chunk, start, run) : null;
    for (let p = start; p < run.end && this.#state === READING; ) {
      const payload = p + ((chunk[p + 1] as number) < 126 ? 2 : 4);
      p = payload + shortLengthAt(chunk, p);
      this.#position = p;
      if (decoded !== null) this.#sink.text(decoded.substring(payload - start, p - start));
      else this.#deliverText(chunk, payload, p);
    }
    return true;
  }

  #readBinaryRun(chunk: Buffer, end: number): boolean {
    const start = this.#position;
    const run = findRun(chunk, start, end, FINAL_BINARY, BINARY_RUN, this.#maxMessageBytes);
    if (run.end === start) return false;
    const shared = Buffer.allocUnsafe(run.end - start);
    chunk.copy(shared, 0, start, run.end);
    const memory = shared.buffer;
    const toMemory = shared.byteOffset - start;
    for (let p = start; p < run.end && this.#state === READING; ) {
      const payload = p + ((chunk[p + 1] as number) < 126 ? 2 : 4);
      p = payload + shortLengthAt(chunk, p);
      this.#position = p;
      this.#sink.binary(new BufferView(memory, payload + toMemory, p - payload));
    }
    return true;
  }

  /** Keeps the start of a frame that would have belonged to the run if it was there as a whole; says whether there is one. */
  #keepCut(chunk: Buffer, end: number, limits: RunLimits): boolean {
    if (this.pieces !== null) return false;
    this.#cut = CutFrame.at(chunk, this.#position, end, limits, this.#maxMessageBytes);
    if (this.#cut === null) return false;
    this.#position = end;
    return true;
  }

  /** Delivers the message of the frame that was cut. What is more than one cut, or wrong, the general way has to see from the start. */
  #joinCut(cut: CutFrame, chunk: Buffer, end: number): void {
    const start = this.#position;
    const message = this.pieces === null ? cut.join(chunk, start, end) : null;
    this.#cut = null;
    if (message === null) return this.#beginCut(cut);
    cut.release();
    this.#position = start + cut.missing;
    if (typeof message === 'string') this.#sink.text(message);
    else this.#sink.binary(message);
  }

  #beginCut(cut: CutFrame): void {
    const { bytes, length } = cut;
    const header = decodeHeader(bytes, 0, length) as FrameHeader;
    this.#beginFrame(header, bytes, 0);
    const count = length - header.headerLength;
    this.#missing -= count;
    this.#readFragment(bytes, header.headerLength, count);
    cut.release();
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
      if (broken.code === 'WS_PROTOCOL_MESSAGE_TOO_BIG' && !this.#isCompressed(header) && this.#sink.tooLong?.()) {
        this.#tooLong = header;
        return this.pause();
      }
      const raw = Buffer.from(bytes.subarray(at, at + header.headerLength));
      return this.#fail(broken, this.#offsetOf(this.#position) - header.headerLength, raw);
    }
    this.#header = header;
    this.#missing = header.length;
    this.#key = header.maskingKey ?? 0;
    if (isControl(header.opcode)) this.#control = Buffer.allocUnsafe(header.length);
    else this.#begin(header);
    if (this.#missing === 0) this.#endOfFrame();
  }

  #begin(header: FrameHeader): void {
    if (this.#message === NONE) this.#message = new IncomingMessage();
    this.#message.begin(header);
  }

  #context(header: FrameHeader): RuleContext {
    const { opcode } = header;
    const starts = (opcode === CONTINUATION ? this.#message.opcode : opcode) as MessageOpcode;
    const compressed = this.#isCompressed(header);
    const inPieces = this.pieces !== null && !compressed;
    return {
      role: this.#role,
      deflate: this.#inflater !== null,
      inMessage: this.#message.opcode !== 0,
      messageLength: this.#message.length,
      fragments: this.#message.fragments,
      compressed,
      maxMessageBytes: inPieces ? Number.POSITIVE_INFINITY : this.#limitOf(starts),
      maxFragments: inPieces ? Number.POSITIVE_INFINITY : this.#maxFragments,
    };
  }

  /** Whether the frame is one of a compressed message: the first one says it for all (RFC 7692 6). */
  #isCompressed({ opcode, rsv1 }: FrameHeader): boolean {
    return opcode === CONTINUATION ? this.#message.compressed : rsv1;
  }

  #limitOf(opcode: MessageOpcode): number {
    // A longer string or Buffer than these cannot be made: making it would throw.
    return Math.min(this.#maxMessageBytes, opcode === TEXT ? constants.MAX_STRING_LENGTH : constants.MAX_LENGTH);
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
    const { opcode, compressed } = this.#message;
    const header = this.#header as FrameHeader;
    this.#header = null;
    this.#message.reset();
    if (compressed) return this.#inflate(opcode as MessageOpcode, header, chunk, start, end, false);
    if (opcode === TEXT) return this.#deliverText(chunk, start, end);
    const bytes = allocateMessage(end - start);
    chunk.copy(bytes, 0, start, end);
    this.#sink.binary(bytes);
  }

  #deliverText(chunk: Buffer, start: number, end: number): void {
    const text = decodeText(chunk, start, end);
    if (text !== null) {
      this.#ascii = text.length === end - start;
      return this.#sink.text(text);
    }
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
    message.append(chunk, start, start + count, this.#taker !== null);
    this.#unmask(message.bytes, at, at + count);
    if (this.#checkText()) this.#passOn();
  }

  /** Hands on what has come of the message, if it is wanted as it arrives; says whether the reader goes on. */
  #passOn(): boolean {
    const { opcode } = this.#message;
    const taker = this.#taker;
    if (taker !== null && opcode !== 0 && !this.#lent) {
      const part = this.#message.takePart();
      if (part.length > 0) taker.piece(opcode, opcode === TEXT ? decodeCheckedText(part) : part);
    }
    return this.#state === READING;
  }

  /** Who takes the message under way as it arrives. A compressed one cannot be told before it is inflated, which needs the whole of it. */
  get #taker(): PieceSink | null {
    return this.#message.compressed ? null : this.pieces;
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
    // A part may be left from before there was somebody to take it. The frame ends when it is gone, however that call ends.
    if (this.#control === null && header.fin && !this.#message.isCutText && !this.#passOn()) return;
    this.#header = null;
    if (this.#control !== null) return this.#endOfControl(header, this.#control);
    if (!header.fin) return;
    if (this.#message.isCutText) {
      return this.#fail(BAD_TEXT, this.#offsetOf(this.#position), headerBytes(header));
    }
    const { opcode, compressed, bytes: payload, length } = this.#message;
    if (compressed) {
      this.#message.reset();
      return this.#inflate(opcode as MessageOpcode, header, payload, 0, length, true);
    }
    if (this.pieces !== null) {
      this.#message.reset();
      return this.pieces.lastPiece(opcode as MessageOpcode);
    }
    const bytes = this.#message.take();
    if (opcode === TEXT) this.#sink.text(decodeCheckedText(bytes));
    else this.#sink.binary(bytes);
  }

  // Compressed messages (RFC 7692 6.2): the payload is there as a whole.

  /**
   * @param header The last one of the message. The rules of what comes out are seen to be broken at its frame's end.
   * @param own Whether the bytes belong to the reader, and stay as they are.
   */
  #inflate(opcode: MessageOpcode, header: FrameHeader, bytes: Buffer, start: number, end: number, own: boolean): void {
    const inflater = this.#inflater as Inflater;
    const limit = this.#limitOf(opcode);
    const offset = this.#offsetOf(this.#position);
    const deliver = (result: Buffer | Violation): void => {
      if (!Buffer.isBuffer(result)) this.#fail(result, offset, headerBytes(header));
      else if (opcode !== TEXT) this.#sink.binary(result);
      else this.#deliverInflatedText(result, result.length, offset, header);
    };
    const result = inflater.now(bytes, start, end, limit);
    if (typeof result !== 'number') return deliver(result);
    if (result === LATER) {
      const payload = bytes.subarray(start, end);
      return this.#inflateLater(own ? payload : Buffer.from(payload), limit, deliver);
    }
    if (opcode === TEXT) this.#deliverInflatedText(scratch(), result, offset, header);
    else this.#sink.binary(Buffer.from(scratch().subarray(0, result)));
  }

  #deliverInflatedText(bytes: Buffer, length: number, offset: number, header: FrameHeader): void {
    const text = decodeText(bytes, 0, length);
    if (text === null) this.#fail(BAD_TEXT, offset, headerBytes(header));
    else this.#sink.text(text);
  }

  #inflateLater(payload: Buffer, limit: number, deliver: (result: Buffer | Violation) => void): void {
    this.#state = HELD;
    this.#tellHeld();
    (this.#inflater as Inflater).later(payload, limit, (result) => this.#release(() => deliver(result)));
  }

  /** A message comes back from being inflated off the loop. */
  #release(deliver: () => void): void {
    this.#state = this.#pauseAfter ? PAUSED : READING;
    this.#pauseAfter = false;
    this.#inflated = deliver;
    try {
      if (this.#state === READING) this.#deliverInflated();
    } finally {
      this.#tellHeld();
    }
  }

  /** Delivers the message that was inflated off the loop, and parses what came meanwhile. */
  #deliverInflated(): void {
    const deliver = this.#inflated as () => void;
    this.#inflated = null;
    this.#parsing = true;
    try {
      deliver();
    } finally {
      this.#parsing = false;
    }
    this.#parseRest();
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
      this.#discard();
      return this.#sink.close(close.code, close.reason);
    }
    const offset = this.#offsetOf(this.#position) - payload.length;
    this.#fail(closeViolation(close.broken, close.value), offset, headerBytes(header));
  }

  /** The one place where a connection fails for what the peer sent (RFC 6455 7.1.7). */
  #fail(broken: Violation, offset: number, header: Buffer): void {
    this.#discard();
    this.#sink.failed(new ProtocolError(broken.message, { ...broken, by: 'peer', offset, header }));
  }

  #offsetOf(position: number): number {
    return this.#streamOffset + position - this.#chunkStart;
  }
}
