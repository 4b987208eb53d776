import { HandshakeError, hideUserinfo, quote } from './error.js';

/** A WebSocket url taken apart (RFC 6455 3). */
export interface WebSocketUrl {
  /** The url as WHATWG URL writes it, user name and password included. */
  readonly href: string;
  /** Whether the scheme is `wss`. */
  readonly secure: boolean;
  /** The name or address to dial: lower case, punycode, an IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65535; 80 for ws and 443 for wss when the url has none. */
  readonly port: number;
  /** The value of the Host header: IPv6 in brackets, the port only if it is not the default (RFC 6455 4.1, item 4). */
  readonly hostHeader: string;
  /** Path and query, at least `/`. */
  readonly resourceName: string;
  /** User name and password, percent-decoded; null when the url has neither. */
  readonly userinfo: { readonly username: string; readonly password: string } | null;
  /** The unix domain socket to dial, of `ws+unix:` and `wss+unix:`; else not there. */
  readonly socketPath?: string;
}

const ALLOWED = 'allowed is ws://host[:port][/path][?query] or wss://...';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;

/** What none of the checks before WHATWG URL has anything to say about: most urls, and not one with a user name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const PLAIN = /^wss?:\/\/[^\x00-\x20\x7f\\#@/?:][^\x00-\x20\x7f\\#@]*$/i;

/**
 * Parses a ws or wss url. WHATWG URL does the work, but what it silently repairs (spaces, line ends, backslashes,
 * missing slashes) is refused here: such a url was put together by mistake or by somebody else.
 *
 * `ws+unix:/path/to.sock:/resource?query` and `wss+unix:` (as npm's ws has them; decision of this project) name a unix domain
 * socket and, behind a colon, the resource, `/` by default; the host is `localhost`. A colon in the path is written %3A.
 *
 * @throws HandshakeError `WS_HANDSHAKE_URL`; the message names what is wrong and what is allowed
 * @example
 * parseUrl('wss://[::1]:8443/chat?room=1').hostHeader; // '[::1]:8443'
 */
export function parseUrl(url: string | URL): WebSocketUrl {
  const text = textOf(url);
  if (!PLAIN.test(text)) {
    checkCharacters(text);
    if (/^wss?\+unix:/i.test(text)) return parseUnix(text);
    checkScheme(text);
    checkAuthority(text);
  }
  const parsed = parseText(text);
  if (parsed.port === '0') refuse('port', text, 'has port 0; allowed is 1 to 65535');
  const secure = parsed.protocol === 'wss:';
  const { hostname } = parsed;
  return {
    href: parsed.href,
    secure,
    host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: Number(parsed.port) || (secure ? 443 : 80),
    hostHeader: parsed.host,
    resourceName: parsed.pathname + parsed.search,
    userinfo: text.includes('@') ? userinfoOf(parsed, text) : null,
  };
}

const UNIX = /^(wss?)\+unix:(?:\/\/)?(\/[^/:?][^:?]*)(?::([/?].*)?)?$/i;

function parseUnix(text: string): WebSocketUrl {
  const [, scheme, path, resource = '/'] = UNIX.exec(text) ?? [];
  if (scheme === undefined || path === undefined) {
    refuse('unix', text, 'names no unix domain socket; allowed is ws+unix:/path/to.sock:/resource?query');
  }
  const socketPath = decode(path, text, 'unix');
  if (socketPath.includes('\0')) refuse('unix', text, 'has a NUL character in the path of its unix domain socket');
  return { ...parseUrl(`${scheme}://localhost${resource}`), href: text, socketPath };
}

function refuse(rule: string, url: string, problem: string, cause?: unknown, section = 'RFC 6455 3'): never {
  const value = hideUserinfo(url);
  const facts = { rule, section, value, url };
  throw new HandshakeError('WS_HANDSHAKE_URL', `The url ${quote(value)} ${problem}`, { ...facts, cause });
}

/** A URL of another realm or library is taken by its href. */
function textOf(url: unknown): string {
  const text = typeof url === 'object' && url !== null && 'href' in url ? url.href : url;
  if (typeof text === 'string') return text;
  const facts = { rule: 'type', section: 'RFC 6455 3', value: typeof url };
  throw new HandshakeError('WS_HANDSHAKE_URL', `The url must be a string or a URL, not ${typeof url}`, facts);
}

function checkCharacters(text: string): void {
  if (text === '') refuse('empty', text, `is empty; ${ALLOWED}`);
  if (CONTROL.test(text)) refuse('control-character', text, 'has a control character, which no url may have');
  if (text.includes(' ')) refuse('space', text, 'has a space; write %20 where one is meant');
  if (text.includes('\\')) refuse('backslash', text, 'has a backslash; write / between the parts of a path, else %5C');
  // RFC 6455 3: fragment identifiers MUST NOT be used, a # that is meant as such MUST be written %23.
  if (text.includes('#'))
    refuse('fragment', text, 'has a fragment, which a WebSocket url must not have; write %23 for #');
}

function checkScheme(text: string): void {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) refuse('scheme', text, `has no scheme; ${ALLOWED}`);
  if (scheme === 'ws' || scheme === 'wss') return;
  const hint = scheme === 'http' || scheme === 'https' ? `; write ${scheme.replace('http', 'ws')}:// instead` : '';
  refuse('scheme', text, `has the scheme ${quote(scheme)}; allowed are ws and wss${hint}`);
}

/** WHATWG URL takes `ws:host` and `ws:///host`, too; RFC 6455 3 has "//" and a host. */
function checkAuthority(text: string): void {
  const rest = text.slice(text.indexOf(':') + 1);
  if (!rest.startsWith('//')) refuse('authority', text, `has no // after the scheme; ${ALLOWED}`);
  const authority = rest.slice(2, 2 + rest.slice(2).search(/[/?]|$/));
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host === '' || host.startsWith(':')) refuse('host', text, `has no host; ${ALLOWED}`);
}

function parseText(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    return refuse('syntax', text, `has an invalid host or port; ${ALLOWED}`, hiddenCause(cause));
  }
}

/** Node's ERR_INVALID_URL holds the whole input, with the password. */
function hiddenCause(cause: unknown): unknown {
  if (cause instanceof Error && 'input' in cause) cause.input = hideUserinfo(String(cause.input));
  return cause;
}

function userinfoOf(parsed: URL, text: string): WebSocketUrl['userinfo'] {
  if (parsed.username === '' && parsed.password === '') return null;
  const username = decode(parsed.username, text);
  const password = decode(parsed.password, text);
  if (CONTROL.test(username + password)) {
    refuse('userinfo', text, 'has a control character in user name or password', undefined, 'RFC 7617 2');
  }
  if (username.includes(':')) {
    refuse('userinfo', text, 'has a colon in the user name, which Basic cannot transport', undefined, 'RFC 7617 2');
  }
  return { username, password };
}

function decode(part: string, text: string, rule = 'userinfo'): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    return refuse(rule, text, 'has a % that starts no UTF-8 character; write %25', cause);
  }
}
