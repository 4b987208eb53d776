import { KeptStream, type ZlibStream } from './kept-stream.js';
import type { Keeper, KeptStreams } from './kept-streams.js';
import { SlidingWindow } from './sliding-window.js';

/** Options of a zlib stream that fill in the window. */
export interface WithDictionary {
  readonly dictionary?: Buffer;
}

/**
 * What is carried from message to message in one direction (RFC 7692 7.1.1): the sliding window, and in step with it a zlib state
 * that was kept, if there is one.
 *
 * The window alone is enough to go on, so the kept state may be dropped between any two messages: when it is out of step, when
 * others need the room, when a message was worked in another way. Without context takeover there is nothing to carry.
 */
export class DeflateContext implements Keeper {
  readonly #takeover: boolean;
  readonly #window: SlidingWindow;
  readonly #streams: KeptStreams | null;
  readonly #key: string;
  readonly #make: (dictionary: WithDictionary) => ZlibStream;
  #kept: KeptStream | null = null;

  /**
   * @param takeover Whether there is context takeover.
   * @param windowBytes Size of the window.
   * @param streams Where the kept states are counted; `null` if none is kept.
   * @param key Names the parameters of the streams that `make` makes.
   */
  constructor(
    takeover: boolean,
    windowBytes: number,
    streams: KeptStreams | null,
    key: string,
    make: (dictionary: WithDictionary) => ZlibStream,
  ) {
    this.#takeover = takeover;
    this.#window = new SlidingWindow(windowBytes);
    this.#streams = streams;
    this.#key = key;
    this.#make = make;
  }

  /** A state that is ready for the next message; `null` if none can be kept. */
  stream(): KeptStream | null {
    if (this.#streams === null) return null;
    if (!this.#takeover) {
      const shared = this.#streams.shared(this.#key, () => this.#make({}));
      shared.reset();
      return shared;
    }
    if (this.#kept !== null) return this.#kept;
    if (!this.#streams.admit(this)) return null;
    this.#kept = new KeptStream(this.#make(this.dictionary()));
    return this.#kept;
  }

  /** Fills the window in for a stream of the documented way. */
  dictionary(): WithDictionary {
    return this.#window.length === 0 ? {} : { dictionary: this.#window.contents() };
  }

  /** A part of a message was worked: bytes[0, end) before its compression. */
  append(bytes: Uint8Array, end: number): void {
    this.#window.append(bytes, end);
  }

  /** The last part of a message was appended. */
  endMessage(): void {
    if (!this.#takeover) this.#window.clear();
  }

  /** A whole message was worked: bytes[0, end) before its compression. */
  appendMessage(bytes: Uint8Array, end: number): void {
    if (this.#takeover) this.#window.append(bytes, end);
  }

  /** The next message is worked in another way, so a state of our own gets out of step. A shared one has no step to keep. */
  skip(): void {
    if (this.#takeover) this.drop();
  }

  /** The kept state is out of step or broken, or another one needs the room. */
  drop(): void {
    if (!this.#takeover) return this.#streams?.forget(this.#key);
    this.#kept?.close();
    this.#kept = null;
    this.#streams?.leave(this);
  }

  /** Frees what this connection keeps. */
  close(): void {
    this.skip();
    this.#window.clear();
  }
}
