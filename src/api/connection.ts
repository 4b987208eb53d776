import type { Extension, Response } from '../handshake/index.js';
import { Channel, type ChannelSettings } from './channel.js';
import type { CloseReport } from './close-report.js';
import { bytesOf, type Sendable, typeName } from './data.js';
import { rejected } from './deferred.js';
import { closedError, Delivery } from './delivery.js';
import { ConnectionError, optionError } from './errors.js';
import type { Listener } from './events.js';
import type { Message, WaitLimits } from './inbox.js';
import type { MessageStream } from './message-stream.js';
import type { Agreed } from './opening.js';
import { checkWaitLimits } from './options.js';
import { isParts, Outbox, type Parts } from './outbox.js';
import { readableOf, writableOf } from './streams.js';
import type { TlsReport } from './tls-report.js';
import type { Transport } from './transport.js';

/** The listeners of a {@link Connection} by event. */
export interface ConnectionEvents {
  /** A message: text is a string, binary a Buffer. */
  message: (message: Message) => void;
  /** The connection has ended. */
  close: (report: CloseReport) => void;
  /** A ping from the peer; it has been answered. */
  ping: (payload: Buffer) => void;
  /** A pong from the peer. */
  pong: (payload: Buffer) => void;
}

/** More pings than this wait for no pong: a peer that answers none of so many will answer none. */
const MAX_PENDING_PINGS = 64;

/**
 * An open WebSocket connection, made by `connect()`.
 *
 * Messages go to one of two: to the listeners of 'message', or, without any, into a queue of at most 16 messages or
 * 1 MiB, which pauses the socket when it is full and is read by {@link Connection.receive} or `for await`. What has arrived
 * before there is a listener waits in the queue, so nothing is lost between `await connect()` and `on('message')`.
 *
 * @example
 * const ws = await connect('wss://example.org/');
 * await ws.send('hello');
 * for await (const message of ws) console.log(message);
 * console.log((await ws.closed).code);
 */
export class Connection implements AsyncIterable<Message> {
  readonly #url: string;
  readonly #protocol: string;
  readonly #extensions: readonly Extension[];
  readonly #response: Response;
  readonly #tls: TlsReport | null;
  readonly #delivery: Delivery = new Delivery();
  readonly #channel: Channel;
  #readable: ReadableStream<Message> | null = null;
  #writable: WritableStream<Sendable> | null = null;

  /** Used by `connect()`. */
  constructor(transport: Transport, settings: ChannelSettings, agreed: Agreed) {
    // Not the whole: what was agreed on of permessage-deflate is the channel's alone.
    this.#url = agreed.url;
    this.#protocol = agreed.protocol;
    this.#extensions = agreed.extensions;
    this.#response = agreed.response;
    this.#tls = agreed.tls;
    this.#channel = new Channel(transport, this.#delivery, settings, agreed.compression);
    this.#delivery.bind(this.#channel);
  }

  /** Resolves when the connection has ended, however it did. It never rejects. */
  get closed(): Promise<CloseReport> {
    return this.#delivery.closedPromise;
  }

  /** The url that was connected to, without userinfo. */
  get url(): string {
    return this.#url;
  }

  /** The subprotocol that the server chose; `''` if none (RFC 6455 1.9). */
  get protocol(): string {
    return this.#protocol;
  }

  /** The extensions that were agreed on (RFC 6455 9). */
  get extensions(): readonly Extension[] {
    return this.#extensions;
  }

  /** The server's response to the opening handshake. */
  get response(): Response {
    return this.#response;
  }

  /** What was found about the server's certificate; `null` for `ws:`. */
  get tls(): TlsReport | null {
    return this.#tls;
  }

  /** Open until either side begins to close, closed when the socket is gone. Messages can be sent only while it is open. */
  get state(): 'open' | 'closing' | 'closed' {
    if (this.#channel.isOpen) return 'open';
    return this.#channel.report === undefined ? 'closing' : 'closed';
  }

  /** Bytes of frames that were sent and have not left for the system, those of this tick included. */
  get bufferedAmount(): number {
    return this.#channel.bufferedBytes + (this.#delivery.outbox?.bytes ?? 0);
  }

  /** The round trip of the last ping of the option `keepAlive` in milliseconds; `undefined` before the first one's pong. */
  get latencyMs(): number | undefined {
    return this.#channel.latencyMs;
  }

  /**
   * The messages as a Web stream, with backpressure; made when it is first asked for. It ends with the connection, with an error
   * if that was not clean. Canceling it closes the connection with 1000. There must be no listener of 'message' beside it.
   */
  get readable(): ReadableStream<Message> {
    this.#readable ??= readableOf(this);
    return this.#readable;
  }

  /**
   * A Web stream whose chunks are sent, with backpressure; made when it is first asked for. Closing it closes the connection with
   * 1000 behind what was written, aborting it ends the connection at once.
   */
  get writable(): WritableStream<Sendable> {
    this.#writable ??= writableOf(this);
    return this.#writable;
  }

  /**
   * Sends a message: a string as text, bytes as binary. The data is copied before the method returns.
   *
   * All frames of a tick leave in one write at its end.
   *
   * An iterable or async iterable of strings, or of bytes, is sent as one message whose fragments are its parts (RFC 6455 5.4). A part is
   * asked for when the ones before have left, up to 64 KiB. What is sent meanwhile waits and keeps its order; pings, pongs and the
   * close frame go in between. If the iterable throws, or mixes text and bytes, after a part was sent, the message cannot be taken back:
   * the connection is closed with 1011, and the promise rejects with the iterable's error. One without any part is refused.
   *
   * @returns Resolves when the data has left for the system: waiting for it is what slows a sender down to the speed of the
   * connection. Rejects with ConnectionError `WS_CLOSED` if the connection is not open, or ends before the data has left; with
   * `WS_OPTION` for data of another type. It may be ignored: what got lost is told by the close report.
   * @example
   * await ws.send(fs.createReadStream('large.bin'));
   */
  send(data: Sendable | Parts): Promise<void> {
    if (!this.#channel.isOpen) return rejected(closedError('send', this.#channel.report, this.url));
    const bytes = typeof data === 'string' ? null : bytesOf(data);
    if (bytes === null && typeof data !== 'string') return this.#sendParts(data);
    const { outbox } = this.#delivery;
    if (outbox?.isBusy) return outbox.add(data);
    if (typeof data === 'string') this.#channel.writer.text(data);
    else this.#channel.writer.binary(bytes as Uint8Array);
    return this.#channel.left();
  }

  /**
   * Sends a ping (RFC 6455 5.5.2).
   *
   * @param payload At most 125 bytes. Default: 4 random bytes.
   * @returns Resolves with the time until the pong in milliseconds. A pong to a later ping answers the earlier ones, too
   * (5.5.3). Rejects with `WS_CLOSED` if the connection ends first.
   */
  ping(payload: Sendable = pingPayload()): Promise<number> {
    if (!this.#channel.isOpen) return rejected(closedError('ping', this.#channel.report, this.url));
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : bytesOf(payload);
    if (bytes === null) return rejected(optionError(`ping: ${typeName(payload)} given, a string or bytes are allowed`));
    const { pings } = this.#delivery;
    if (pings.size >= MAX_PENDING_PINGS) {
      return rejected(new ConnectionError('WS_STATE', `ping: ${MAX_PENDING_PINGS} pings wait for a pong already`));
    }
    try {
      this.#channel.writer.ping(bytes);
    } catch (error) {
      return rejected(error);
    }
    return pings.add(Buffer.from(bytes));
  }

  /**
   * Waits for the next message.
   *
   * @param options `timeoutMs`: longest wait in milliseconds (default: no limit), after which it rejects with `WS_TIMEOUT`.
   * `signal`: gives the wait up with `WS_ABORTED`. A message that comes after that is not lost. Any other value of the two
   * rejects with `WS_OPTION`.
   * @returns `undefined` when the connection has ended and all that was received before has been read.
   */
  receive(options?: WaitLimits): Promise<Message | undefined> {
    const delivery = this.#delivery;
    if (delivery.hasMessageListener || delivery.isStreamAwaited) return rejected(this.#readError('receive'));
    try {
      const limits = checkWaitLimits(options);
      delivery.readWhole();
      return delivery.inbox.next(limits);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * Waits for the next message and gives it as it arrives: for messages that are larger than memory. `maxMessageBytes` and
   * `maxFragments` do not limit it; at most 1 MiB of it waits to be taken, then the socket is paused.
   *
   * Messages that wait in the queue come first, and one that arrives whole is a stream of one part. So is one that is compressed
   * (`perMessageDeflate`): it is inflated as a whole, and `maxMessageBytes` and `maxFragments` limit it. Call it before a message that is
   * longer than `maxMessageBytes` begins: right after `await connect()` is early enough, and once it was used, such a message
   * waits for the next call of it. As {@link Connection.receive}, it cannot be used while there is a listener of 'message', and not
   * while another call waits; the stream itself may be read while later messages are waited for.
   *
   * @param options As for {@link Connection.receive}; they limit the wait for the beginning of the message.
   * @returns `undefined` when the connection has ended.
   * @example
   * const stream = await ws.readStream();
   * if (stream !== undefined) await pipeline(stream, fs.createWriteStream('large.bin'));
   */
  readStream(options?: WaitLimits): Promise<MessageStream | undefined> {
    const delivery = this.#delivery;
    if (delivery.hasMessageListener || delivery.inbox.isAwaited) return rejected(this.#readError('readStream'));
    try {
      return delivery.streams.next(checkWaitLimits(options));
    } catch (error) {
      return rejected(error);
    }
  }

  /** The messages in their order, until the connection has ended. Leaving the loop early closes the connection with code 1000. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    try {
      for (;;) {
        const message = await this.receive();
        if (message === undefined) return;
        yield message;
      }
    } finally {
      this.close(1000);
    }
  }

  /**
   * Closes the connection (RFC 6455 7.1.2). Without effect if it is closing already. Messages that the peer had sent before
   * are still delivered, but the queue no longer waits for you: what does not fit is dropped.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999. Default 1000.
   * @param reason At most 123 bytes of UTF-8. Default `''`.
   * @returns The same promise as {@link Connection.closed}.
   * @throws ProtocolError `WS_PROTOCOL_ARGUMENT` (as a rejection) for a code or reason that may not be sent.
   */
  close(code = 1000, reason = ''): Promise<CloseReport> {
    try {
      this.#channel.startClose(code, reason);
    } catch (error) {
      return rejected(error);
    }
    this.#delivery.endStreams(this.url);
    this.#delivery.discardOverflow();
    return this.closed;
  }

  /** Ends the connection at once: no closing handshake, and what has not left yet is dropped. */
  terminate(): void {
    this.#channel.terminate();
  }

  /** Adds a listener. */
  on<Event extends keyof ConnectionEvents>(event: Event, listener: ConnectionEvents[Event]): this {
    this.#delivery.addListener(checkEvent(event), listener as Listener<unknown>);
    if (event === 'message') {
      this.#delivery.readWhole();
      this.#delivery.drainLater();
    }
    return this;
  }

  /** Adds a listener that is called once. */
  once<Event extends keyof ConnectionEvents>(event: Event, listener: ConnectionEvents[Event]): this {
    const onlyOnce: Listener<unknown> = (value) => {
      this.#delivery.removeListener(event, onlyOnce);
      (listener as Listener<unknown>)(value);
    };
    return this.on(event, onlyOnce as ConnectionEvents[Event]);
  }

  /** Removes a listener that was added with {@link Connection.on}. */
  off<Event extends keyof ConnectionEvents>(event: Event, listener: ConnectionEvents[Event]): this {
    this.#delivery.removeListener(checkEvent(event), listener as Listener<unknown>);
    return this;
  }

  /** Closes the connection and waits for its end, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #sendParts(data: unknown): Promise<void> {
    if (!isParts(data)) {
      const message = `send: ${typeName(data)} given, a string, bytes, or an iterable of them are allowed`;
      return rejected(optionError(message));
    }
    this.#delivery.outbox ??= new Outbox(this.#channel, () => closedError('send', this.#channel.report, this.url));
    return this.#delivery.outbox.add(data);
  }

  #readError(what: string): ConnectionError {
    const message = this.#delivery.hasMessageListener
      ? "there is a listener for 'message', which gets every message; remove it first"
      : 'another call waits for the next message';
    return new ConnectionError('WS_STATE', `${what}: ${message}`);
  }
}

const pingPayload = (): Buffer => process.getBuiltinModule('node:crypto').randomBytes(4);

const EVENTS: readonly (keyof ConnectionEvents)[] = ['message', 'close', 'ping', 'pong'];

function checkEvent(event: keyof ConnectionEvents): keyof ConnectionEvents {
  if (EVENTS.includes(event)) return event;
  throw optionError(`event '${String(event)}' does not exist; there are ${EVENTS.join(', ')}`);
}
