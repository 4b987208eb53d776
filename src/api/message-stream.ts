import { type MessageOpcode, type PieceSink, TEXT } from '../frames/index.js';
import type { Channel } from './channel.js';
import { Inbox, type InboxFlow, type Message, type WaitLimits } from './inbox.js';

/**
 * A message as it arrives, from `connection.readStream()`: the parts of a text are strings in which no character is cut, those of a
 * binary message are Buffers.
 *
 * At most 16 parts or 1 MiB wait to be taken; then the socket is paused. The iteration throws ConnectionError if the connection
 * ends before the message does. Leaving it early drops the rest of the message.
 */
export interface MessageStream extends AsyncIterable<Message> {
  readonly type: 'text' | 'binary';
}

/** A {@link MessageStream} with its other end. */
class IncomingStream implements MessageStream {
  readonly type: 'text' | 'binary';
  readonly #inbox: Inbox;
  #error: Error | undefined;
  #dropped = false;

  constructor(type: 'text' | 'binary', flow: InboxFlow) {
    this.type = type;
    this.#inbox = new Inbox(flow);
  }

  put(part: Message): void {
    if (!this.#dropped) this.#inbox.put(part);
  }

  end(error?: Error): void {
    this.#error ??= error;
    this.#inbox.close();
    if (error === undefined) return;
    this.#dropped = true;
    this.#inbox.discardOverflow();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    try {
      for (;;) {
        const part = await this.#inbox.next({});
        if (part !== undefined) yield part;
        else if (this.#error === undefined) return;
        else throw this.#error;
      }
    } finally {
      this.#dropped = true;
      while (this.#inbox.take() !== undefined);
    }
  }
}

/** Makes streams of the messages of a connection: of one that does not arrive whole as it arrives, of others at once. */
export class MessageStreams implements PieceSink {
  readonly #channel: Channel;
  readonly #inbox: Inbox;
  /** Whether the next message is to become a stream. */
  #isAwaited = false;
  /** The stream whose message has not ended. */
  #current: IncomingStream | null = null;
  /** A stream that has begun and was not given to its taker. */
  #begun: IncomingStream | undefined;
  /** How the user read last: it decides what becomes of a message that is too long for a whole one. */
  #reading: 'messages' | 'streams' | null = null;
  #isHeld = false;

  constructor(channel: Channel, inbox: Inbox) {
    this.#channel = channel;
    this.#inbox = inbox;
  }

  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Waits for the next message; `undefined` once the connection has ended. */
  async next(limits: WaitLimits): Promise<MessageStream | undefined> {
    const waits = this.#inbox.size === 0 && !limits.signal?.aborted;
    this.#await(waits);
    this.#read('streams');
    const message = await this.#inbox.next(limits, () => this.#await(false));
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun !== undefined || message === undefined) return begun;
    const stream = new IncomingStream(typeof message === 'string' ? 'text' : 'binary', this.#channel);
    if (message.length > 0) stream.put(message);
    stream.end();
    return stream;
  }

  /** From now on whole messages are read. */
  readWhole(): void {
    this.#read('messages');
  }

  /**
   * Whether to hold a message that is too long until it is known whether it is wanted as a stream: until the next read if streams were
   * read before, else, on a new connection, until what stands behind `await connect()` has run.
   */
  tooLong(): boolean {
    if (this.#reading === 'messages' || !this.#channel.isOpen) return false;
    if (this.#reading === null) setImmediate(() => this.#reading ?? this.#read('messages'));
    this.#isHeld = true;
    return true;
  }

  /** A message came whole. */
  whole(): void {
    this.#await(false);
  }

  /** Nothing of the message under way will come any more. */
  end(error: Error): void {
    this.#current?.end(error);
  }

  piece(opcode: MessageOpcode, part: Message): void {
    (this.#current ?? this.#begin(opcode)).put(part);
  }

  lastPiece(opcode: MessageOpcode): void {
    (this.#current ?? this.#begin(opcode)).end();
    this.#current = null;
    this.#await(this.#isAwaited);
  }

  #read(as: 'messages' | 'streams'): void {
    this.#reading = as;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#channel.resume();
  }

  #await(isAwaited: boolean): void {
    this.#isAwaited = isAwaited;
    this.#channel.pieces = isAwaited || this.#current !== null ? this : null;
  }

  #begin(opcode: MessageOpcode): IncomingStream {
    const stream = new IncomingStream(opcode === TEXT ? 'text' : 'binary', this.#channel);
    this.#current = this.#begun = stream;
    this.#await(false);
    // Whoever waits for a message is woken, and finds the stream.
    this.#inbox.put('');
    return stream;
  }
}
