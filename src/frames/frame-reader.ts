import { decodeClosePayload } from './close-code.js';
import type { CompressedMessages } from './compressed-messages.js';
import type { CutFrame } from './cut-frame.js';
import { decodeHeader, type FrameHeader, headerBytes, MAX_HEADER_LENGTH } from './header.js';
import { mask } from './mask.js';
import { IncomingMessage } from './message.js';
import { allocateMessage } from './message-memory.js';
import { CLOSE, CONTINUATION, isControl, type MessageOpcode, PING, TEXT } from './opcode.js';
import type { Outlet } from './outlet.js';
import { longestMessage, type ReadingRules } from './reader-options.js';
import { BAD_TEXT, checkHeader, closeViolation, type RuleContext, type Violation } from './rules.js';
import type { PieceSink } from './sink.js';
import { decodeCheckedText } from './text.js';

/** From this many missing bytes on it pays to let the socket read straight into the message. TLS brings as many at most (RFC 8446 5.1). */
const DIRECT_BYTES = 16384;

/** The general way: any frame, however it is cut. Reading a header, checking it and acting on it are three things. */
export class FrameReader {
  readonly #outlet: Outlet;
  readonly #rules: ReadingRules;
  readonly #compressed: CompressedMessages | null;
  readonly #message: IncomingMessage = new IncomingMessage();
  /** A header that is not there as a whole. */
  #partial: Buffer | null = null;
  #partialLength = 0;
  /** The frame whose payload is read, and how much of it is missing. */
  #header: FrameHeader | null = null;
  #missing = 0;
  #key = 0;
  #control: Buffer | null = null;
  /** Whether a socket may be reading into the message's memory, which must not be given away meanwhile. */
  #lent = false;
  /** The header of a message that is too long, which the sink holds. */
  #tooLong: FrameHeader | null = null;

  constructor(outlet: Outlet, rules: ReadingRules, compressed: CompressedMessages | null) {
    this.#outlet = outlet;
    this.#rules = rules;
    this.#compressed = compressed;
  }

  /** Whether nothing is under way: no frame, no message. */
  get idle(): boolean {
    return this.#header === null && this.#message.opcode === 0 && this.#partialLength === 0;
  }

  /** Reads a header, or payload, from the position up to `end` at most. */
  read(chunk: Buffer, end: number): void {
    if (this.#header === null) this.#readHeader(chunk, end);
    else this.#readPayload(chunk, end);
  }

  /** Takes over a frame that was cut, up to the position. */
  takeOver(cut: CutFrame): void {
    const { bytes, length } = cut;
    const header = decodeHeader(bytes, 0, length) as FrameHeader;
    this.#beginFrame(header, bytes, 0);
    const count = length - header.headerLength;
    this.#missing -= count;
    this.#readFragment(bytes, header.headerLength, count);
    cut.release();
  }

  /** Memory for the next bytes of a large message; `null` if they have to come by {@link read}. */
  lend(): Buffer | null {
    this.#lent = this.#missing >= DIRECT_BYTES && this.#rules.role === 'client' && this.#taker === null;
    return this.#lent ? this.#message.room() : null;
  }

  /** Nothing is lent any more. */
  takeBack(): void {
    this.#lent = false;
  }

  /** `count` bytes were put to what was lent; they are acted on by {@link goOn}. */
  filled(count: number): void {
    this.#lent = false;
    this.#message.advance(count);
    this.#missing -= count;
    this.#outlet.position += count;
  }

  /** Goes on after a pause, or with bytes that were {@link filled}. */
  goOn(): void {
    const tooLong = this.#tooLong;
    this.#tooLong = null;
    if (tooLong !== null) this.#beginFrame(tooLong, headerBytes(tooLong), 0);
    if (this.#header === null || this.#control !== null) return;
    if (this.#checkText() && this.#passOn() && this.#missing === 0) this.#endOfFrame();
  }

  #readHeader(chunk: Buffer, end: number): void {
    const start = this.#outlet.position;
    const header = this.#partialLength === 0 ? decodeHeader(chunk, start, end) : null;
    if (header === null) return this.#collectHeader(chunk, end);
    this.#outlet.position += header.headerLength;
    this.#beginFrame(header, chunk, start);
  }

  /** Collects a header that was cut, byte by byte, so that no byte of the payload is taken with it. */
  #collectHeader(chunk: Buffer, end: number): void {
    const outlet = this.#outlet;
    this.#partial ??= Buffer.allocUnsafe(MAX_HEADER_LENGTH);
    const partial = this.#partial;
    while (outlet.position < end) {
      partial[this.#partialLength++] = chunk[outlet.position++] as number;
      const header = decodeHeader(partial, 0, this.#partialLength);
      if (header === null) continue;
      this.#partialLength = 0;
      return this.#beginFrame(header, partial, 0);
    }
  }

  #beginFrame(header: FrameHeader, bytes: Buffer, at: number): void {
    const broken = checkHeader(header, this.#context(header));
    if (broken !== null) return this.#refuse(broken, header, bytes, at);
    this.#header = header;
    this.#missing = header.length;
    this.#key = header.maskingKey ?? 0;
    if (isControl(header.opcode)) this.#control = Buffer.allocUnsafe(header.length);
    else this.#message.begin(header);
    if (this.#missing === 0) this.#endOfFrame();
  }

  /** Fails for a header, unless the sink holds a message that is too long. */
  #refuse(broken: Violation, header: FrameHeader, bytes: Buffer, at: number): void {
    const { sink, flow } = this.#outlet;
    if (broken.code === 'WS_PROTOCOL_MESSAGE_TOO_BIG' && !this.#isCompressed(header) && sink.tooLong?.()) {
      this.#tooLong = header;
      return flow.pause();
    }
    const { headerLength } = header;
    this.#outlet.fail(broken, headerLength, Buffer.from(bytes.subarray(at, at + headerLength)));
  }

  #context(header: FrameHeader): RuleContext {
    const { opcode } = header;
    const starts = (opcode === CONTINUATION ? this.#message.opcode : opcode) as MessageOpcode;
    const compressed = this.#isCompressed(header);
    const inPieces = this.#outlet.pieces !== null && !compressed;
    return {
      role: this.#rules.role,
      deflate: this.#compressed !== null,
      inMessage: this.#message.opcode !== 0,
      messageLength: this.#message.length,
      fragments: this.#message.fragments,
      compressed,
      maxMessageBytes: inPieces ? Infinity : longestMessage(this.#rules, starts),
      maxFragments: inPieces ? Infinity : this.#rules.maxFragments,
    };
  }

  /** Whether the frame is one of a compressed message: the first one says it for all (RFC 7692 6). */
  #isCompressed({ opcode, rsv1 }: FrameHeader): boolean {
    return opcode === CONTINUATION ? this.#message.compressed : rsv1;
  }

  #readPayload(chunk: Buffer, end: number): void {
    const { position: start, flow } = this.#outlet;
    const count = Math.min(this.#missing, end - start);
    this.#outlet.position += count;
    this.#missing -= count;
    if (this.#control !== null) this.#readControl(this.#control, chunk, start, count);
    else if (this.#isWhole(count)) return this.#deliverWhole(chunk, start, start + count);
    else this.#readFragment(chunk, start, count);
    if (this.#missing === 0 && flow.reading) this.#endOfFrame();
  }

  /** Whether the bytes just taken are a whole message in one frame, which can be delivered from the chunk. */
  #isWhole(count: number): boolean {
    const header = this.#header as FrameHeader;
    return header.fin && header.length === count && this.#message.fragments === 1 && this.#rules.role === 'client';
  }

  #deliverWhole(chunk: Buffer, start: number, end: number): void {
    const { opcode, compressed } = this.#message;
    const header = this.#header as FrameHeader;
    this.#header = null;
    this.#message.reset();
    if (compressed)
      return (this.#compressed as CompressedMessages).read(opcode as MessageOpcode, header, chunk, start, end, false);
    if (opcode === TEXT) return this.#outlet.text(chunk, start, end);
    const bytes = allocateMessage(end - start);
    chunk.copy(bytes, 0, start, end);
    this.#outlet.sink.binary(bytes);
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
    return this.#outlet.flow.reading;
  }

  /** Who takes the message under way as it arrives. A compressed one cannot be told before it is inflated, which needs the whole of it. */
  get #taker(): PieceSink | null {
    return this.#message.compressed ? null : this.#outlet.pieces;
  }

  #unmask(bytes: Buffer, start: number, end: number): void {
    if (this.#rules.role === 'server') this.#key = mask(bytes, start, end, this.#key);
  }

  /** Checks what has come of a text message; says whether it can still be right. */
  #checkText(): boolean {
    const behind = this.#message.findBadByte();
    if (behind > 0) this.#outlet.fail(BAD_TEXT, behind, headerBytes(this.#header as FrameHeader));
    return behind === 0;
  }

  #endOfFrame(): void {
    const header = this.#header as FrameHeader;
    const control = this.#control;
    const isCut = this.#message.isCutText;
    // A part may be left from before there was somebody to take it. The frame ends when it is gone, however that call ends.
    if (control === null && header.fin && !isCut && !this.#passOn()) return;
    this.#header = null;
    if (control !== null) return this.#endOfControl(header, control);
    if (!header.fin) return;
    if (isCut) return this.#outlet.fail(BAD_TEXT, 0, headerBytes(header));
    this.#endOfMessage(header);
  }

  #endOfMessage(header: FrameHeader): void {
    const { opcode, compressed, bytes: payload, length } = this.#message;
    const { pieces, sink } = this.#outlet;
    if (compressed) {
      this.#message.reset();
      return (this.#compressed as CompressedMessages).read(opcode as MessageOpcode, header, payload, 0, length, true);
    }
    if (pieces !== null) {
      this.#message.reset();
      return pieces.lastPiece(opcode as MessageOpcode);
    }
    const bytes = this.#message.take();
    if (opcode === TEXT) sink.text(decodeCheckedText(bytes));
    else sink.binary(bytes);
  }

  #endOfControl(header: FrameHeader, payload: Buffer): void {
    const { sink } = this.#outlet;
    this.#control = null;
    if (header.opcode === CLOSE) this.#endOfStream(header, payload);
    else if (header.opcode === PING) sink.ping(payload);
    else sink.pong(payload);
  }

  #endOfStream(header: FrameHeader, payload: Buffer): void {
    const close = decodeClosePayload(payload);
    if ('broken' in close) {
      return this.#outlet.fail(closeViolation(close.broken, close.value), payload.length, headerBytes(header));
    }
    this.#outlet.flow.end();
    this.#outlet.sink.close(close.code, close.reason);
  }
}
