import { HandshakeError, quote } from './error.js';
import { sharedExtensions } from './extensions.js';
import { parseTokenList } from './grammar.js';
import { checkValue, type Fields, formatHead, type HeadersOption, readHeaders } from './header-options.js';
import { checkKey } from './key.js';
import { checkProtocols } from './subprotocol.js';
import type { WebSocketUrl } from './url.js';

/** What a request is made of (RFC 6455 4.1). */
export interface RequestOptions {
  readonly url: WebSocketUrl;
  /** From `createKey()`: a new one for each request. */
  readonly key: string;
  /**
   * More headers. A name that the request has anyway (Host, Origin, Sec-WebSocket-Protocol, Authorization) is
   * overwritten, whatever its case. The names that carry the handshake itself are refused.
   */
  readonly headers?: HeadersOption | undefined;
  /** Subprotocols, the preferred one first; default none. */
  readonly protocols?: readonly string[] | undefined;
  /** The value of Origin; default none, as only browsers must send one. */
  readonly origin?: string | undefined;
  /** The value of Authorization instead of Basic from the url's user name and password. */
  readonly authorization?: string | undefined;
  /** The value of Sec-WebSocket-Extensions, see `formatExtensions`; default none. */
  readonly extensions?: string | undefined;
}

const UPGRADE = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ';

/**
 * The head of the request, up to and with its empty line (RFC 6455 4.1). One character is one byte: write it as
 * `latin1`. There is no User-Agent unless the caller gives one (decision of this project: constrained devices pay
 * for each byte).
 *
 * @throws HandshakeError `WS_HANDSHAKE_HEADER` or `WS_HANDSHAKE_OPTION`, which names what cannot be sent
 * @example
 * socket.write(buildRequest({ url: parseUrl('ws://example.com/chat'), key: createKey() }), 'latin1');
 */
export function buildRequest(options: RequestOptions): string {
  const { url, key, origin, extensions, authorization } = options;
  const given = readHeaders(options.headers);
  checkKey(key);
  const protocols = protocolsOf(given, options.protocols);
  let own = `GET ${url.resourceName} HTTP/1.1\r\nHost: ${url.hostHeader}\r\n${UPGRADE}${key}\r\nSec-WebSocket-Version: 13`;
  if (origin !== undefined) own += `\r\nOrigin: ${checkOrigin(origin)}`;
  if (protocols.length > 0) own += `\r\nSec-WebSocket-Protocol: ${protocols.join(', ')}`;
  if (extensions !== undefined) own += `\r\nSec-WebSocket-Extensions: ${checkOffer(extensions)}`;
  if (authorization !== undefined) own += `\r\nAuthorization: ${checkValue('Authorization', authorization)}`;
  else if (url.userinfo) own += `\r\nAuthorization: ${basicAuthorization(url.userinfo)}`;
  return formatHead(own, given);
}

/**
 * The subprotocols that `buildRequest` really asks for with these options: those of the header
 * Sec-WebSocket-Protocol if the caller gave it, else `protocols`. The answer is to be checked against them.
 *
 * @throws HandshakeError as `buildRequest` does
 */
export function effectiveProtocols(options: Pick<RequestOptions, 'headers' | 'protocols'>): readonly string[] {
  return protocolsOf(readHeaders(options.headers), options.protocols);
}

function protocolsOf(given: Fields, protocols: readonly string[] = []): readonly string[] {
  checkProtocols(protocols);
  const field = given.get('sec-websocket-protocol');
  if (!field) return protocols;
  const value = field.values.join(', ');
  const listed = parseTokenList(value);
  if (listed) return checkProtocols(listed);
  throw new HandshakeError(
    'WS_HANDSHAKE_HEADER',
    `The header ${quote(field.name)} has ${quote(value)}, no list of tokens`,
    {
      rule: 'subprotocol-token',
      section: 'RFC 6455 4.1',
      value,
    },
  );
}

/** origin-list-or-null (RFC 6454 7.1) is visible ASCII, with a space between two origins. */
function checkOrigin(origin: string): string {
  if (/^[!-~]+(?: [!-~]+)*$/.test(origin)) return origin;
  const message = `The origin ${quote(origin)} is none; write it as https://example.com or null`;
  const facts = { rule: 'origin', section: 'RFC 6454 7.1', value: origin };
  throw new HandshakeError('WS_HANDSHAKE_OPTION', message, facts);
}

function checkOffer(extensions: string): string {
  try {
    sharedExtensions(extensions);
    return extensions;
  } catch (cause) {
    const message = `The extensions ${quote(extensions)} cannot be offered: they break the grammar of RFC 6455 9.1`;
    const facts = { rule: 'extension-grammar', section: 'RFC 6455 9.1', value: extensions, cause };
    throw new HandshakeError('WS_HANDSHAKE_OPTION', message, facts);
  }
}

/** The value of Authorization or Proxy-Authorization for Basic (RFC 7617 2), as UTF-8. */
export function basicAuthorization(userinfo: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${userinfo.username}:${userinfo.password}`).toString('base64')}`;
}
