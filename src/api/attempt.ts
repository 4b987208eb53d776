import type { Duplex } from 'node:stream';
import { HandshakeError, parseRetryAfter, type WebSocketUrl } from '../handshake/index.js';
import { startDeadline } from './deadline.js';
import { Diagnostics, type DiagnosticsSource, isDiagnosticsWanted, isLogWanted } from './diagnostics.js';
import { ConnectionError, type ConnectionErrorCode, type Phase, type WebSocketError } from './errors.js';
import { shownUrl } from './shown-url.js';
import type { Failing, StepOwner } from './step.js';
import { tlsLayer } from './tls-loader.js';

const DOING: Readonly<Record<Phase, string>> = {
  dns: 'the look-up of the host name',
  tcp: 'the TCP connection',
  proxy: 'the connection to the proxy',
  tls: 'the TLS handshake',
  handshake: 'the opening handshake',
  open: 'the open connection',
  closing: 'the closing handshake',
};

const FAILED: Readonly<Record<Phase, ConnectionErrorCode>> = {
  dns: 'WS_CONNECT_DNS',
  tcp: 'WS_CONNECT_TCP',
  proxy: 'WS_CONNECT_PROXY',
  tls: 'WS_CONNECT_LOST',
  handshake: 'WS_CONNECT_LOST',
  open: 'WS_TRANSPORT',
  closing: 'WS_TRANSPORT',
};

/** What can end an {@link Attempt} from outside. */
export interface AttemptLimits {
  /** One deadline over all phases, in milliseconds; `Infinity` for none. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const ignore = (): void => {};
let ids = 0;

/** An attempt to connect: what is under way, and what can end it from outside, the one deadline over all phases and the signal. */
export class Attempt implements StepOwner, Failing, DiagnosticsSource {
  readonly id: number = ++ids;
  /** The proxy under way, without userinfo; for the errors. */
  proxy: string | undefined;
  /** The address and port that is dialed, once it is known. */
  address: string | undefined;
  /** What the address will be when the socket has connected, if that is known before. */
  literal: string | undefined;
  #target: WebSocketUrl;
  #phase: Phase = 'dns';
  readonly #limits: AttemptLimits;
  #reject: (error: unknown) => void = ignore;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;
  #socket: Duplex | null = null;
  /** Those before it: the ways to a proxy, which most attempts do not have. */
  #earlier: Duplex[] | null = null;
  #failed = false;

  constructor(target: WebSocketUrl, limits: AttemptLimits) {
    this.#target = target;
    this.#limits = limits;
  }

  /** What is under way now; it is part of every error. */
  get phase(): Phase {
    return this.#phase;
  }

  set phase(phase: Phase) {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#logPhase();
  }

  /** That of the request under way: a redirect changes it. For the errors; without userinfo. */
  get url(): string {
    return shownUrl(this.#target);
  }

  /** As things stand; `null` if nobody listens now. */
  get diagnostics(): Diagnostics | null {
    return isDiagnosticsWanted() ? new Diagnostics(this) : null;
  }

  /**
   * Starts the clock.
   *
   * @param reject Called once, with why the attempt has failed: at once if the signal has fired already.
   * @returns Whether there is anything to be done.
   */
  begin(reject: (error: unknown) => void): boolean {
    const { timeoutMs, signal } = this.#limits;
    this.#reject = reject;
    this.#logPhase();
    if (signal?.aborted) this.fail(this.#aborted());
    else this.#limit(timeoutMs, signal);
    return !this.#failed;
  }

  #limit(timeoutMs: number, signal: AbortSignal | undefined): void {
    if (timeoutMs !== Number.POSITIVE_INFINITY) this.#timer = startDeadline(timeoutMs, Attempt.#timeOut, this);
    if (signal === undefined) return;
    this.#onAbort = () => this.fail(this.#aborted());
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** One function for all timers. */
  static readonly #timeOut = (attempt: Attempt): void => attempt.fail(attempt.#timedOut());

  /** A step has failed, or was interrupted: the sockets are destroyed. What fails because of that tells nothing. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.end();
    this.drop();
    if (error instanceof HandshakeError) this.explain(error);
    this.#tell(error as WebSocketError);
    this.#reject(error);
  }

  /** The next phase begins, unless the attempt has failed: then this throws, so that nothing is begun any more. */
  enter(phase: Phase): void {
    if (this.#failed) throw this.ended();
    this.phase = phase;
  }

  /** The attempt answers for this socket now: it is destroyed with the others, at once if the attempt has failed. */
  own(socket: Duplex): void {
    if (this.#socket !== null) {
      this.#earlier ??= [];
      this.#earlier.push(this.#socket);
    }
    this.#socket = socket;
    if (this.#failed) this.drop();
  }

  /** The next request is for this url. */
  moveTo(target: WebSocketUrl): void {
    this.#target = target;
    this.address = this.literal = undefined;
    this.#phase = 'dns';
    this.#logPhase();
  }

  /** Destroys the sockets. */
  drop(): void {
    const socket = this.#socket;
    const earlier = this.#earlier ?? [];
    this.#socket = this.#earlier = null;
    socket?.destroy();
    for (const each of earlier.reverse()) each.destroy();
  }

  /** The attempt is over, well or badly: nothing interrupts it any more. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#limits.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The error for a socket that failed in this phase. */
  failed(cause: Error): ConnectionError {
    return this.#error(FAILED[this.phase], `${this.#doing} failed: ${textOf(cause)}`, cause);
  }

  /** The error for a peer that ended the connection in this phase. */
  ended(): ConnectionError {
    const code = this.phase === 'proxy' ? 'WS_CONNECT_PROXY' : 'WS_CONNECT_LOST';
    return this.#error(code, `the peer ended the connection during ${this.#doing}`);
  }

  /** The error for a socket that is gone, for a cause or because the peer ended it. */
  lost(cause?: Error): Error {
    if (cause === undefined) return this.ended();
    return this.#isOfTls(cause)
      ? tlsLayer().handshakeFailed(cause, this.#target.host, this.address)
      : this.failed(cause);
  }

  /** TLS 1.3 has servers that tell what they think of a client's certificate only after the handshake. */
  #isOfTls(cause: Error): boolean {
    if (!this.#target.secure) return false;
    const code = 'code' in cause ? String(cause.code) : '';
    return this.phase === 'tls' || (this.phase === 'handshake' && (code.startsWith('ERR_SSL_') || code === 'EPROTO'));
  }

  /** Adds to the error what the handshake cannot know: for whom it was, and the time. */
  explain(error: HandshakeError): HandshakeError {
    const { url, address } = this;
    const retryAfterMs = parseRetryAfter(error.headers?.get('retry-after') ?? null, Date.now());
    return error.withContext({
      url,
      ...(address !== undefined && { address }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }

  get #doing(): string {
    return this.phase === 'proxy' ? `${DOING.proxy} ${this.proxy}` : DOING[this.phase];
  }

  #tell(error: WebSocketError): void {
    const { diagnostics } = this;
    diagnostics?.failed(error);
    diagnostics?.log(`failed: ${error.code}: ${error.message.split('\n', 1)[0]}`);
  }

  #logPhase(): void {
    if (!isLogWanted()) return;
    const { diagnostics, address } = this;
    diagnostics?.log(`${this.#phase} ${this.url}${address === undefined ? '' : ` (${address})`}`);
  }

  #timedOut(): ConnectionError {
    const { timeoutMs } = this.#limits;
    return this.#error('WS_TIMEOUT', `not connected within ${timeoutMs} ms; under way was ${this.#doing}`);
  }

  #aborted(): ConnectionError {
    return this.#error('WS_ABORTED', `aborted by the signal during ${this.#doing}`, this.#limits.signal?.reason);
  }

  #error(code: ConnectionErrorCode, message: string, cause?: unknown): ConnectionError {
    const { phase, address, url } = this;
    const peer = address === undefined ? url : `${url} (${address})`;
    return new ConnectionError(code, `${peer}: ${message}`, { phase, address, url, cause });
  }
}

/** Node's error for several addresses has no text of its own. */
function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join('; ');
  return error.message;
}
