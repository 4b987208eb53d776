import { randomBytes } from 'node:crypto';
import type { Extension, Response } from '../handshake/index.js';
import { Channel, type ChannelSettings, type Face } from './channel.js';
import type { CloseReport } from './close-report.js';
import { bytesOf, type Sendable, typeName } from './data.js';
import { type Deferred, defer, rejected } from './deferred.js';
import { type Agreed, shownUrl } from './dial.js';
import { ConnectionError, optionError } from './errors.js';
import { Listeners } from './events.js';
import { Inbox, type Message, type WaitLimits } from './inbox.js';
import { type MessageStream, MessageStreams } from './message-stream.js';
import { isParts, Outbox, type Parts } from './outbox.js';
import type { TlsReport } from './secure.js';
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

/** A ping that waits for its pong. */
interface PendingPing extends Deferred<number> {
  readonly payload: Buffer;
  readonly sentAt: number;
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
  /** Resolves when the connection has ended, however it did. It never rejects. */
  readonly closed: Promise<CloseReport>;
  readonly #agreed: Agreed;
  readonly #channel: Channel;
  readonly #inbox: Inbox;
  readonly #closed: Deferred<CloseReport> = defer();
  readonly #onMessage: Listeners<[Message]> = new Listeners();
  readonly #onClose: Listeners<[CloseReport]> = new Listeners();
  readonly #onPing: Listeners<[Buffer]> = new Listeners();
  readonly #onPong: Listeners<[Buffer]> = new Listeners();
  #pings: PendingPing[] = [];
  #drainScheduled = false;
  /** Made when they are first needed. */
  #outbox: Outbox | null = null;
  #streams: MessageStreams | null = null;

  /** Used by `connect()`. */
  constructor(transport: Transport, settings: ChannelSettings, agreed: Agreed) {
    this.#agreed = agreed;
    this.closed = this.#closed.promise;
    this.#channel = new Channel(transport, this.#face(), settings);
    this.#inbox = new Inbox(this.#channel);
  }

  /** The url that was connected to, without userinfo. */
  get url(): string {
    return shownUrl(this.#agreed.url);
  }

  /** The subprotocol that the server chose; `''` if none (RFC 6455 1.9). */
  get protocol(): string {
    return this.#agreed.protocol;
  }

  /** The extensions that were agreed on (RFC 6455 9). */
  get extensions(): readonly Extension[] {
    return this.#agreed.extensions;
  }

  /** The server's response to the opening handshake. */
  get response(): Response {
    return this.#agreed.response;
  }

  /** What was found about the server's certificate; `null` for `ws:`. */
  get tls(): TlsReport | null {
    return this.#agreed.tls;
  }

  /** Open until either side begins to close, closed when the socket is gone. Messages can be sent only while it is open. */
  get state(): 'open' | 'closing' | 'closed' {
    if (this.#channel.isOpen) return 'open';
    return this.#channel.report === undefined ? 'closing' : 'closed';
  }

  /** Bytes of frames that were sent and have not left for the system, those of this tick included. */
  get bufferedAmount(): number {
    return this.#channel.bufferedBytes + (this.#outbox?.bytes ?? 0);
  }

  /** The round trip of the last ping of the option `keepAlive` in milliseconds; `undefined` before the first one's pong. */
  get latencyMs(): number | undefined {
    return this.#channel.latencyMs;
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
   * connection. Rejects with ConnectionError `WS_CLOSED` if the connection is not open, with `WS_OPTION` for data of
   * another type. It may be ignored: what got lost is told by the close report.
   * @example
   * await ws.send(fs.createReadStream('large.bin'));
   */
  send(data: Sendable | Parts): Promise<void> {
    if (!this.#channel.isOpen) return rejected(this.#closedError('send'));
    const bytes = typeof data === 'string' ? null : bytesOf(data);
    if (bytes === null && typeof data !== 'string') return this.#sendParts(data);
    if (this.#outbox?.isBusy) return this.#outbox.add(data);
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
  ping(payload: Sendable = randomBytes(4)): Promise<number> {
    if (!this.#channel.isOpen) return rejected(this.#closedError('ping'));
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : bytesOf(payload);
    if (bytes === null) return rejected(optionError(`ping: ${typeName(payload)} given, a string or bytes are allowed`));
    if (this.#pings.length >= MAX_PENDING_PINGS) {
      return rejected(new ConnectionError('WS_STATE', `ping: ${MAX_PENDING_PINGS} pings wait for a pong already`));
    }
    try {
      this.#channel.writer.ping(bytes);
    } catch (error) {
      return rejected(error);
    }
    const pending = { ...defer<number>(), payload: Buffer.from(bytes), sentAt: performance.now() };
    this.#pings.push(pending);
    return pending.promise;
  }

  /**
   * Waits for the next message.
   *
   * @param options `timeoutMs`: longest wait in milliseconds (default: no limit), after which it rejects with `WS_TIMEOUT`.
   * `signal`: gives the wait up with `WS_ABORTED`. A message that comes after that is not lost.
   * @returns `undefined` when the connection has ended and all that was received before has been read.
   */
  receive(options: WaitLimits = {}): Promise<Message | undefined> {
    if (this.#onMessage.size > 0 || this.#streams?.isAwaited) return rejected(this.#readError('receive'));
    this.#streams?.readWhole();
    return this.#inbox.next(options);
  }

  /**
   * Waits for the next message and gives it as it arrives: for messages that are larger than memory. `maxMessageBytes` and
   * `maxFragments` do not limit it; at most 1 MiB of it waits to be taken, then the socket is paused.
   *
   * Messages that wait in the queue come first, and one that arrives whole is a stream of one part. Call it before a message that is
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
  readStream(options: WaitLimits = {}): Promise<MessageStream | undefined> {
    if (this.#onMessage.size > 0 || this.#inbox.isAwaited) return rejected(this.#readError('readStream'));
    return this.#messageStreams.next(options);
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
    this.#streams?.readWhole();
    this.#streams?.end(this.#closedError('readStream'));
    this.#inbox.discardOverflow();
    return this.closed;
  }

  /** Ends the connection at once: no closing handshake, and what has not left yet is dropped. */
  terminate(): void {
    this.#channel.terminate();
  }

  /** Adds a listener. */
  on<Event extends keyof ConnectionEvents>(event: Event, listener: ConnectionEvents[Event]): this {
    this.#listeners(event).add(listener as (value: unknown) => void);
    if (event === 'message') {
      this.#streams?.readWhole();
      this.#drainLater();
    }
    return this;
  }

  /** Adds a listener that is called once. */
  once<Event extends keyof ConnectionEvents>(event: Event, listener: ConnectionEvents[Event]): this {
    const listeners = this.#listeners(event);
    const onlyOnce = (value: unknown): void => {
      listeners.remove(onlyOnce);
      (listener as (value: unknown) => void)(value);
    };
    return this.on(event, onlyOnce as ConnectionEvents[Event]);
  }

  /** Removes a listener that was added with {@link Connection.on}. */
  off<Event extends keyof ConnectionEvents>(event: Event, listener: ConnectionEvents[Event]): this {
    this.#listeners(event).remove(listener as (value: unknown) => void);
    return this;
  }

  /** Closes the connection and waits for its end, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #listeners(event: keyof ConnectionEvents): Listeners<[unknown]> {
    const all = { message: this.#onMessage, close: this.#onClose, ping: this.#onPing, pong: this.#onPong };
    const listeners = Object.hasOwn(all, event) ? all[event] : undefined;
    if (listeners === undefined) throw optionError(`event '${String(event)}': message, close, ping and pong exist`);
    return listeners as Listeners<[unknown]>;
  }

  /** What the channel calls. */
  #face(): Face {
    return {
      text: (text) => this.#deliver(text),
      binary: (bytes) => this.#deliver(bytes),
      ping: (payload) => this.#onPing.call(payload),
      pong: (payload) => {
        this.#settlePings(payload);
        this.#onPong.call(payload);
      },
      closing: () => this.#outbox?.stop(),
      tooLong: () => this.#messageStreams.tooLong(),
      closed: (report) => this.#end(report),
    };
  }

  #deliver(message: Message): void {
    if (this.#onMessage.size > 0 && this.#inbox.isIdle) this.#onMessage.call(message);
    else {
      this.#streams?.whole();
      this.#inbox.put(message);
    }
  }

  #sendParts(data: unknown): Promise<void> {
    if (!isParts(data)) {
      const message = `send: ${typeName(data)} given, a string, bytes, or an iterable of them are allowed`;
      return rejected(optionError(message));
    }
    this.#outbox ??= new Outbox(this.#channel, () => this.#closedError('send'));
    return this.#outbox.add(data);
  }

  get #messageStreams(): MessageStreams {
    this.#streams ??= new MessageStreams(this.#channel, this.#inbox);
    return this.#streams;
  }

  /** Messages from the time before the first listener go to it, in a tick of their own. */
  #drainLater(): void {
    if (this.#inbox.size === 0 || this.#drainScheduled) return;
    this.#drainScheduled = true;
    process.nextTick(() => {
      this.#drainScheduled = false;
      while (this.#onMessage.size > 0) {
        const message = this.#inbox.take();
        if (message === undefined) return;
        this.#onMessage.call(message);
      }
    });
  }

  #settlePings(payload: Buffer): void {
    const at = this.#pings.findLastIndex((ping) => ping.payload.equals(payload));
    const now = performance.now();
    for (const ping of this.#pings.splice(0, at + 1)) ping.resolve(now - ping.sentAt);
  }

  #end(report: CloseReport): void {
    for (const ping of this.#pings.splice(0)) ping.reject(this.#closedError('ping', report));
    this.#inbox.close();
    this.#outbox?.stop();
    this.#streams?.end(this.#closedError('readStream', report));
    this.#closed.resolve(report);
    this.#onClose.call(report);
  }

  #readError(what: string): ConnectionError {
    const message =
      this.#onMessage.size > 0
        ? "there is a listener for 'message', which gets every message; remove it first"
        : 'another call waits for the next message';
    return new ConnectionError('WS_STATE', `${what}: ${message}`);
  }

  #closedError(what: string, report: CloseReport | undefined = this.#channel.report): ConnectionError {
    const state = report === undefined ? 'closing' : `closed with ${report.code}`;
    const facts = { url: this.url, cause: report?.error };
    return new ConnectionError('WS_CLOSED', `${what}: the connection is ${state}`, facts);
  }
}
