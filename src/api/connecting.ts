import type { Socket } from 'node:net';
import type { Attempt } from './attempt.js';
import { Step } from './step.js';

/** A step that first waits for its socket to connect, if it has to. */
export abstract class Connecting<T> extends Step<T> {
  protected readonly attempt: Attempt;
  #socket: Socket | null = null;
  #onLookup: ((error: Error | null) => void) | undefined;

  constructor(attempt: Attempt) {
    super(attempt);
    this.attempt = attempt;
  }

  /** The socket to wait for. */
  awaits(socket: Socket): this {
    this.#socket = socket;
    return this;
  }

  /** The socket is connected. */
  protected abstract proceed(): void;

  protected override begin(): void {
    const socket = this.#socket;
    if (socket === null) return this.proceed();
    if (socket.destroyed) throw this.attempt.failed(socket.errored ?? new Error('the socket is destroyed'));
    if (!socket.connecting) return this.connected();
    if (this.attempt.phase !== 'dns') return;
    this.#onLookup = (error) => {
      if (error === null) this.attempt.phase = 'tcp';
    };
    socket.once('lookup', this.#onLookup);
  }

  connected(): void {
    const socket = this.#socket;
    if (socket === null || this.isOver) return;
    // The socket lives on with the connection; what is left on it would keep the attempt in memory.
    if (this.#onLookup !== undefined) socket.off('lookup', this.#onLookup);
    const { attempt } = this;
    attempt.address = attempt.literal ?? addressOf(socket) ?? attempt.address;
    try {
      this.proceed();
    } catch (error) {
      this.fail(error);
    }
  }
}

/** `undefined` for a stream that is no socket and for a connection that is gone already. */
function addressOf({ remoteAddress, remotePort }: Partial<Socket>): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
