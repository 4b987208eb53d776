import { type Deferred, defer } from './deferred.js';

/** A ping that waits for its pong. */
interface PendingPing extends Deferred<number> {
  readonly payload: Buffer;
  readonly sentAt: number;
}

/** The pings of a user that wait for their pongs. */
export class Pings {
  readonly #pending: PendingPing[] = [];

  /** How many wait. */
  get size(): number {
    return this.#pending.length;
  }

  /** Waits for the pong to a ping that was just sent; gives the time it took in milliseconds. */
  add(payload: Buffer): Promise<number> {
    const ping = { ...defer<number>(), payload, sentAt: performance.now() };
    this.#pending.push(ping);
    return ping.promise;
  }

  /** A pong has come. One to a later ping answers the earlier ones, too (RFC 6455 5.5.3). */
  pong(payload: Buffer): void {
    const at = this.#pending.findLastIndex((ping) => ping.payload.equals(payload));
    const now = performance.now();
    for (const ping of this.#pending.splice(0, at + 1)) ping.resolve(now - ping.sentAt);
  }

  /** No pong will come. */
  reject(error: Error): void {
    for (const ping of this.#pending.splice(0)) ping.reject(error);
  }
}
