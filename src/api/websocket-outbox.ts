import type { Channel } from './channel.js';
import { ConnectionError } from './errors.js';

/** What is sent: a text, bytes that nobody else changes before the method returns, or a Blob. */
export type Outgoing = string | Uint8Array | Blob;

/** The bytes that were handed to the system together. */
interface Batch {
  bytes: number;
}

/**
 * What a `WebSocket` sends: counts bufferedAmount as the standard has it, and keeps the order although a Blob has to be read
 * first.
 */
export class WebSocketOutbox {
  /** "Bytes of application data that have been queued using send() but not yet been transmitted": no framing, never reset. */
  bufferedAmount = 0;
  readonly #channel: Channel;
  #batch: Batch | null = null;
  #batchLeft: Promise<void> | null = null;
  /** What waits for a Blob before it; `null` if none is being read. */
  #queue: Outgoing[] | null = null;
  #close: (() => void) | null = null;

  /** What it adds to bufferedAmount. */
  static sizeOf(data: Outgoing): number {
    if (typeof data === 'string') return Buffer.byteLength(data);
    return data instanceof Blob ? data.size : data.length;
  }

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Sends a message; one that can no longer be sent only counts. */
  send(data: Outgoing): void {
    const size = WebSocketOutbox.sizeOf(data);
    this.bufferedAmount += size;
    if (!this.#channel.isOpen || this.#close !== null) return;
    if (this.#queue !== null) {
      this.#queue.push(typeof data === 'object' && !(data instanceof Blob) ? Buffer.from(data) : data);
    } else if (typeof data === 'object' && data instanceof Blob) {
      this.#queue = [data];
      this.#sendQueue(this.#queue);
    } else {
      this.#write(data, size);
    }
  }

  /** Starts the closing handshake behind what was sent before. */
  close(code: number | undefined, reason: string): void {
    const close = (): void => this.#channel.startClose(code, reason);
    if (this.#queue === null) close();
    else this.#close = close;
  }

  #write(data: string | Uint8Array, size: number): void {
    const { writer } = this.#channel;
    if (typeof data === 'string') writer.text(data);
    else writer.binary(data);
    this.#count(size);
  }

  /**
   * Takes the bytes off again when they have left for the system, and not before the next task: "as of the last time the event
   * loop reached step 1".
   */
  #count(size: number): void {
    const left = this.#channel.left();
    if (left === this.#batchLeft && this.#batch !== null) {
      this.#batch.bytes += size;
      return;
    }
    const batch = { bytes: size };
    this.#batch = batch;
    this.#batchLeft = left;
    const settle = (): void => {
      this.bufferedAmount -= batch.bytes;
      if (this.#batch === batch) this.#batch = this.#batchLeft = null;
    };
    left.then(
      () => setImmediate(settle),
      () => {},
    );
  }

  async #sendQueue(queue: Outgoing[]): Promise<void> {
    try {
      for (let data = queue.shift(); data !== undefined && this.#channel.isOpen; data = queue.shift()) {
        const size = WebSocketOutbox.sizeOf(data);
        const ready = data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data;
        if (this.#channel.isOpen) this.#write(ready, size);
      }
    } catch (cause) {
      // A Blob of a file that has changed since.
      this.#channel.terminate(
        new ConnectionError('WS_STATE', 'send: the Blob cannot be read', { phase: 'open', cause }),
      );
    }
    this.#queue = null;
    this.#close?.();
  }
}
