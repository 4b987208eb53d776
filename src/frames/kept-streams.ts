import { canKeepStreams, KeptStream, type ZlibStream } from './kept-stream.js';

/** Who has a {@link KeptStream}. */
export interface Keeper {
  /** Takes the stream away. What it knows must be known elsewhere. */
  drop(): void;
}

/** Making a state and filling the window in costs up to thirty times as much as a message, so it has to serve more of them. */
export const REFUSALS = 64;

/**
 * The zlib states that the connections of a process keep, no more than so many at a time: a state is large (see docs/DEFLATE.md), and
 * most connections are idle most of the time. Who gets none, or loses it, works from its sliding window.
 */
export class KeptStreams {
  readonly #limit: number;
  readonly #keepers: Set<Keeper> = new Set();
  readonly #shared: Map<string, KeptStream> = new Map();
  #refused = 0;

  /** @param limit At least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** States that are kept for one connection each. */
  get size(): number {
    return this.#keepers.size;
  }

  /**
   * Asks for room. If there is none, every {@link REFUSALS}-th who asks gets that of the one who has had it longest. Most
   * are refused, so that with more busy connections than states some have one for long, instead of all of them making a new one for
   * each message; and who goes on asking gets one before long.
   */
  admit(keeper: Keeper): boolean {
    if (this.#keepers.size >= this.#limit) {
      if (++this.#refused < REFUSALS) return false;
      const [oldest] = this.#keepers;
      oldest?.drop();
    }
    this.#refused = 0;
    this.#keepers.add(keeper);
    return true;
  }

  /** The keeper has no state any more. */
  leave(keeper: Keeper): void {
    this.#keepers.delete(keeper);
  }

  /**
   * The state that all connections without context takeover and with the same parameters use in turns. It must be reset
   * before each message.
   */
  shared(key: string, make: () => ZlibStream): KeptStream {
    const found = this.#shared.get(key);
    if (found !== undefined) return found;
    const stream = new KeptStream(make());
    this.#shared.set(key, stream);
    return stream;
  }

  /** The shared state cannot be used any more. */
  forget(key: string): void {
    this.#shared.get(key)?.close();
    this.#shared.delete(key);
  }
}

/** 40 KiB each for receiving, 180 to 268 KiB each for sending. */
const MAX_KEPT = 256;
let receiving: KeptStreams | null | undefined;
let sending: KeptStreams | null | undefined;

/** The states for receiving of this process; `null` if this Node cannot keep any. */
export function keptForReceiving(): KeptStreams | null {
  receiving ??= canKeepStreams() ? new KeptStreams(MAX_KEPT) : null;
  return receiving;
}

/** The states for sending of this process; `null` if this Node cannot keep any. */
export function keptForSending(): KeptStreams | null {
  sending ??= canKeepStreams() ? new KeptStreams(MAX_KEPT) : null;
  return sending;
}
