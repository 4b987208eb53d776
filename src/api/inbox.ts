import { type Deferred, defer, rejected } from './deferred.js';
import { ConnectionError } from './errors.js';

/** A message: text is a string, binary a Buffer. */
export type Message = string | Buffer;

/** Messages that wait before the socket is paused. */
export const INBOX_MESSAGES = 16;
/** Bytes (of a text: UTF-16 units) that wait before the socket is paused: 1 MiB. */
export const INBOX_BYTES: number = 1024 * 1024;

/** Tells whoever fills an {@link Inbox} when to stop and when to go on. */
export interface InboxFlow {
  pause(): void;
  resume(): void;
}

/** Limits of a wait for a message. */
export interface WaitLimits {
  /** Longest wait in milliseconds, above 0. Default `Infinity`: no limit. */
  readonly timeoutMs?: number;
  /** Gives the wait up. */
  readonly signal?: AbortSignal;
}

interface Waiter extends Deferred<Message | undefined> {
  /** Ends the wait for another reason than a message; takes the timer and the signal's listener away. */
  release(): void;
}

/**
 * The bounded queue between a connection that receives and a user who asks for the next message.
 *
 * A wait that is given up takes no message with it. After {@link Inbox.close} the queue is drained, then every wait gives
 * `undefined`.
 */
export class Inbox {
  readonly #flow: InboxFlow;
  readonly #messages: Message[] = [];
  readonly #waiters: Waiter[] = [];
  #bytes = 0;
  #paused = false;
  #closed = false;
  #discarding = false;
  #taking = false;

  constructor(flow: InboxFlow) {
    this.#flow = flow;
  }

  get size(): number {
    return this.#messages.length;
  }

  put(message: Message): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.release();
      return waiter.resolve(message);
    }
    if (this.#isFull && this.#discarding) return;
    this.#messages.push(message);
    this.#bytes += message.length;
    if (this.#isFull && !this.#paused && !this.#discarding) {
      this.#paused = true;
      this.#flow.pause();
    }
  }

  /** The next message that is there; `undefined` if there is none. */
  take(): Message | undefined {
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    this.#bytes -= message.length;
    if (this.#paused && !this.#isFull) {
      this.#paused = false;
      // What comes now comes before the message is with its taker, and must not overtake it.
      this.#taking = true;
      this.#flow.resume();
      this.#taking = false;
    }
    return message;
  }

  /** Whether nothing waits: no message for a taker, no taker for a message, no message on its way from here to its taker. */
  get isIdle(): boolean {
    return this.#messages.length === 0 && this.#waiters.length === 0 && !this.#taking;
  }

  /**
   * Waits for the next message, within limits; `undefined` once the inbox is closed and empty.
   *
   * @param onGiveUp Called in the moment when the wait is given up, before another message can come.
   */
  next({ timeoutMs, signal }: WaitLimits, onGiveUp?: () => void): Promise<Message | undefined> {
    if (signal?.aborted) return rejected(aborted(signal));
    const message = this.take();
    if (message !== undefined || this.#closed) return Promise.resolve(message);
    const giveUp = (error: Error): void => {
      waiter.release();
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      onGiveUp?.();
      waiter.reject(error);
    };
    const isLimited = timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY;
    const timer = isLimited ? setTimeout(() => giveUp(timedOut(timeoutMs)), timeoutMs) : undefined;
    const onAbort = (): void => giveUp(aborted(signal as AbortSignal));
    signal?.addEventListener('abort', onAbort, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = { ...defer<Message | undefined>(), release };
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  /** From now on messages that find no room are dropped instead of pausing: the user has closed, and the peer's close frame must come through. */
  discardOverflow(): void {
    this.#discarding = true;
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow.resume();
  }

  /** Whether somebody waits for a message. */
  get isAwaited(): boolean {
    return this.#waiters.length > 0;
  }

  /** No message will come. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.release();
      waiter.resolve(undefined);
    }
  }

  get #isFull(): boolean {
    return this.#messages.length >= INBOX_MESSAGES || this.#bytes >= INBOX_BYTES;
  }
}

function timedOut(timeoutMs: number): ConnectionError {
  return new ConnectionError('WS_TIMEOUT', `no message within ${timeoutMs} ms`, { phase: 'open' });
}

function aborted({ reason }: AbortSignal): ConnectionError {
  return new ConnectionError('WS_ABORTED', 'the wait for a message was aborted by its signal', {
    phase: 'open',
    cause: reason,
  });
}
