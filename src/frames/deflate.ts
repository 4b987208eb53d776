import { constants, createDeflateRaw, type DeflateRaw, deflateRawSync } from 'node:zlib';
import { DeflateContext } from './deflate-context.js';
import { SMALLEST_CHUNK } from './kept-stream.js';
import { type KeptStreams, keptForSending } from './kept-streams.js';
import {
  type DeflateContextOptions,
  EMPTY_MESSAGE,
  MAX_WINDOW_BITS,
  scratch,
  TAIL,
  zlibWindowBits,
} from './permessage-deflate.js';

const { Z_SYNC_FLUSH } = constants;

/** Options of a {@link Deflater}. */
export interface DeflaterOptions extends DeflateContextOptions {
  /** zlib's level, 0 (stored) to 9 (smallest). Default 6. */
  readonly level?: number | undefined;
  /** zlib's memory for its hash table and symbols, 1 to 9. Default 8. */
  readonly memLevel?: number | undefined;
  /** Longest message in bytes that is compressed at once; a longer one is compressed off the loop. Default 16 KiB, about half a millisecond. */
  readonly syncBytes?: number;
  /** Zlib states that may be kept; `null` for none. Default: those of the process. */
  readonly streams?: KeptStreams | null;
}

/** Default of `level`. */
export const DEFLATE_LEVEL = 6;
/** Default of `memLevel`. */
export const DEFLATE_MEM_LEVEL = 8;
const SYNC_BYTES = 16384;
/** The largest `syncBytes`: what is compressed at once must fit the scratch memory even if it grows. */
export const MAX_SYNC_BYTES = 65536;
const CHUNK_BYTES = 65536;

/**
 * Compresses the messages of one direction (RFC 7692 7.2.1), one after the other.
 *
 * A kept zlib state and the documented functions of node:zlib with the window filled in are two ways to the same: what comes
 * out differs, what it inflates to does not.
 */
export class Deflater {
  readonly #options: DeflaterOptions;
  /** Made with the first message: a connection without any costs nothing. */
  #context: DeflateContext | null = null;
  /** What is compressed off the loop. */
  #pending: DeflateRaw | null = null;

  constructor(options: DeflaterOptions = {}) {
    this.#options = options;
  }

  /** See {@link DeflaterOptions}. */
  get syncBytes(): number {
    return Math.min(this.#options.syncBytes ?? SYNC_BYTES, MAX_SYNC_BYTES);
  }

  /**
   * Compresses a message.
   *
   * @param plain At most {@link Deflater.syncBytes} long, and not in the scratch memory.
   * @returns The payload; it may be in the scratch memory, and is gone when anything else is compressed or inflated.
   */
  now(plain: Uint8Array): Buffer {
    if (plain.length === 0) return EMPTY_MESSAGE;
    const payload = this.#quick(plain) ?? this.#thorough(plain);
    this.#window.appendMessage(plain, plain.length);
    return payload;
  }

  /**
   * Compresses a message off the loop. Nothing else may be asked for until it is `done`.
   *
   * @param plain It must not change meanwhile.
   * @param done Gets the payload, or `null` if zlib failed, for want of memory: then the message may be sent as it is. It is
   * not called after {@link Deflater.close}.
   */
  later(plain: Buffer, done: (payload: Buffer | null) => void): void {
    this.#window.skip();
    const flush = { finishFlush: Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES };
    const stream = createDeflateRaw({ ...this.#parameters, ...flush, ...this.#window.dictionary() });
    const parts: Buffer[] = [];
    this.#pending = stream;
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', () => {
      this.#pending = null;
      done(null);
    });
    stream.on('end', () => {
      this.#pending = null;
      this.#window.appendMessage(plain, plain.length);
      const compressed = Buffer.concat(parts);
      done(compressed.subarray(0, -TAIL.length));
    });
    stream.end(plain);
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

  get #parameters(): { windowBits: number; level: number; memLevel: number } {
    const { windowBits = MAX_WINDOW_BITS, level = DEFLATE_LEVEL, memLevel = DEFLATE_MEM_LEVEL } = this.#options;
    return { windowBits: zlibWindowBits(windowBits), level, memLevel };
  }

  get #window(): DeflateContext {
    if (this.#context !== null) return this.#context;
    const { contextTakeover = true, streams = keptForSending() } = this.#options;
    const parameters = this.#parameters;
    const key = Object.values(parameters).join();
    this.#context = new DeflateContext(contextTakeover, 2 ** parameters.windowBits, streams, key, (dictionary) =>
      createDeflateRaw({ ...parameters, chunkSize: SMALLEST_CHUNK, ...dictionary }),
    );
    return this.#context;
  }

  /** By the kept state; `null` if there is none, or if it has not done all at once, which the scratch memory has room for. */
  #quick(plain: Uint8Array): Buffer | null {
    const stream = this.#window.stream();
    if (stream === null) return null;
    const output = scratch();
    if (stream.write(Z_SYNC_FLUSH, plain, 0, plain.length, output, 0) === 0 && stream.outputLeft > 0) {
      return output.subarray(0, output.length - stream.outputLeft - TAIL.length);
    }
    this.#window.drop();
    return null;
  }

  /** By the documented way, which makes a state for each message. */
  #thorough(plain: Uint8Array): Buffer {
    const flush = { finishFlush: Z_SYNC_FLUSH };
    const compressed = deflateRawSync(plain, { ...this.#parameters, ...flush, ...this.#window.dictionary() });
    return compressed.subarray(0, -TAIL.length);
  }
}
