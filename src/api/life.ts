import { type Clock, systemClock } from './clock.js';
import { ConnectionError } from './errors.js';

/** The option `keepAlive`, with its defaults. */
export interface KeepAliveSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What the options say about the life of an open connection. */
export interface LifeSettings {
  /** Default: no pings. */
  readonly keepAlive?: KeepAliveSettings | undefined;
  /** Default: no limit. */
  readonly idleTimeoutMs?: number | undefined;
}

/** A connection as {@link Life} sees it. */
export interface Living {
  /** Bytes that the transport has brought. */
  readonly receivedBytes: number;
  /** Changes with every message, and every part of one, in either direction. */
  readonly activity: string;
  /** Bytes that wait to leave. */
  readonly bufferedBytes: number;
  /** Whether nothing is read because the user does not take what has come. */
  readonly paused: boolean;
  sendPing(payload: Buffer): void;
  /** Nothing has come from the peer for too long. */
  died(error: ConnectionError): void;
  /** No message for too long. */
  idle(reason: string): void;
}

/** Idleness is looked at so often in its time, instead of taking the time of every message: it ends up to so much later. */
const LOOKS = 8;

/**
 * Pings a connection to see whether its peer is there, and ends one that nobody uses: one timer for both.
 *
 * The pong is what is asked for, but any byte that comes proves the peer alive: a pong cannot overtake a frame that is under way.
 * So does one that leaves while more wait. A reader that is paused gets no pong, which is no fault of the peer's.
 */
export class Life {
  /** The last round trip of a ping of ours, in milliseconds. */
  latencyMs: number | undefined;
  readonly #living: Living;
  readonly #clock: Clock;
  readonly #keepAlive: KeepAliveSettings | undefined;
  readonly #idleMs: number;
  #cancel: () => void = () => {};
  #over = false;

  #activity: string;
  #activeAt: number;
  #lookAt: number;

  /** When the next ping is to be sent, or, while one waits for its pong, when its time is over. */
  #pingAt = Number.POSITIVE_INFINITY;
  #sentAt = 0;
  #payload: Buffer | null = null;
  #pings = 0;
  #received = 0;
  #buffered = 0;
  /** Whether what has arrived meanwhile was read, after time was found to be over. */
  #isSure = false;

  constructor(living: Living, { keepAlive, idleTimeoutMs }: LifeSettings, clock: Clock = systemClock) {
    this.#living = living;
    this.#clock = clock;
    this.#keepAlive = keepAlive;
    this.#idleMs = idleTimeoutMs ?? Number.POSITIVE_INFINITY;
    const now = clock.now();
    this.#activity = living.activity;
    this.#activeAt = now;
    this.#lookAt = now + this.#idleMs / LOOKS;
    if (keepAlive !== undefined) this.#pingAt = now + keepAlive.intervalMs;
    this.#sleep(now);
  }

  /** A pong came. */
  pong(payload: Buffer): void {
    if (this.#payload === null || !this.#payload.equals(payload)) return;
    const now = this.#clock.now();
    this.latencyMs = now - this.#sentAt;
    this.#settle(now);
    this.#sleep(now);
  }

  /** The connection is closing: nothing is watched any more. */
  end(): void {
    this.#over = true;
    this.#cancel();
  }

  #sleep(now: number): void {
    this.#cancel();
    const next = Math.min(this.#lookAt, this.#pingAt);
    if (!this.#over && next < Number.POSITIVE_INFINITY) this.#cancel = this.#clock.after(next - now, this.#wake);
  }

  readonly #wake = (): void => {
    if (this.#over) return;
    const now = this.#clock.now();
    const sure = this.#isSure;
    this.#isSure = false;
    // After a loop that was blocked, timers come before what has arrived meanwhile: time is over only if it is after that.
    if (!this.#isIdle(now) && !this.#isDead(now)) return this.#next(now);
    if (sure) return this.#end(now);
    this.#isSure = true;
    this.#clock.soon(this.#wake);
  };

  #next(now: number): void {
    if (now >= this.#lookAt) this.#lookAt = now + this.#idleMs / LOOKS;
    if (now >= this.#pingAt) this.#ping(now);
    this.#sleep(now);
  }

  #end(now: number): void {
    if (this.#isIdle(now)) return this.#living.idle(`no message for ${this.#idleMs} ms`);
    const text = `nothing came from the peer within keepAlive.timeoutMs (${this.#keepAlive?.timeoutMs} ms) after a ping`;
    this.#living.died(new ConnectionError('WS_TIMEOUT', text, { phase: 'open' }));
  }

  #isIdle(now: number): boolean {
    if (now < this.#lookAt) return false;
    const { activity } = this.#living;
    if (activity !== this.#activity) {
      this.#activity = activity;
      this.#activeAt = now;
    }
    return now - this.#activeAt >= this.#idleMs;
  }

  #isDead(now: number): boolean {
    if (this.#payload === null || now < this.#pingAt) return false;
    const { receivedBytes, bufferedBytes, paused } = this.#living;
    if (receivedBytes === this.#received && bufferedBytes >= this.#buffered && !paused) return true;
    this.#settle(now);
    return false;
  }

  /** The ping has been answered, or something else has come in its place. */
  #settle(now: number): void {
    this.#payload = null;
    this.#pingAt = Math.max(now, this.#sentAt + (this.#keepAlive as KeepAliveSettings).intervalMs);
  }

  #ping(now: number): void {
    const { receivedBytes, bufferedBytes } = this.#living;
    this.#received = receivedBytes;
    this.#buffered = bufferedBytes;
    this.#sentAt = now;
    this.#pingAt = now + (this.#keepAlive as KeepAliveSettings).timeoutMs;
    this.#payload = Buffer.from(`keepAlive ${++this.#pings}`);
    this.#living.sendPing(this.#payload);
  }
}
