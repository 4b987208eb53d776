import type { HeadersOption } from '../handshake/index.js';
import { isKeyword, type SslConfig, type SslErrorKeyword } from '../tls/index.js';
import { CtrlError } from './ctrl-error.js';
import { type ConnectOptions, show } from './options.js';

/** The options of `webSocketOpen`: exactly these four. */
export interface CtrlOptions {
  /** Extra request headers; a name that exists already is overwritten. */
  readonly headers?: HeadersOption;
  /** Longest time in seconds until the attempt is cancelled and -2 returned. Default: no limit. */
  readonly timeout?: number;
  /**
   * A list of keywords: exactly these SSL errors may occur. An empty list, or anything that is no list: all SSL errors are ignored.
   * `undefined` is as if it were not given: none is ignored. `false` and `null` are an error, as nobody who writes them
   * wants all errors to be ignored.
   */
  readonly ignoreSslErrors?: unknown;
  /** Client certificate: `localCertificate` as PEM text, `privateKey` with `key` (PEM text) and `algorithm` (RSA, DSA, EC). */
  readonly sslConfig?: SslConfig;
}

const NAMES: ReadonlySet<string> = new Set<keyof CtrlOptions>(['headers', 'timeout', 'ignoreSslErrors', 'sslConfig']);

/** Translates the options of `webSocketOpen` to those of `connect()`. */
export function toConnectOptions(options: CtrlOptions = {}): ConnectOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw argumentError(`options: a mapping is allowed, ${show(options)} was given`);
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw argumentError(`option '${name}' does not exist; there are ${[...NAMES].join(', ')}`);
  }
  return {
    ...(options.headers !== undefined && { headers: options.headers }),
    ...(options.sslConfig !== undefined && { sslConfig: options.sslConfig }),
    ignoreSslErrors: toIgnore(options.ignoreSslErrors),
    timeoutMs: options.timeout === undefined ? Number.POSITIVE_INFINITY : toMilliseconds('timeout', options.timeout),
  };
}

/** CTRL's own meaning of `ignoreSslErrors`; the keywords of a list are checked by `connect()`. */
function toIgnore(value: unknown): 'all' | readonly SslErrorKeyword[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.length === 0 ? 'all' : value;
  if (value === false || value === null) {
    const message = `ignoreSslErrors: ${value} would ignore ALL errors; leave the option out to ignore none`;
    throw argumentError(`${message}, write true to ignore all, or list the errors that may occur`);
  }
  if (typeof value === 'string' && isKeyword(value)) {
    const message = `ignoreSslErrors: '${value}' is no list, so ALL errors would be ignored`;
    throw argumentError(`${message}; write ['${value}']`);
  }
  return 'all';
}

/** Longest delay of a timer in Node, in seconds. */
const MAX_SECONDS = Math.floor((2 ** 31 - 1) / 1000);

/** @throws CtrlError `ARGUMENT` for what is no time in seconds. */
export function toMilliseconds(name: string, seconds: unknown): number {
  if (typeof seconds === 'number' && seconds > 0 && seconds <= MAX_SECONDS) return seconds * 1000;
  throw argumentError(
    `${name}: a number of seconds above 0, up to ${MAX_SECONDS}, is allowed, ${show(seconds)} was given`,
  );
}

export const argumentError = (message: string): CtrlError => new CtrlError('ARGUMENT', message);
