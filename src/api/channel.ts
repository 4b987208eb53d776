import type { DeflatingWriter } from '../frames/deflate-index.js';
import {
  encodeClosePayload,
  GOING_AWAY,
  MAX_REASON_BYTES,
  NO_STATUS_RECEIVED,
  type PieceSink,
  type ProtocolError,
  Reader,
  type ReaderOptions,
  type Sink,
  Writer,
} from '../frames/index.js';
import { type CloseReport, describeClose } from './close-report.js';
import type { Codec } from './compression.js';
import { defer } from './deferred.js';
import type { Diagnostics } from './diagnostics.js';
import { Ending } from './ending.js';
import { ConnectionError, notLeft, type WebSocketError } from './errors.js';
import { callListener } from './events.js';
import type { Face } from './face.js';
import { Life, type LifeSettings, type Living } from './life.js';
import type { Receiver } from './receiver.js';
import type { Transport } from './transport.js';

/** Settings of a {@link Channel}, all of them checked. */
export interface ChannelSettings extends LifeSettings {
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
  readonly closeTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * An open connection: the machine behind every face of this package. It reads and writes frames, answers pings and does the
 * closing handshake (RFC 6455 5.5, 7).
 *
 * Its states are told by who closed: open until a close frame is sent or received or the connection fails, then closing, and
 * closed when the socket is gone. Whichever happens first is who ended it.
 */
export class Channel implements Receiver, Sink, Living {
  readonly #transport: Transport;
  readonly #face: Face;
  // Made when they are first needed: an idle connection has neither.
  #reader: Reader | null = null;
  #writer: Writer | null = null;
  /** The writer, if it compresses. */
  #deflating: DeflatingWriter | null = null;
  readonly #compression: Codec | null;
  // Not the settings as a whole: what the dial alone has needed of them goes.
  readonly #maxMessageBytes: number;
  readonly #maxFragments: number;
  readonly #closeTimeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  /** What waits for a message that is inflated off the loop. */
  #afterHold: (() => void)[] | null = null;
  /** `null` while the connection is open. */
  #ending: Ending | null = null;
  /** Whether the socket is closed. */
  #gone = false;
  /** The newest ping that could not be answered because the peer does not read. */
  #pendingPong: Buffer | null = null;
  /** Only if an option asks for it. */
  #life: Life | null = null;
  /** Bytes that the transport has brought. */
  receivedBytes = 0;
  /** Those of them that were pings and pongs. */
  #controlBytes = 0;
  /** Whether nothing can come any more. */
  #hasEnded = false;
  #onAbort: (() => void) | undefined;

  /** @param compression What was agreed on of permessage-deflate; `null` if it was not. */
  constructor(transport: Transport, face: Face, settings: ChannelSettings, compression: Codec | null) {
    this.#transport = transport;
    this.#face = face;
    this.#compression = compression;
    this.#maxMessageBytes = settings.maxMessageBytes;
    this.#maxFragments = settings.maxFragments;
    this.#closeTimeoutMs = settings.closeTimeoutMs;
    this.#signal = settings.signal;
    const { diagnostics } = transport;
    transport.receiver = diagnostics === null ? this : this.#watchedBy(diagnostics);
    if (this.#signal !== undefined) this.#obey(this.#signal);
    const { keepAlive, idleTimeoutMs = Number.POSITIVE_INFINITY } = settings;
    if (keepAlive !== undefined || idleTimeoutMs < Number.POSITIVE_INFINITY) this.#life = new Life(this, settings);
  }

  /** What frames are sent with. */
  get writer(): Writer {
    this.#writer ??= this.#makeWriter();
    return this.#writer;
  }

  #makeWriter(): Writer {
    const transport = this.#transport;
    const output = transport.diagnostics?.watchOutput(transport) ?? transport;
    this.#deflating = this.#compression?.writer(output) ?? null;
    transport.writer = this.#deflating ?? new Writer(output);
    return transport.writer;
  }

  get #frames(): Reader {
    this.#reader ??= new Reader(this, this.#readerOptions());
    return this.#reader;
  }

  #readerOptions(): ReaderOptions {
    const limits = { maxMessageBytes: this.#maxMessageBytes, maxFragments: this.#maxFragments };
    const compression = this.#compression;
    if (compression === null) return limits;
    return { ...limits, inflater: compression.inflater(), hold: (held) => this.#onHold(held) };
  }

  // Closures are made apart: in the constructor they would cost memory for each connection, also for the many that need none.

  #watchedBy(diagnostics: Diagnostics): Receiver {
    return diagnostics.watchReceiver(this, () => this.#ending?.isExplained === true);
  }

  #obey(signal: AbortSignal): void {
    this.#onAbort = () => this.#abort();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Whether messages may be sent. */
  get isOpen(): boolean {
    return this.#ending === null;
  }

  /** How it ended; `undefined` before. */
  get report(): CloseReport | undefined {
    return this.#ending?.report;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** Resolves when all that was sent so far has left for the system. */
  left(): Promise<void> {
    if (this.#deflating === null || !this.#deflating.waits) return this.#transport.left();
    const { promise, resolve, reject } = defer<void>();
    this.#deflating.whenSent((sent) => {
      if (sent) this.#transport.left().then(resolve, reject);
      else reject(notLeft());
    });
    return promise;
  }

  /** Stops reading: the peer is slowed down by TCP's flow control. */
  pause(): void {
    this.#frames.pause();
    this.#transport.pause();
  }

  /** Delivers nothing until {@link Channel.resume}, which must follow within this turn of the event loop: reading goes on. */
  hold(): void {
    this.#frames.pause();
  }

  resume(): void {
    this.#reader?.resume();
    this.#readOn();
  }

  #readOn(): void {
    if (!this.paused) this.#transport.resume();
  }

  /** A large message is inflated off the loop: the peer, and what is known of the socket's end, have to wait meanwhile. */
  #onHold(held: boolean): void {
    if (held) return this.#transport.pause();
    this.#readOn();
    for (const step of this.#afterHold?.splice(0) ?? []) step();
  }

  #whenReleased(step: () => void): void {
    this.#afterHold ??= [];
    this.#afterHold.push(step);
  }

  /**
   * Begins the closing handshake (RFC 6455 7.1.2); without effect if it has begun.
   *
   * @throws ProtocolError `WS_PROTOCOL_ARGUMENT` for a code or reason that may not be sent.
   */
  startClose(code?: number, reason = ''): void {
    encodeClosePayload(code, reason);
    if (!this.isOpen) return;
    this.#sendClose(this.#begin('us'), code, reason);
    this.#face.closing();
  }

  /** Ends the connection at once, without a closing handshake. */
  terminate(error?: WebSocketError): void {
    this.#begin('us').error ??= error;
    this.#frames.stop();
    this.#transport.destroy();
  }

  /** Who gets the next message if it does not arrive whole: see {@link Reader.pieces}. */
  set pieces(pieces: PieceSink | null) {
    this.#frames.pieces = pieces;
  }

  // Receiver: bytes from the transport

  read(chunk: Buffer, start: number, end: number): void {
    this.receivedBytes += end - start;
    this.#frames.read(chunk, start, end);
  }

  get target(): Buffer | null {
    return this.#reader === null ? null : this.#reader.target;
  }

  filled(count: number): void {
    this.receivedBytes += count;
    this.#frames.filled(count);
  }

  ended(): void {
    this.#readRest();
    if (this.#reader?.held) return this.#whenReleased(() => this.ended());
    if (this.#ending?.isExplained) return;
    const error = new ConnectionError('WS_TRANSPORT', 'the peer ended the TCP connection without a close frame', {
      phase: this.#phase,
    });
    const ending = this.#begin('transport');
    ending.error = error;
    // What we have not sent yet may still leave, but not for ever: the peer may have stopped reading.
    this.#limit(ending);
  }

  closed(cause: Error | undefined): void {
    const wasOpen = this.isOpen;
    this.#begin('transport');
    this.#gone = true;
    this.#finish(cause, wasOpen);
  }

  #finish(cause: Error | undefined, wasOpen: boolean): void {
    this.#readRest();
    if (this.#reader?.held) return this.#whenReleased(() => this.#finish(cause, wasOpen));
    const ending = this.#begin('transport');
    if (!ending.isClean && (cause !== undefined || wasOpen)) ending.error ??= lost(cause, wasOpen);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#frames.stop();
    const report = ending.finish();
    this.#tell(report);
    this.#face.closed(report);
  }

  // Sink: messages from the reader

  text(text: string): void {
    const { direct } = this.#face;
    if (direct) callListener(direct, text);
    else this.#face.text(text);
  }

  binary(bytes: Buffer): void {
    const { direct } = this.#face;
    if (direct) callListener(direct, bytes);
    else this.#face.binary(bytes);
  }

  ping(payload: Buffer): void {
    this.#controlBytes += 2 + payload.length;
    this.#answer(payload);
    this.#face.ping(payload);
  }

  pong(payload: Buffer): void {
    this.#controlBytes += 2 + payload.length;
    this.#life?.pong(payload);
    this.#face.pong(payload);
  }

  tooLong(): boolean {
    // Nothing could end the wait after the peer's end: what was held is decided then.
    if (this.#hasEnded || this.#face.tooLong?.() !== true) return false;
    this.#transport.pause();
    return true;
  }

  /** The peer's close frame: "the endpoint MUST send a Close frame in response" (RFC 6455 5.5.1), echoing the code. */
  close(code: number, reason: string): void {
    const wasOpen = this.isOpen;
    const ending = this.#beginByFrame('peer');
    ending.received = { code, reason };
    this.#sendClose(ending, code === NO_STATUS_RECEIVED ? undefined : code, reason);
    if (wasOpen) this.#face.closing();
  }

  /** The peer broke a rule: _Fail the WebSocket Connection_ (RFC 6455 7.1.7). */
  failed(error: ProtocolError): void {
    const wasOpen = this.isOpen;
    const ending = this.#beginByFrame('us');
    ending.error = error;
    this.#deflating?.dropWaiting();
    this.#sendClose(ending, error.closeCode, reasonOf(error));
    // A server would wait for our close frame's answer; after a broken rule nobody reads it.
    this.#transport.end();
    if (wasOpen) this.#face.closing();
  }

  // What the life of the connection is told by

  /** The last round trip of a keep-alive ping in milliseconds. */
  get latencyMs(): number | undefined {
    return this.#life?.latencyMs;
  }

  /** Bytes of messages, in and out, and those that wait: counted by the read and the write, so that a message costs nothing. */
  get activity(): string {
    const received = this.receivedBytes - this.#controlBytes;
    const { writer } = this;
    const sent = this.#transport.writtenBytes + writer.pendingBytes - writer.controlBytes;
    return [received, sent, this.bufferedBytes].join();
  }

  get paused(): boolean {
    return this.#reader !== null && (this.#reader.paused || this.#reader.held);
  }

  sendPing(payload: Buffer): void {
    this.writer.ping(payload);
  }

  died(error: ConnectionError): void {
    this.terminate(error);
  }

  idle(reason: string): void {
    this.startClose(GOING_AWAY, reason);
  }

  #tell(report: CloseReport): void {
    const { diagnostics } = this.#transport;
    diagnostics?.closed(report);
    diagnostics?.log(`closed by ${report.by}: ${describeClose(report)}`);
  }

  // The closing handshake

  #begin(by: CloseReport['by']): Ending {
    this.#life?.end();
    this.#ending ??= new Ending(by);
    return this.#ending;
  }

  #beginByFrame(by: 'us' | 'peer'): Ending {
    const ending = this.#begin(by);
    ending.byFrame(by);
    return ending;
  }

  /** The end has come while the reader was paused: what it keeps, about one read, is delivered now, as nothing can follow. */
  #readRest(): void {
    this.#hasEnded = true;
    while (this.#reader?.paused) this.#reader.resume();
  }

  get #phase(): 'open' | 'closing' {
    return this.isOpen ? 'open' : 'closing';
  }

  /**
   * Sends our close frame, once, and waits for the peer to answer and to end the TCP connection, as the server should (RFC 6455
   * 7.1.1), but not for ever.
   */
  #sendClose(ending: Ending, code: number | undefined, reason: string): void {
    if (this.#gone || ending.sent !== undefined) return;
    ending.sent = { code: code ?? NO_STATUS_RECEIVED, reason };
    this.#pendingPong = null;
    this.writer.close(code, reason);
    this.#limit(ending);
  }

  #limit(ending: Ending): void {
    ending.limit(this.#closeTimeoutMs, Channel.#closingIsDue, this);
  }

  static readonly #closingIsDue = (channel: Channel): void => channel.#closeTimedOut();

  #closeTimedOut(): void {
    const ending = this.#begin('transport');
    if (!ending.isClean) {
      const message = `no close frame from the peer within closeTimeoutMs (${this.#closeTimeoutMs} ms)`;
      ending.error ??= new ConnectionError('WS_TIMEOUT', message, { phase: 'closing' });
    }
    this.#transport.destroy();
  }

  #abort(): void {
    const cause = this.#signal?.reason;
    const phase = this.#phase;
    this.terminate(new ConnectionError('WS_ABORTED', 'the connection was aborted by its signal', { phase, cause }));
  }

  /**
   * Answers a ping. While the peer does not read, only the newest ping is kept to be answered (RFC 6455 5.5.3 allows it): a peer
   * that sends pings and never reads must not fill our memory.
   */
  #answer(payload: Buffer): void {
    if (this.#ending?.sent !== undefined || this.#gone) return;
    if (!this.#transport.blocked) return this.writer.pong(payload);
    const waits = this.#pendingPong !== null;
    this.#pendingPong = payload;
    if (!waits)
      this.#transport.left().then(
        () => this.#answerPending(),
        () => {},
      );
  }

  #answerPending(): void {
    const payload = this.#pendingPong;
    this.#pendingPong = null;
    if (payload !== null) this.#answer(payload);
  }
}

function lost(cause: Error | undefined, wasOpen: boolean): ConnectionError {
  const message = `the connection was lost: ${cause?.message ?? 'its socket was closed'}`;
  return new ConnectionError('WS_TRANSPORT', message, { phase: wasOpen ? 'open' : 'closing', cause });
}

/** What the peer is told of a broken rule: as much of it as fits into a close frame. */
const reasonOf = ({ rule, section }: ProtocolError): string => `${rule} (${section})`.slice(0, MAX_REASON_BYTES);
