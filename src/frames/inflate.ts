import { constants, createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { CompressedMessages } from './compressed-messages.js';
import { DeflateContext } from './deflate-context.js';
import { InflatePasses } from './inflate-passes.js';
import { SMALLEST_CHUNK } from './kept-stream.js';
import { type KeptStreams, keptForReceiving } from './kept-streams.js';
import type { Outlet } from './outlet.js';
import {
  type DeflateContextOptions,
  LATER,
  MAX_WINDOW_BITS,
  scratch,
  TAIL,
  zlibWindowBits,
} from './permessage-deflate.js';
import type { ReadingRules } from './reader-options.js';
import { badDeflate, inflatesTooBig, type Violation } from './rules.js';

const { Z_BLOCK, Z_SYNC_FLUSH } = constants;

/** Options of an {@link Inflater}. */
export interface InflaterOptions extends DeflateContextOptions {
  /** Longest payload in bytes that is inflated at once; a longer one is inflated off the loop. Default 64 KiB. */
  readonly syncBytes?: number;
  /** Zlib states that may be kept; `null` for none. Default: those of the process. */
  readonly streams?: KeptStreams | null;
}

/** The kept state has not come to a good end. */
const UNDECIDED = -2;
/** The scratch memory is full. */
const FULL = -3;

const SYNC_BYTES = 65536;
const CHUNK_BYTES = 65536;
const TAIL_AND_ONE_MORE = Buffer.concat([TAIL, Buffer.alloc(1)]);

/**
 * Inflates the messages of one direction (RFC 7692 7.2.2), one after the other.
 *
 * Two ways lead to the same result: a zlib state that is kept, and the documented functions of node:zlib with the window filled
 * in. The second is the judge: whatever the first one does not find right from end to end is done again by it.
 */
export class Inflater {
  readonly #options: InflaterOptions;
  /** Made with the first message: a connection without any costs nothing. */
  #context: DeflateContext | null = null;
  /** Whether the sender ends its messages by final blocks: zlib's state cannot go on after one, so it is not kept. */
  #finals = false;
  /** What is inflated off the loop. */
  #pending: InflateRaw | null = null;

  constructor(options: InflaterOptions = {}) {
    this.#options = options;
  }

  /**
   * Inflates the payload bytes[start, end) of a message.
   *
   * @param limit Longest result in bytes, at least 1.
   * @returns The length of the result, which stands at the start of {@link scratch} until anything else is compressed or
   * inflated; {@link LATER} if it is too large for that; or the rule that is broken.
   */
  now(bytes: Buffer, start: number, end: number, limit: number): number | Violation {
    // No payload at all is no DEFLATE data; it can only mean an empty message, and other implementations take it so.
    if (start === end) return 0;
    if (end - start > (this.#options.syncBytes ?? SYNC_BYTES)) return LATER;
    const quick = this.#quick(bytes, start, end);
    if (quick === FULL && limit > scratch().length) return LATER;
    const length = quick < 0 ? this.#thorough(bytes.subarray(start, end), limit) : quick;
    if (typeof length !== 'number' || length < 0) return length;
    if (length > limit) return inflatesTooBig(limit);
    this.#window.appendMessage(scratch(), length);
    return length;
  }

  /**
   * Inflates the payload of a message off the loop. Nothing else may be asked for until it is `done`.
   *
   * @param payload It must not change meanwhile.
   * @param done Gets the result, or the rule that is broken. It is not called after {@link Inflater.close}.
   */
  later(payload: Buffer, limit: number, done: (result: Buffer | Violation) => void): void {
    this.#window.skip();
    this.#pass(new InflatePasses(payload, limit), done);
  }

  /**
   * What delivers the messages of a reader, which asks for it: so a reader without permessage-deflate does not load it.
   *
   * @internal
   */
  messagesFor(outlet: Outlet, rules: ReadingRules, isBack: () => void): CompressedMessages {
    return new CompressedMessages(this, outlet, rules, isBack);
  }

  /** Frees what is kept, and gives up what is under way. */
  close(): void {
    this.#context?.close();
    this.#pending
      ?.removeAllListeners()
      .on('error', () => {})
      .destroy();
    this.#pending = null;
  }

  get #windowBits(): number {
    return zlibWindowBits(this.#options.windowBits ?? MAX_WINDOW_BITS);
  }

  /** Of the documented way; the same for both of its functions, so that both see the same error first. */
  get #parameters(): { windowBits: number; chunkSize: number; finishFlush: number } {
    return { windowBits: this.#windowBits, chunkSize: CHUNK_BYTES, finishFlush: Z_SYNC_FLUSH };
  }

  get #window(): DeflateContext {
    if (this.#context !== null) return this.#context;
    const { contextTakeover = true, streams = keptForReceiving() } = this.#options;
    const windowBits = this.#windowBits;
    this.#context = new DeflateContext(contextTakeover, 2 ** windowBits, streams, `${windowBits}`, (dictionary) =>
      createInflateRaw({ windowBits, chunkSize: SMALLEST_CHUNK, ...dictionary }),
    );
    return this.#context;
  }

  /** By the kept state. Less than 0 if it has not come to an end; the state is dropped then. */
  #quick(bytes: Buffer, start: number, end: number): number {
    const stream = this.#finals ? null : this.#window.stream();
    if (stream === null) return UNDECIDED;
    const output = scratch();
    const left = stream.write(Z_SYNC_FLUSH, bytes, start, end, output, 0);
    const room = stream.outputLeft;
    let result = UNDECIDED;
    if (left >= 0 && room === 0) result = FULL;
    else if (left === 0) {
      // With Z_BLOCK zlib stops where a block ends: behind the tail, if the message was whole. A tail that was taken for
      // data is not whole, even if it happens to end a block.
      const rest = stream.write(Z_BLOCK, TAIL_AND_ONE_MORE, 0, TAIL_AND_ONE_MORE.length, output, output.length - room);
      if (rest === 1 && stream.outputLeft === room) result = output.length - room;
    }
    if (result < 0) this.#window.drop();
    return result;
  }

  /** By the documented way, which makes a state for each message; into the scratch memory, too. */
  #thorough(payload: Buffer, limit: number): number | Violation {
    const room = Math.min(limit, scratch().length);
    const passes = new InflatePasses(payload, room);
    let result: Buffer | Violation | null;
    try {
      const options = { ...this.#parameters, ...this.#window.dictionary(), maxOutputLength: room, info: true };
      const { buffer, engine } = inflateRawSync(passes.input, options) as unknown as {
        buffer: Buffer;
        engine: InflateRaw;
      };
      passes.add(buffer);
      result = passes.end(engine.bytesWritten);
      this.#finals ||= passes.finals > 0;
    } catch (error) {
      if (!isTooLarge(error)) return notDeflate(error);
      return room < limit ? LATER : inflatesTooBig(limit);
    }
    if (result === null) return LATER;
    return Buffer.isBuffer(result) ? result.copy(scratch()) : result;
  }

  /** One pass off the loop, up to a final block or to the end. */
  #pass(passes: InflatePasses, done: (result: Buffer | Violation) => void): void {
    const stream = createInflateRaw({ ...this.#parameters, ...this.#window.dictionary() });
    this.#pending = stream;
    const finish = (result: Buffer | Violation): void => {
      this.close();
      done(result);
    };
    stream.on('data', (part: Buffer) => {
      if (!passes.add(part)) finish(inflatesTooBig(passes.limit));
    });
    stream.on('error', (error) => finish(notDeflate(error)));
    stream.on('end', () => {
      const result = passes.end(stream.bytesWritten);
      this.#finals ||= passes.finals > 0;
      if (result !== null && !Buffer.isBuffer(result)) return finish(result);
      this.#pending = null;
      for (const part of passes.next()) this.#window.append(part, part.length);
      if (result === null) return this.#pass(passes, done);
      this.#window.endMessage();
      done(result);
    });
    stream.end(passes.input);
  }
}

const isTooLarge = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';

const notDeflate = (error: unknown): Violation => badDeflate((error as Error).message, error);
