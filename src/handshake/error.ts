import type { HandshakeHeaders } from './headers.js';

/**
 * What went wrong in the opening handshake. The first three are ours (an argument that makes no sense), all others
 * are the peer's.
 *
 * - `WS_HANDSHAKE_URL`, `WS_HANDSHAKE_HEADER`, `WS_HANDSHAKE_OPTION`: the url, a header or another option cannot be
 *   used
 * - `WS_HANDSHAKE_MALFORMED`: not HTTP/1.1 as RFC 9112 writes it; `rule` says which rule
 * - `WS_HANDSHAKE_LIMIT`: the head is longer than a limit; `rule` is the name of the limit, `limit` its value
 * - `WS_HANDSHAKE_TRUNCATED`: the stream ended inside the head
 * - `WS_HANDSHAKE_STATUS`: the server answered with another status than 101; `status`, `headers` and `body` hold
 *   its answer
 * - `WS_HANDSHAKE_REDIRECT`: the server redirects to where it may not be followed
 * - `WS_HANDSHAKE_PROXY`: the proxy does not make the tunnel, or breaks RFC 1928 or RFC 1929
 * - `WS_HANDSHAKE_UPGRADE`, `_CONNECTION`, `_ACCEPT`, `_EXTENSIONS`, `_SUBPROTOCOL`: that header field breaks RFC
 *   6455 4.1 or 4.2.1
 * - `WS_HANDSHAKE_METHOD`, `_TARGET`, `_HTTP_VERSION`, `_HOST`, `_KEY`, `_VERSION`, `_BODY`: a request breaks RFC
 *   6455 4.2.1
 */
export type HandshakeErrorCode =
  | 'WS_HANDSHAKE_URL'
  | 'WS_HANDSHAKE_HEADER'
  | 'WS_HANDSHAKE_OPTION'
  | 'WS_HANDSHAKE_MALFORMED'
  | 'WS_HANDSHAKE_LIMIT'
  | 'WS_HANDSHAKE_TRUNCATED'
  | 'WS_HANDSHAKE_STATUS'
  | 'WS_HANDSHAKE_REDIRECT'
  | 'WS_HANDSHAKE_PROXY'
  | 'WS_HANDSHAKE_UPGRADE'
  | 'WS_HANDSHAKE_CONNECTION'
  | 'WS_HANDSHAKE_ACCEPT'
  | 'WS_HANDSHAKE_EXTENSIONS'
  | 'WS_HANDSHAKE_SUBPROTOCOL'
  | 'WS_HANDSHAKE_METHOD'
  | 'WS_HANDSHAKE_TARGET'
  | 'WS_HANDSHAKE_HTTP_VERSION'
  | 'WS_HANDSHAKE_HOST'
  | 'WS_HANDSHAKE_KEY'
  | 'WS_HANDSHAKE_VERSION'
  | 'WS_HANDSHAKE_BODY';

/**
 * What is known only outside of the pure code, or only later than the fault: see {@link
 * HandshakeError.withContext}.
 */
export interface HandshakeContext {
  /** The url that was asked for; user name and password are taken out. */
  readonly url?: string;
  /** The address that answered, for example `192.0.2.7:443`. */
  readonly address?: string;
  /** The status of the answer. */
  readonly status?: number;
  /** The reason phrase of the answer, may be empty. */
  readonly reason?: string;
  /** The header fields of the answer. */
  readonly headers?: HandshakeHeaders;
  /** The body of a refused upgrade, at most `maxBodyBytes`. */
  readonly body?: Buffer;
  /** Whether `body` is not the whole body. */
  readonly bodyTruncated?: boolean;
  /** What Retry-After asks for, in milliseconds from now, 0 to 2^31 - 1, so that it fits a timer (RFC 9110 10.2.3). */
  readonly retryAfterMs?: number;
}

/** The facts of one fault. */
export interface HandshakeFacts extends HandshakeContext {
  /** The broken rule as a short, stable name: `bare-lf`, `accept-mismatch`, `fragment`, ... */
  readonly rule: string;
  /** Where the rule stands: `RFC 6455 4.1`, or `decision of this project`. */
  readonly section: string;
  /** The value that breaks the rule, as it was received or given. */
  readonly value?: string;
  /** The limit that was reached, in the unit of its option. */
  readonly limit?: number;
  readonly cause?: unknown;
}

const LOCAL: ReadonlySet<HandshakeErrorCode> = new Set<HandshakeErrorCode>([
  'WS_HANDSHAKE_URL',
  'WS_HANDSHAKE_HEADER',
  'WS_HANDSHAKE_OPTION',
]);

/**
 * A fault of the opening handshake: a stable `code`, the broken `rule` and its `section`, and the facts as fields.
 * The message names the rule, the value and what to do.
 */
export class HandshakeError extends Error {
  override readonly name: string = 'HandshakeError';
  readonly code: HandshakeErrorCode;
  readonly rule: string;
  readonly section: string;
  /** Who broke the rule: `local` is the caller of this package, `remote` the peer. */
  readonly side: 'local' | 'remote';
  // Declared only: a fact that does not exist is no property, and so is not printed.
  declare readonly value?: string;
  declare readonly limit?: number;
  declare readonly url?: string;
  declare readonly address?: string;
  declare readonly status?: number;
  declare readonly reason?: string;
  declare readonly headers?: HandshakeHeaders;
  declare readonly body?: Buffer;
  declare readonly bodyTruncated?: boolean;
  declare readonly retryAfterMs?: number;

  constructor(code: HandshakeErrorCode, message: string, facts: HandshakeFacts) {
    const { rule, section, value, limit, cause, ...context } = facts;
    super(`${message} (${section})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.rule = rule;
    this.section = section;
    this.side = LOCAL.has(code) ? 'local' : 'remote';
    if (value !== undefined) this.value = value;
    if (limit !== undefined) this.limit = limit;
    this.withContext(context);
  }

  /** Adds what the caller knows, such as url and address, and returns the same error. */
  withContext(context: HandshakeContext): this {
    const { url, ...rest } = context;
    for (const [name, fact] of Object.entries(rest)) if (fact !== undefined) Object.assign(this, { [name]: fact });
    if (url !== undefined) Object.assign(this, { url: hideUserinfo(url) });
    return this;
  }
}

/**
 * Takes user name and password out of a url: errors end up in logs. In a url that cannot be parsed nobody knows
 * where the authority ends (a password may hold a `/`), so there everything before the last `@` goes.
 */
export function hideUserinfo(url: string): string {
  const rest = url.replace(/^(?:[A-Za-z][A-Za-z0-9+.-]*:)?[/\\]*/, '');
  const end = URL.canParse(url) ? rest.search(/[/?#\\]|$/) : rest.length;
  const at = rest.slice(0, end).lastIndexOf('@');
  return url.slice(0, url.length - rest.length) + rest.slice(at + 1);
}

const SHOWN_CHARACTERS = 80;

/**
 * A value for a message: in quotes, printable ASCII only (the peer's bytes may end up in a terminal), at most 80
 * characters.
 */
export function quote(value: string): string {
  const shown = JSON.stringify(value.slice(0, SHOWN_CHARACTERS)).replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return value.length > SHOWN_CHARACTERS ? `${shown}... (${value.length} characters)` : shown;
}

/** The error for bytes that are not HTTP/1.1. */
export function malformed(rule: string, section: string, message: string, value: string): HandshakeError {
  return new HandshakeError('WS_HANDSHAKE_MALFORMED', message, { rule, section, value });
}
