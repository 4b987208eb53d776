import type { ReadableStreamDefaultController, WritableStreamDefaultController } from 'node:stream/web';
import { isArrayBuffer, isSharedArrayBuffer } from 'node:util/types';
import { formatExtensions } from '../handshake/index.js';
import { Channel } from './channel.js';
import type { CloseReport } from './close-report.js';
import { bytesOf, ownBuffer } from './data.js';
import { type Deferred, defer } from './deferred.js';
import type { WebSocketError as OpenError } from './errors.js';
import { checkDictionary, checkSubprotocols, establish } from './establish.js';
import type { Agreed } from './opening.js';
import type { ConnectOptions, Settings } from './options.js';
import type { Transport } from './transport.js';
import { requireArguments, shapeInterface, toDictionary, toScalarText, toText } from './webidl.js';
import { brokenConnection, readCloseInfo, type WebSocketCloseInfo, WebSocketError } from './websocket-error.js';
import { urlRecordOf } from './websocket-url.js';

/** Options of {@link WebSocketStream}: those of `connect()`, where `protocols` is a list and `signal` ends with the handshake. */
export type WebSocketStreamOptions = Omit<ConnectOptions, 'protocols'> & {
  /** Subprotocols to offer, the preferred one first. Default: none. */
  readonly protocols?: Iterable<string>;
};

/** What {@link WebSocketStream.opened} resolves with. */
export interface WebSocketOpenInfo {
  /** The messages: text is a string, binary a Uint8Array. One waits in the stream, the next ones with the peer. */
  readonly readable: ReadableStream<string | Uint8Array>;
  /** Takes messages: a BufferSource is binary, anything else text. A write is done when its data has left for the system. */
  readonly writable: WritableStream<unknown>;
  /** What the server has chosen; `''` if nothing. */
  readonly extensions: string;
  /** What the server has chosen; `''` if none. */
  readonly protocol: string;
}

/**
 * The WebSocket with streams and backpressure both ways, as proposed for the platform (whatwg/websockets pull request 48,
 * Web Platform Tests websockets/stream/tentative).
 *
 * The peer's close frame waits behind the messages that nobody has read, except after {@link WebSocketStream.close}, which drops
 * them.
 *
 * @example
 * const stream = new WebSocketStream('wss://example.org/');
 * const { readable, writable } = await stream.opened;
 * await writable.getWriter().write('hello');
 * for await (const message of readable) console.log(message);
 * console.log((await stream.closed).closeCode);
 */
export class WebSocketStream {
  readonly #url: string;
  readonly #opened: Deferred<WebSocketOpenInfo> = defer();
  readonly #closed: Deferred<Required<WebSocketCloseInfo>> = defer();
  readonly #giveUp: (reason: unknown) => void;
  #channel: Channel | null = null;
  /** Messages can be received and sent. */
  #isOpen = false;
  /** The closing handshake was begun by the peer, or failed. */
  #isClosing = false;
  /** There is data that was written and never sent: that is not clean, whatever the closing handshake was like. */
  #isCut = false;
  #source: ReadableStreamDefaultController | null = null;
  /** `null` once the user has closed or aborted it: then nothing needs to be told to it any more. */
  #sink: WritableStreamDefaultController | null = null;
  #writing: Deferred<void> | null = null;

  /**
   * @param url As for `WebSocket`.
   * @throws DOMException SyntaxError for the url and the subprotocols. TypeError for options that do not exist or make no sense;
   * its `cause` is the ConnectionError `WS_OPTION`.
   */
  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 1, 'WebSocketStream');
    const text = toScalarText(url);
    const bag: WebSocketStreamOptions = toDictionary(options, 'options');
    const offered = toSequence(bag.protocols ?? []);
    // 1 to 4. The url and the subprotocols, as for WebSocket.
    const record = urlRecordOf(text);
    checkSubprotocols(offered);
    const settings = checkDictionary({ ...bag, protocols: offered });
    this.#url = record.href;
    // 5, 6. Establish the connection, unless it is aborted first.
    this.#giveUp = establish(
      record,
      settings,
      (transport, agreed) => this.#onEstablished(transport, { ...settings, signal: undefined }, agreed),
      (error) => this.#onFailed(error, settings),
    );
  }

  /** The url, as it was parsed. */
  get url(): string {
    return this.#url;
  }

  /**
   * Resolves when the connection is established. Rejects with a WebSocketError if it could not be, whose `cause` is the error of
   * this package, or with the reason of the signal.
   */
  get opened(): Promise<WebSocketOpenInfo> {
    return this.#opened.promise;
  }

  /** Resolves when the connection is closed cleanly, with the peer's close code and reason; rejects with a WebSocketError else. */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return this.#closed.promise;
  }

  /**
   * Starts the closing handshake behind what was written, or gives up an attempt to connect.
   *
   * @throws DOMException InvalidAccessError for a code that may not be sent, SyntaxError for a reason that is too long. TypeError
   * for what is no object.
   */
  close(closeInfo: WebSocketCloseInfo = {}): void {
    this.#close(...readCloseInfo(closeInfo));
  }

  #close(code: number | null, reason: string): void {
    if (this.#channel === null) {
      return this.#giveUp(new DOMException('close() was called before it was open', 'AbortError'));
    }
    this.#isOpen = false;
    this.#channel.startClose(code ?? undefined, reason);
    // What is still to be read is dropped, and the peer's close frame must come through.
    this.#channel.resume();
  }

  /** Aborts the writable or cancels the readable side: a WebSocketError says what to send. */
  #closeUsing(cause: unknown): void {
    if (cause instanceof WebSocketError) this.#close(cause.closeCode, cause.reason);
    else this.#close(null, '');
  }

  #onEstablished(transport: Transport, settings: Settings, agreed: Agreed): void {
    const channel = new Channel(
      transport,
      {
        text: (text) => this.#onMessage(text),
        binary: (bytes) => this.#onMessage(new Uint8Array(ownBuffer(bytes))),
        ping: () => {},
        pong: () => {},
        closing: () => this.#onClosing(),
        closed: (report) => this.#onClosed(report),
      },
      settings,
      agreed.compression,
    );
    this.#channel = channel;
    this.#isOpen = true;
    // Who waits for `opened` comes first.
    channel.hold();
    let read = (): void => {
      read = () => channel.resume();
      setImmediate(read);
    };
    this.#opened.resolve({
      readable: this.#makeReadable(() => read()),
      writable: this.#makeWritable(),
      extensions: formatExtensions(agreed.extensions),
      protocol: agreed.protocol,
    });
  }

  #makeReadable(pull: () => void): ReadableStream<string | Uint8Array> {
    return new ReadableStream({
      start: (controller) => {
        this.#source = controller as ReadableStreamDefaultController;
      },
      pull,
      cancel: (reason) => {
        this.#source = null;
        this.#closeUsing(reason);
      },
    });
  }

  #makeWritable(): WritableStream<unknown> {
    return new WritableStream({
      start: (controller) => {
        this.#sink = controller as WritableStreamDefaultController;
      },
      write: (chunk) => this.#write(chunk),
      close: async () => {
        this.#sink = null;
        this.#close(null, '');
        // It is closed when the peer has answered.
        await this.#closed.promise;
      },
      abort: (reason) => {
        this.#sink = null;
        this.#closeUsing(reason);
      },
    });
  }

  #onMessage(message: string | Uint8Array): void {
    if (!this.#isOpen || this.#source === null) return;
    this.#source.enqueue(message);
    if ((this.#source.desiredSize ?? 0) <= 0) this.#channel?.pause();
  }

  #write(chunk: unknown): Promise<void> {
    const channel = this.#channel as Channel;
    const data = toChunk(chunk);
    if (!this.#isOpen) {
      this.#isCut ||= this.#isClosing;
      throw closedAlready();
    }
    if (typeof data === 'string') channel.writer.text(data);
    else channel.writer.binary(data);
    const writing = defer<void>();
    this.#writing = writing;
    channel.left().then(
      () => {
        if (this.#isCut) return;
        this.#writing = null;
        writing.resolve();
      },
      () => writing.reject(closedAlready()),
    );
    return writing.promise;
  }

  /** A write that is under way when the peer closes will not be read by anybody. */
  #onClosing(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#isClosing = true;
    this.#isCut = this.#writing !== null;
  }

  #onFailed(error: OpenError, { signal }: Settings): void {
    const reason = signal?.aborted ? signal.reason : brokenConnection(error.message, null, '', error);
    this.#opened.reject(reason);
    this.#closed.reject(reason);
  }

  #onClosed({ clean, code, reason, error }: CloseReport): void {
    this.#isOpen = false;
    if (clean && !this.#isCut) {
      this.#source?.close();
      this.#sink?.error(closedAlready());
      return this.#closed.resolve({ closeCode: code, reason });
    }
    const message = error?.message ?? 'the peer closed the connection before all data had been sent';
    const broken = brokenConnection(message, code, reason, error);
    this.#source?.error(broken);
    // A write that is cut off has its own error, and the stream has the same.
    const cut = this.#writing === null ? broken : closedAlready();
    this.#writing?.reject(cut);
    this.#sink?.error(cut);
    this.#closed.reject(broken);
  }
}

shapeInterface(WebSocketStream, 'WebSocketStream');

const closedAlready = (): DOMException => new DOMException('the connection is closing or closed', 'InvalidStateError');

function toSequence(value: unknown): string[] {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) {
    return Array.from(value as Iterable<unknown>, toScalarText);
  }
  throw new TypeError('protocols: a list of strings is allowed');
}

/** @throws TypeError for memory that can be shared or resized: Web IDL has BufferSource without them. */
function toChunk(chunk: unknown): string | Uint8Array {
  const bytes = bytesOf(chunk);
  if (bytes === null) return toText(chunk);
  const { buffer } = ArrayBuffer.isView(chunk) ? chunk : { buffer: chunk };
  if (isSharedArrayBuffer(buffer) || (isArrayBuffer(buffer) && (buffer as { resizable?: boolean }).resizable)) {
    throw new TypeError('write: memory that is shared or resizable is not allowed');
  }
  return bytes;
}
