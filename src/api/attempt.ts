import { Diagnostics } from './diagnostics.js';
import { ConnectionError, type ConnectionErrorCode, type Phase } from './errors.js';

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
  #phase: Phase = 'dns';
  readonly #url: string;
  readonly #limits: AttemptLimits;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;

  /** @param url For the errors; without userinfo. */
  constructor(url: string, limits: AttemptLimits) {
    this.#url = url;
    this.#limits = limits;
    this.diagnostics = new Diagnostics(url);
  }

  /** What is under way now; it is part of every error. */
  get phase(): Phase {
    return this.#phase;
  }

  set phase(phase: Phase) {
    this.#phase = phase;
    this.#logPhase();
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

  /** The attempt is over, well or badly: nothing interrupts it any more. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#limits.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The error for a socket that failed in this phase. */
  failed(cause: Error): ConnectionError {
    return this.#error(FAILED[this.phase], `${DOING[this.phase]} failed: ${textOf(cause)}`, cause);
  }

  /** The error for a peer that ended the connection in this phase. */
  ended(): ConnectionError {
    return this.#error('WS_CONNECT_LOST', `the peer ended the connection during ${DOING[this.phase]}`);
  }

  #logPhase(): void {
    this.diagnostics.log(() => `${this.#phase} ${this.#url}${this.address === undefined ? '' : ` (${this.address})`}`);
  }

  #timedOut(): ConnectionError {
    const { timeoutMs } = this.#limits;
    return this.#error('WS_TIMEOUT', `not connected within ${timeoutMs} ms; under way was ${DOING[this.phase]}`);
  }

  #aborted(): ConnectionError {
    return this.#error('WS_ABORTED', `aborted by the signal during ${DOING[this.phase]}`, this.#limits.signal?.reason);
  }

  #error(code: ConnectionErrorCode, message: string, cause?: unknown): ConnectionError {
    const { phase, address } = this;
    const peer = address === undefined ? this.#url : `${this.#url} (${address})`;
    return new ConnectionError(code, `${peer}: ${message}`, { phase, address, url: this.#url, cause });
  }
}

/** Node's error for several addresses has no text of its own. */
function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join('; ');
  return error.message;
}
