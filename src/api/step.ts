import type { Receiver } from './receiver.js';
import type { Transport } from './transport.js';

/** Whose step it is: it has the error for a peer that ended the connection, or for a socket that is gone for a cause. */
export interface StepOwner {
  lost(cause?: Error): Error;
}

/** Who is told why a step has failed. */
export interface Failing {
  fail(error: unknown): void;
}

/**
 * One step of a dial as a promise: it receives for the transport until it is done or fails, and after that nothing. The next
 * step begins in a microtask, so no read comes between the two. A class, as a dial has few statements that run often: what counts is
 * how many objects and functions it makes.
 *
 * What a subclass throws in one of its methods fails the step.
 */
export abstract class Step<T> implements Receiver {
  /** Where it runs. */
  protected transport!: Transport;
  readonly #owner: StepOwner;
  #resolve: ((value: T) => void) | null = null;
  #failing: Failing | null = null;

  constructor(owner: StepOwner) {
    this.#owner = owner;
  }

  /** Begins; to be called once. */
  run(transport: Transport): Promise<T> {
    return new Promise((resolve, reject) => this.start(transport, resolve, { fail: reject }));
  }

  /** The same for who has a promise already. */
  start(transport: Transport, resolve: (value: T) => void, failing: Failing): void {
    this.#resolve = resolve;
    this.#failing = failing;
    this.transport = transport;
    transport.receiver = this;
    try {
      this.begin();
    } catch (error) {
      this.fail(error);
    }
  }

  protected get isOver(): boolean {
    return this.#resolve === null;
  }

  protected done(value: T): void {
    this.#resolve?.(value);
    this.#resolve = this.#failing = null;
  }

  protected fail(error: unknown): void {
    this.#failing?.fail(error);
    this.#resolve = this.#failing = null;
  }

  // What a subclass does

  /** What it writes here may be answered at once. */
  protected begin(): void {}

  /** Takes bytes; returns the index of the first one that belongs to the next receiver. */
  protected take(_chunk: Buffer, _start: number, end: number): number {
    return end;
  }

  /** Whether an end of the peer's side says nothing: the socket has an error for it, which comes when it closes. */
  protected get awaitsClose(): boolean {
    return false;
  }

  /** The peer has ended its side, or (`closed`) the socket is gone: the last chance to be done. */
  protected atEnd(_closed: boolean): void {}

  // Receiver

  get target(): null {
    return null;
  }

  filled(): void {}

  read(chunk: Buffer, start: number, end: number): void {
    if (this.isOver) return;
    let rest = end;
    try {
      rest = this.take(chunk, start, end);
    } catch (error) {
      this.fail(error);
    }
    // Frames may follow the head in the same read: they go to whoever receives now.
    if (rest < end && this.transport.receiver !== this) this.transport.receiver.read(chunk, rest, end);
  }

  ended(): void {
    if (!this.awaitsClose) this.#end(false);
  }

  closed(cause: Error | undefined): void {
    this.#end(true, cause);
  }

  #end(closed: boolean, cause?: Error): void {
    if (this.isOver) return;
    try {
      this.atEnd(closed);
      if (!this.isOver) this.fail(this.#owner.lost(cause));
    } catch (error) {
      this.fail(error);
    }
  }
}
