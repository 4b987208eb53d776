import { MAX_FRAGMENTS, MAX_MESSAGE_BYTES } from '../frames/index.js';
import type { HeadersOption } from '../handshake/index.js';
import type { Ignore, SslConfig, TlsOptions } from '../tls/index.js';
import { checkCompression, type PerMessageDeflate } from './compression-options.js';
import { type ConnectionError, optionError } from './errors.js';
import type { WaitLimits } from './inbox.js';
import type { KeyLog } from './key-log.js';
import type { KeepAliveSettings, LifeSettings } from './life.js';
import { checkProxy, type ProxyOptions, type ProxySettings } from './proxy.js';
import { checkSecurity, type Security } from './secure.js';
import { checkSocketOptions, SOCKET_OPTIONS, type SocketOptions } from './socket.js';

/** Options of `connect()`. An option that does not exist, or a value that makes no sense, is an error that names it. */
export interface ConnectOptions extends SocketOptions {
  /**
   * Extra request headers. A name that this package sends itself is overwritten, in whatever case; the names that carry the
   * handshake (Connection, Upgrade, Sec-WebSocket-Key, -Version, -Extensions) are refused.
   */
  readonly headers?: HeadersOption;
  /** Subprotocols to offer, the preferred one first (RFC 6455 1.9). Default: none. */
  readonly protocols?: string | readonly string[];
  /** The Origin header (RFC 6455 4.1). Default: none, as a client that is no browser need not send it. */
  readonly origin?: string;
  /** Longest time in milliseconds for all phases together: DNS, TCP, proxy, TLS, handshake, and all redirects. Default 30,000; `Infinity` for no limit. */
  readonly timeoutMs?: number;
  /** Longest time in milliseconds for the closing handshake, after which the socket is destroyed. Default 10,000. */
  readonly closeTimeoutMs?: number;
  /** Aborts the attempt to connect, and later the connection. */
  readonly signal?: AbortSignal;
  /** Longest message in bytes. Default 16 MiB. A longer one fails the connection with 1009 before its bytes are kept. */
  readonly maxMessageBytes?: number;
  /** Most frames of one message. Default 131,072. */
  readonly maxFragments?: number;
  /**
   * Offers permessage-deflate (RFC 7692): `true`, or what to offer and how to compress. Default `false`. It costs memory and
   * CPU on both sides, and may tell an eavesdropper what is encrypted; docs/DEFLATE.md says when.
   */
  readonly perMessageDeflate?: boolean | PerMessageDeflate;
  /**
   * Pings the peer while the connection is open, to notice one that is gone. Default: no pings.
   *
   * `connection.latencyMs` tells the last round trip. If nothing at all comes from the peer within `timeoutMs` after a ping, the connection
   * ends at once, and the close report holds ConnectionError `WS_TIMEOUT` with phase `'open'`. Other traffic counts as life, since a pong
   * cannot overtake a message that is under way; while you do not take what has come, the socket is paused and time does not count.
   */
  readonly keepAlive?: {
    /** Milliseconds between two pings. Default 30,000. */
    readonly intervalMs?: number;
    /** Milliseconds that the peer has to answer. Default 10,000. */
    readonly timeoutMs?: number;
  };
  /**
   * Closes a connection with no message, nor part of one, in either direction for so many milliseconds, with code 1001 and a reason
   * that says so (`sent` of the close report). Pings and pongs do not count. It is checked eight times in that time, so the end
   * may come an eighth later. Default `Infinity`: never.
   */
  readonly idleTimeoutMs?: number;
  /**
   * Gets the secrets of the TLS connection as lines of a key log, with which Wireshark decrypts it: a function, or `'env'` to append them
   * to the file that the environment variable SSLKEYLOGFILE names, if it is set. Default: nobody gets them. Whoever has them
   * can read the connection.
   */
  readonly keylog?: KeyLog;
  /**
   * Which SSL errors may occur: `'all'`, or exactly the listed ones. Default `[]`: none. Every error of the connection is found
   * and must be listed; see docs/TLS.md.
   */
  readonly ignoreSslErrors?: Ignore;
  /** `sha256/<base64>` hashes of the server's certificate or of its public key, one of which must match, whatever is ignored. */
  readonly pin?: readonly string[];
  /** Client certificate, written as in the CTRL function. */
  readonly sslConfig?: SslConfig;
  /** Options of TLS under the names of `node:tls`: `ca`, `extraCa`, `cert`, `key`, `passphrase`, `servername`, `minVersion`, ... */
  readonly tls?: TlsOptions;
  /**
   * The proxy to connect through: `http://user:password@host:port` or `https://...` (CONNECT, RFC 9110 9.3.6), `socks5://...` (RFC 1928; names
   * are looked up at the proxy), an object with such a `url` and options for the way to the proxy, or `'env'`: what `https_proxy`, `http_proxy`,
   * `all_proxy` and `no_proxy` say. Default: none, whatever the environment says. The target's certificate is judged as always. What goes wrong on
   * the way to the proxy and at it is ConnectionError `WS_CONNECT_PROXY`, with the proxy's answer in `cause`.
   */
  readonly proxy?: string | URL | ProxyOptions;
  /**
   * How many redirects (301, 302, 303, 307, 308) to follow, 0 to 100. Default 0: a redirect is a refusal, HandshakeError
   * `WS_HANDSHAKE_STATUS`. At another origin userinfo, Authorization, Cookie and Host are left out; at another host also the client
   * certificate, `tls.servername` and `ignoreSslErrors`. More redirects, and one from `wss:` to `ws:`, are HandshakeError
   * `WS_HANDSHAKE_REDIRECT`.
   */
  readonly maxRedirects?: number;
}

/** Options with their defaults, all of them checked. */
export interface Settings extends LifeSettings {
  readonly headers: HeadersOption | undefined;
  readonly protocols: readonly string[];
  readonly origin: string | undefined;
  readonly timeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
  /** `null` if permessage-deflate is not offered. */
  readonly compression: PerMessageDeflate | null;
  readonly security: Security;
  readonly proxy: ProxySettings | null;
  readonly maxRedirects: number;
  readonly socketOptions: SocketOptions;
}

/** Default of `timeoutMs`. */
export const CONNECT_TIMEOUT_MS = 30_000;
/** Default of `closeTimeoutMs`. */
export const CLOSE_TIMEOUT_MS = 10_000;
/** Longest delay of a timer in Node: more would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

let defaults: Settings | null = null;

/** Checks the options and fills in the defaults. Without any option the settings are the same object each time. */
export function checkOptions(options?: ConnectOptions): Settings {
  if (options === undefined || isEmpty(options)) {
    defaults ??= settingsOf({});
    return defaults;
  }
  if (typeof options !== 'object' || options === null) throw optionError(`options: an object is expected`);
  checkNames(options, NAMES);
  return settingsOf(options);
}

/** Whether it is an object that has no property, nor inherits one of its own class. */
function isEmpty(options: unknown): boolean {
  if (typeof options !== 'object' || options === null || Object.getPrototypeOf(options) !== Object.prototype)
    return false;
  for (const _ in options) return false;
  return true;
}

function settingsOf(options: ConnectOptions): Settings {
  return {
    headers: listed(options.headers),
    protocols: checkProtocolList(options.protocols),
    origin: checkString('origin', options.origin),
    timeoutMs: checkDelay('timeoutMs', options.timeoutMs, CONNECT_TIMEOUT_MS),
    closeTimeoutMs: checkDelay('closeTimeoutMs', options.closeTimeoutMs, CLOSE_TIMEOUT_MS),
    signal: checkSignal(options.signal),
    maxMessageBytes: checkCount('maxMessageBytes', options.maxMessageBytes, MAX_MESSAGE_BYTES),
    maxFragments: checkCount('maxFragments', options.maxFragments, MAX_FRAGMENTS),
    keepAlive: checkKeepAlive(options.keepAlive),
    idleTimeoutMs: checkDelay('idleTimeoutMs', options.idleTimeoutMs, Number.POSITIVE_INFINITY),
    compression: checkCompression(options.perMessageDeflate),
    security: checkSecurity(options),
    proxy: checkProxy(options.proxy),
    maxRedirects: checkRedirects(options.maxRedirects),
    socketOptions: checkSocketOptions(options),
  };
}

const NO_LIMITS: WaitLimits = {};

/** Checks the options of a wait for a message. */
export function checkWaitLimits(options: WaitLimits | undefined): WaitLimits {
  if (options === undefined) return NO_LIMITS;
  if (typeof options !== 'object' || options === null) throw wrong('options', options, 'an object');
  const timeoutMs = checkDelay('timeoutMs', options.timeoutMs, Number.POSITIVE_INFINITY);
  const signal = checkSignal(options.signal);
  return { timeoutMs, ...(signal && { signal }) };
}

/** An iterable may be read once only, and a redirect is another request. */
function listed(headers: HeadersOption | undefined): HeadersOption | undefined {
  if (headers === undefined) return undefined;
  const isIterable = typeof headers === 'object' && headers !== null && Symbol.iterator in headers;
  return isIterable ? [...headers] : headers;
}

const NAMES: ReadonlySet<string> = new Set<keyof ConnectOptions>([
  'headers',
  'protocols',
  'origin',
  'timeoutMs',
  'closeTimeoutMs',
  'signal',
  'maxMessageBytes',
  'maxFragments',
  'perMessageDeflate',
  'keepAlive',
  'idleTimeoutMs',
  'keylog',
  'ignoreSslErrors',
  'pin',
  'sslConfig',
  'tls',
  'proxy',
  'maxRedirects',
  ...SOCKET_OPTIONS,
]);

function checkNames(options: object, names: ReadonlySet<string>, prefix = ''): void {
  for (const name of Object.keys(options)) {
    if (names.has(name)) continue;
    throw optionError(`option '${prefix}${name}' does not exist; there are ${[...names].join(', ')}`);
  }
}

/** The error for an option that makes no sense. */
export const wrong = (name: string, value: unknown, allowed: string): ConnectionError =>
  optionError(`option '${name}': ${show(value)} given, ${allowed} is allowed`);

/** A value from outside in an error text: never more than a line of it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || value === null || typeof value === 'boolean') return String(value);
  if (value === undefined) return 'undefined';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

function checkString(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw wrong(name, value, 'a string');
}

function checkProtocolList(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw wrong('protocols', value, 'a string or an array of strings');
}

/** @throws ConnectionError `WS_OPTION` for what is no delay. */
function checkDelay(name: string, value: unknown, byDefault: number): number {
  if (value === undefined) return byDefault;
  if (value === Number.POSITIVE_INFINITY) return value;
  if (typeof value === 'number' && value > 0 && value <= MAX_DELAY_MS) return value;
  throw wrong(name, value, `a number of milliseconds above 0, up to ${MAX_DELAY_MS}, or Infinity`);
}

function checkCount(name: string, value: unknown, byDefault: number): number {
  if (value === undefined) return byDefault;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw wrong(name, value, 'a whole number above 0');
}

/** Default of `keepAlive.intervalMs`. */
export const KEEP_ALIVE_INTERVAL_MS = 30_000;
/** Default of `keepAlive.timeoutMs`. */
export const KEEP_ALIVE_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_NAMES: ReadonlySet<string> = new Set<keyof KeepAliveSettings>(['intervalMs', 'timeoutMs']);

function checkKeepAlive(value: ConnectOptions['keepAlive']): KeepAliveSettings | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null)
    throw wrong('keepAlive', value, 'an object with intervalMs and timeoutMs');
  checkNames(value, KEEP_ALIVE_NAMES, 'keepAlive.');
  return {
    intervalMs: checkDelay('keepAlive.intervalMs', value.intervalMs, KEEP_ALIVE_INTERVAL_MS),
    timeoutMs: checkDelay('keepAlive.timeoutMs', value.timeoutMs, KEEP_ALIVE_TIMEOUT_MS),
  };
}

const MAX_REDIRECTS = 100;

function checkRedirects(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_REDIRECTS) return value;
  throw wrong('maxRedirects', value, `a whole number from 0 to ${MAX_REDIRECTS}`);
}

function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw wrong('signal', value, 'an AbortSignal');
}
