import { BINARY, type MessageOpcode, TEXT } from '../frames/index.js';
import type { Channel } from './channel.js';
import { bytesOf, type Sendable, typeName } from './data.js';
import { optionError } from './errors.js';

/** A message in parts: all of them text, or all of them bytes. */
export type Parts = Iterable<Sendable> | AsyncIterable<Sendable>;

type PartIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** So many bytes may wait to leave before the next part is asked for. */
const AHEAD_BYTES = 65536;
const INTERNAL_ERROR = 1011;

/** Whether it is something that {@link Outbox.add} takes apart. */
export function isParts(data: unknown): data is Parts {
  return typeof data === 'object' && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data);
}

/** Sends messages in parts as fragments (RFC 6455 5.4), and what has to wait for their end, in its order. */
export class Outbox {
  /** Bytes (of a text: UTF-16 units) of messages that wait. */
  bytes = 0;
  readonly #channel: Channel;
  readonly #closedError: () => Error;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  #giveUp: (error: Error) => void = () => {};

  constructor(channel: Channel, closedError: () => Error) {
    this.#channel = channel;
    this.#closedError = closedError;
  }

  /** Whether the next message has to wait. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Sends when it is its turn. Bytes are copied now. */
  add(data: Sendable | Parts): Promise<void> {
    const bytes = bytesOf(data);
    const item = bytes === null ? (data as string | Parts) : Buffer.from(bytes);
    const size = typeof item === 'string' || Buffer.isBuffer(item) ? item.length : 0;
    this.#waiting++;
    this.bytes += size;
    const written = this.#tail
      .then(() => this.#write(item))
      .finally(() => {
        this.#waiting--;
        this.bytes -= size;
      });
    this.#tail = written.catch(() => {});
    const left = written.then(() => this.#channel.left());
    left.catch(() => {});
    return left;
  }

  /** The connection is closing: nobody waits for the next part any more. */
  stop(): void {
    this.#giveUp(this.#closedError());
  }

  #write(item: string | Buffer | Parts): void | Promise<void> {
    this.#checkOpen();
    const { writer } = this.#channel;
    if (typeof item === 'string') writer.text(item);
    else if (Buffer.isBuffer(item)) writer.binary(item);
    else return this.#writeParts(item);
  }

  async #writeParts(parts: Parts): Promise<void> {
    const sender = new PartSender(this.#channel);
    const iterator: PartIterator =
      Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
    try {
      for (;;) {
        this.#checkOpen();
        const { done, value } = await this.#pull(iterator);
        this.#checkOpen();
        if (done) return sender.end();
        sender.send(value);
        if (this.#channel.bufferedBytes >= AHEAD_BYTES) await this.#channel.left();
      }
    } catch (error) {
      // A generator that waits for something returns when that has come.
      (async () => iterator.return?.())().catch(() => {});
      if (sender.hasBegun) this.#channel.startClose(INTERNAL_ERROR, 'the message could not be completed');
      throw error;
    }
  }

  #pull(iterator: PartIterator): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      Promise.resolve(iterator.next()).then(resolve, reject);
    });
  }

  #checkOpen(): void {
    if (!this.#channel.isOpen) throw this.#closedError();
  }
}

/** One message in parts. Empty fragments are left out, the last one aside, which is known to be the last only afterwards. */
class PartSender {
  hasBegun = false;
  readonly #channel: Channel;
  #opcode: MessageOpcode | undefined;
  /** The first half of a surrogate pair whose second half is to come in the next part. */
  #half = '';

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  send(part: unknown): void {
    const bytes = typeof part === 'string' ? this.#encode(part) : bytesOf(part);
    const opcode = typeof part === 'string' ? TEXT : BINARY;
    if (bytes === null) throw optionError(`send: a part is ${typeName(part)}, strings or bytes are allowed`);
    if (opcode !== (this.#opcode ?? opcode)) {
      throw optionError('send: parts of text and parts of bytes are mixed, a message has one kind');
    }
    this.#opcode = opcode;
    if (bytes.length > 0) this.#fragment(opcode, bytes, false);
  }

  end(): void {
    const opcode = this.#opcode;
    if (opcode === undefined) {
      throw optionError("send: no part was given, so the kind of the message is not known; give '' or empty bytes");
    }
    this.#fragment(opcode, Buffer.from(this.#half), true);
  }

  #encode(part: string): Buffer {
    const text = this.#half + part;
    const last = text.charCodeAt(text.length - 1);
    const end = last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    return Buffer.from(text.slice(0, end));
  }

  #fragment(opcode: MessageOpcode, bytes: Uint8Array, fin: boolean): void {
    this.hasBegun = !fin;
    this.#channel.writer.fragment(opcode, bytes, fin);
  }
}
