import type { Slot } from '../frames/index.js';
import { type Deferred, defer } from './deferred.js';
import { notLeft } from './errors.js';

/** A write that is under way. */
interface Write {
  /** To be released when the bytes have left; `null` if they have left at once. */
  readonly slot: Slot | null;
  left: Deferred<void> | null;
}

/** Whose socket writes. */
export interface WritesOwner {
  /** Whether the socket is destroyed, so that what it has not written is dropped. */
  readonly destroyed: boolean;
  /** A write has ended, well or badly. */
  wrote(): void;
}

/** Writes that were handed to a socket and whose callback has not come. They end in their order, so one callback serves all of them. */
export class Writes {
  /** To be given to the socket with each of them. */
  readonly callback: (error?: Error | null) => void;
  readonly #owner: WritesOwner;
  readonly #pending: Write[] = [];

  constructor(owner: WritesOwner) {
    this.#owner = owner;
    this.callback = (error) => this.#written(error);
  }

  /** Whether one is under way. */
  get any(): boolean {
    return this.#pending.length > 0;
  }

  /**
   * One was handed to the socket.
   *
   * @param slot What it is written from; `null` if the bytes have left already.
   * @param left Who waits for them.
   */
  add(slot: Slot | null, left: Deferred<void> | null): void {
    this.#pending.push({ slot, left });
  }

  /** Resolves when the last one has left; `undefined` if none is under way. */
  left(): Promise<void> | undefined {
    const last = this.#pending.at(-1);
    if (last === undefined) return undefined;
    last.left ??= defer();
    return last.left.promise;
  }

  #written(error: Error | null | undefined): void {
    const write = this.#pending.shift();
    if (write === undefined) return;
    write.slot?.release();
    // Of a write that a destroyed socket has dropped, Node says the same as of one that has left.
    const dropped = error || (write.slot !== null && this.#owner.destroyed);
    if (dropped) write.left?.reject(notLeft(error));
    else write.left?.resolve();
    this.#owner.wrote();
  }
}
