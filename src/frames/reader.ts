import type { CompressedMessages } from './compressed-messages.js';
import { Flow } from './flow.js';
import { FrameReader } from './frame-reader.js';
import { Outlet } from './outlet.js';
import { type ReaderOptions, type ReadingRules, rulesOf } from './reader-options.js';
import { RunReader } from './run-reader.js';
import type { PieceSink, Sink } from './sink.js';

/**
 * Frames to messages (RFC 6455 5 and 6.2): takes bytes in any cutting, calls a {@link Sink}.
 *
 * No input makes it throw. A broken rule ends in one call of `failed`; after that, after the close frame and after
 * {@link Reader.stop} all bytes are discarded (RFC 6455 7.1.7). Bytes that are given to it inside a call of the sink wait
 * until what came before them is through.
 */
export class Reader {
  readonly #rules: ReadingRules;
  readonly #flow: Flow;
  readonly #outlet: Outlet;
  /** Made with the first bytes. A server's frames are masked, so it has the general way only. */
  #runs: RunReader | null = null;
  readonly #compressed: CompressedMessages | null;
  /** The general way, made when it is first needed: many connections have nothing but runs. */
  #frames: FrameReader | null = null;
  /** Bytes that arrived and could not be parsed yet: in a pause, or inside a call of the sink. They are ours. */
  #rest: Buffer[] | null = null;
  #parsing = false;

  /** @throws ProtocolError `WS_PROTOCOL_ARGUMENT` for a limit that is none, such as NaN or no fragment at all. */
  constructor(sink: Sink, options: ReaderOptions = {}) {
    const rules = rulesOf(options);
    this.#rules = rules;
    this.#flow = new Flow(options.hold);
    this.#outlet = new Outlet(sink, this.#flow);
    this.#compressed = options.inflater?.messagesFor(this.#outlet, rules, () => this.#goOn()) ?? null;
  }

  /**
   * While it is set, a message that does not arrive whole goes to it as it arrives, without a limit to its length or its fragments. What
   * was collected before of the message under way comes first. It must stay until the message's end. A compressed message does not
   * go to it: it is inflated, and delivered, as a whole.
   */
  get pieces(): PieceSink | null {
    return this.#outlet.pieces;
  }

  set pieces(pieces: PieceSink | null) {
    this.#outlet.pieces = pieces;
  }

  /** Whether {@link Reader.pause} is in force. */
  get paused(): boolean {
    return this.#flow.paused;
  }

  /** Whether a message is inflated off the loop, so that what arrives has to be kept. */
  get held(): boolean {
    return this.#flow.held;
  }

  /** Parses chunk[start, end). What is kept of it is copied: the chunk may be overwritten afterwards. */
  read(chunk: Buffer, start = 0, end: number = chunk.length): void {
    if (this.#flow.done || start >= end) return;
    this.#frames?.takeBack();
    const isNext = this.#flow.reading && this.#rest === null && !this.#parsing;
    if (isNext) this.#parseChunk(chunk, start, end, false);
    else this.#keep(Buffer.from(chunk.subarray(start, end)));
    this.#parseRest();
  }

  /**
   * Memory for the next bytes of a large message, for a socket to read straight into; `null` if the next bytes have to go
   * through {@link Reader.read}. Call {@link Reader.filled} with the number of bytes that were put there.
   */
  get target(): Buffer | null {
    const frames = this.#frames;
    if (frames === null) return null;
    if (this.#flow.reading && this.#rest === null) return frames.lend();
    frames.takeBack();
    return null;
  }

  /** `count` bytes were put at the start of the last {@link Reader.target}. */
  filled(count: number): void {
    if (this.#frames === null) return;
    this.#frames.filled(count);
    if (this.#flow.reading) this.#goOn();
  }

  /** From now on the sink is not called; at most one chunk that was under way is kept. */
  pause(): void {
    this.#flow.pause();
  }

  /** Ends a pause, and parses what was kept meanwhile; also what is left behind a call of the sink that threw. */
  resume(): void {
    if (this.#flow.resume() && !this.#parsing) this.#goOn();
  }

  /** Discards everything from now on. */
  stop(): void {
    this.#flow.end();
    this.#discard();
    this.#flow.tellHeld();
  }

  #discard(): void {
    this.#rest = null;
    this.#frames = null;
    this.#runs?.takeCut();
    this.#compressed?.close();
  }

  /** Delivers what is there without a further byte, then parses what was kept. */
  #goOn(): void {
    this.#parsing = true;
    try {
      this.#compressed?.deliver();
      this.#frames?.goOn();
    } finally {
      this.#leave();
    }
    this.#parseRest();
  }

  #parseRest(): void {
    while (this.#rest !== null && this.#flow.reading && !this.#parsing) {
      const parts = this.#rest;
      this.#rest = null;
      const rest = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
      this.#parseChunk(rest, 0, rest.length, true);
    }
  }

  /** `own`: the chunk belongs to the reader, so that what is not parsed need not be copied. */
  #parseChunk(chunk: Buffer, start: number, end: number, own: boolean): void {
    this.#parsing = true;
    this.#outlet.enter(start);
    try {
      this.#parse(chunk, end);
    } finally {
      // A sink that pauses, or throws, leaves the rest of the chunk for later.
      const { position } = this.#outlet;
      if (position < end && !this.#flow.done) {
        const rest = chunk.subarray(position, end);
        // What came inside a call of the sink comes after it.
        this.#rest = [own ? rest : Buffer.from(rest), ...(this.#rest ?? [])];
      }
      this.#leave();
    }
  }

  /** The sink is not being called any more, however that ended. */
  #leave(): void {
    this.#parsing = false;
    if (this.#flow.done) this.#discard();
  }

  #keep(bytes: Buffer): void {
    if (this.#rest === null) this.#rest = [bytes];
    else this.#rest.push(bytes);
  }

  #parse(chunk: Buffer, end: number): void {
    const outlet = this.#outlet;
    while (outlet.position < end && this.#flow.reading) {
      if (!this.#readShort(chunk, end)) this.#readAny(chunk, end);
    }
  }

  /** Reads short messages, if such can be next; says whether there were any. */
  #readShort(chunk: Buffer, end: number): boolean {
    if (this.#rules.role === 'server' || this.#frames?.idle === false) return false;
    this.#runs ??= new RunReader(this.#outlet, this.#rules.maxMessageBytes);
    return this.#runs.read(chunk, end);
  }

  #readAny(chunk: Buffer, end: number): void {
    this.#frames ??= new FrameReader(this.#outlet, this.#rules, this.#compressed);
    const cut = this.#runs?.takeCut() ?? null;
    if (cut === null) this.#frames.read(chunk, end);
    else this.#frames.takeOver(cut);
  }
}
