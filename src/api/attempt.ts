import type { Duplex } from 'node:stream';
import { type HandshakeError, parseRetryAfter } from '../handshake/index.js';
import { Diagnostics } from './diagnostics.js';
import { ConnectionError, type ConnectionErrorCode, type Phase, type WebSocketError } from './errors.js';

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

/** An attempt to connect: what is under way, and what can end it from outside, the one deadline over all phases and the signal. */
export class Attempt {
  readonly diagnostics: Diagnostics;
  /** The proxy under way, without userinfo; for the errors. */
  proxy: string | undefined;
  #phase: Phase = 'dns';
  readonly #limits: AttemptLimits;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;
  #sockets: Duplex[] = [];
  #failed = false;

  /** @param url For the errors; without userinfo. */
  constructor(url: string, limits: AttemptLimits) {
    this.#limits = limits;
    this.diagnostics = new Diagnostics(url);
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

  /** For the errors; without userinfo. */
  get url(): string {
    return this.diagnostics.url;
  }

  /** The address and port that is dialed, once it is known. */
  get address(): string | undefined {
    return this.diagnostics.address;
  }

  set address(address: string | undefined) {
    this.diagnostics.address = address;
  }

  /**
   * Starts the clock.
   *
   * @param interrupt Called with the error when time is out or the signal fires; at once if it has fired already.
   */
  begin(interrupt: (error: ConnectionError) => void): void {
    const { timeoutMs, signal } = this.#limits;
    this.#logPhase();
    if (signal?.aborted) return interrupt(this.#aborted());
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => interrupt(this.#timedOut()), timeoutMs);
    }
    this.#onAbort = () => interrupt(this.#aborted());
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Runs the steps from the begin to the end. When they fail, or are interrupted, the sockets are destroyed. */
  run<T>(steps: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        if (this.#failed) return;
        this.#failed = true;
        this.end();
        this.drop();
        this.#tell(error as WebSocketError);
        reject(error);
      };
      this.begin(fail);
      if (!this.#failed) steps().then(resolve, fail);
    });
  }

  /** The next phase begins, unless the attempt has failed: then this throws, so that nothing is begun any more. */
  enter(phase: Phase): void {
    if (this.#failed) throw this.ended();
    this.phase = phase;
  }

  /** The attempt answers for this socket now: it is destroyed with the others, at once if the attempt has failed. */
  own(socket: Duplex): void {
    this.#sockets.push(socket);
    if (this.#failed) this.drop();
  }

  /** The next request is for this url; without userinfo. */
  moveTo(url: string): void {
    this.diagnostics.url = url;
    this.address = undefined;
    this.#phase = 'dns';
    this.#logPhase();
  }

  /** Destroys the sockets. */
  drop(): void {
    for (const socket of this.#sockets.splice(0).reverse()) socket.destroy();
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
  readonly lost = (cause?: Error): ConnectionError => (cause === undefined ? this.ended() : this.failed(cause));

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
    this.diagnostics.failed(error);
    this.diagnostics.log(() => `failed: ${error.code}: ${error.message.split('\n', 1)[0]}`);
  }

  #logPhase(): void {
    this.diagnostics.log(() => `${this.#phase} ${this.url}${this.address === undefined ? '' : ` (${this.address})`}`);
  }

  #timedOut(): ConnectionError {
    const { timeoutMs } = this.#limits;
    return this.#error('WS_TIMEOUT', `not connected within ${timeoutMs} ms; under way was ${this.#doing}`);
  }

  #aborted(): ConnectionError {
    return this.#error('WS_ABORTED', `aborted by the signal during ${this.#doing}`, this.#limits.signal?.reason);
  }

  #error(code: ConnectionErrorCode, message: string, cause?: unknown): ConnectionError {
    const { phase, address } = this;
    const peer = address === undefined ? this.url : `${this.url} (${address})`;
    return new ConnectionError(code, `${peer}: ${message}`, { phase, address, url: this.url, cause });
  }
}

/** Node's error for several addresses has no text of its own. */
function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join('; ');
  return error.message;
}
