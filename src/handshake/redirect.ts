import { HandshakeError, quote } from './error.js';
import type { HeadersOption } from './header-options.js';
import type { HandshakeHeaders } from './headers.js';
import { parseUrl, type WebSocketUrl } from './url.js';

/** RFC 9110 15.4: the statuses that redirect a GET; 300 and 305 name no one place, 304 none. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A refusal as a HandshakeError holds it. */
export interface Refusal {
  readonly status?: number | undefined;
  readonly headers?: HandshakeHeaders | undefined;
}

/**
 * Where a refusal redirects to (RFC 9110 15.4): Location resolved against the url, `http:` and `https:` taken for `ws:` and
 * `wss:`, its fragment and its userinfo dropped. The url's own userinfo stays within the origin.
 *
 * @returns null for a refusal that is no redirect
 * @throws HandshakeError `WS_HANDSHAKE_REDIRECT` without Location, for one that is no such url, and from `wss:` to `ws:`
 */
export function redirectedUrl(from: WebSocketUrl, { status, headers }: Refusal): WebSocketUrl | null {
  if (status === undefined || !REDIRECTS.has(status)) return null;
  const [location, ...more] = headers?.getAll('location') ?? [];
  if (location === undefined || more.length > 0) {
    throw refused(
      'location',
      `${status} without one Location: there are ${more.length + (location === undefined ? 0 : 1)}`,
      '',
    );
  }
  const to = resolve(location, from);
  if (from.secure && !to.secure) {
    throw refused(
      'redirect-downgrade',
      `a redirect from wss to ws, to ${quote(location)}, is never followed`,
      location,
    );
  }
  if (!isSameOrigin(from, to)) return to;
  const { userinfo, socketPath } = from;
  return { ...to, userinfo, ...(socketPath !== undefined && { socketPath }) };
}

function resolve(location: string, from: WebSocketUrl): WebSocketUrl {
  try {
    const url = new URL(location, `${from.secure ? 'wss' : 'ws'}://${from.hostHeader}${from.resourceName}`);
    url.protocol = url.protocol.replace(/^http/, 'ws');
    url.username = '';
    url.password = '';
    url.hash = '';
    if (url.protocol === 'ws:' || url.protocol === 'wss:') return parseUrl(url);
  } catch (cause) {
    throw refused(
      'location',
      `the Location ${quote(location)} is no url: ${(cause as Error).message}`,
      location,
      cause,
    );
  }
  throw refused('location', `the Location ${quote(location)} is neither http(s) nor ws(s)`, location);
}

function refused(rule: string, problem: string, value: string, cause?: unknown): HandshakeError {
  const facts = { rule, section: 'RFC 9110 15.4', value, cause };
  return new HandshakeError('WS_HANDSHAKE_REDIRECT', `The redirect cannot be followed: ${problem}`, facts);
}

/** RFC 6454 4: scheme, host and port. */
export function isSameOrigin(a: WebSocketUrl, b: WebSocketUrl): boolean {
  return a.secure === b.secure && a.host === b.host && a.port === b.port;
}

/** Headers that are for one origin only. */
const PERSONAL: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'host']);

type Pairs = readonly (readonly [string, string | readonly string[]])[];

const pairsOf = (headers: HeadersOption): Pairs =>
  Symbol.iterator in headers ? [...headers] : Object.entries(headers);

/** The caller's headers, already checked, without those that another origin must not get. */
export function headersForOthers(headers: HeadersOption): HeadersOption {
  return pairsOf(headers).filter(([name]) => !PERSONAL.has(name.toLowerCase()));
}

/** Whether the caller's headers, already checked, have this one; its name in lower case. */
export function hasHeader(headers: HeadersOption, name: string): boolean {
  return pairsOf(headers).some(([each]) => each.toLowerCase() === name);
}
