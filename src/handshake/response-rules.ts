import { HandshakeError, type HandshakeErrorCode, quote } from './error.js';
import { type Extension, sharedExtensions } from './extensions.js';
import { equalsIgnoringCase, parseList } from './grammar.js';
import type { HandshakeHeaders } from './headers.js';
import type { Response } from './http-message.js';
import { acceptOf } from './key.js';
import { checkAgreedProtocol } from './subprotocol.js';

/** What the response is checked against. */
export interface ExpectedResponse {
  /** The key of the request. */
  readonly key: string;
  /** The subprotocols of the request, see `effectiveProtocols`. */
  readonly protocols: readonly string[];
  /** The names of the extensions offered. Their parameters are judged by the extension itself (`checkAcceptance`). */
  readonly offeredExtensions: readonly string[];
}

/**
 * The checks of RFC 6455 4.1 on a response, in its order, one function per item.
 *
 * @throws HandshakeError for the first item that is broken; for a status other than 101 `WS_HANDSHAKE_STATUS` with
 * status, headers and body
 * @returns the agreed subprotocol ('' for none) and the accepted extensions
 */
export function checkResponse(
  response: Response,
  expected: ExpectedResponse,
): { protocol: string; extensions: readonly Extension[] } {
  const { headers } = response;
  checkStatus(response);
  checkUpgraded(headers);
  checkConnectionUpgraded(headers);
  checkAccept(headers, expected.key);
  const extensions = checkExtensions(headers, expected.offeredExtensions);
  const protocol = checkAgreedProtocol(headers.getAll('sec-websocket-protocol'), expected.protocols);
  return { protocol, extensions };
}

/** Item 1: the status is 101, everything else is for HTTP to explain. */
export function checkStatus(response: Response): void {
  if (response.status === 101) return;
  const { status, reason, headers, body, bodyTruncated } = response;
  const message = `The server refused the upgrade with ${status}${reason === '' ? '' : ` ${quote(reason)}`}${hintOf(response)}`;
  const facts = { rule: 'status', section: 'RFC 6455 4.1', value: String(status) };
  const context = { status, reason, headers, body, bodyTruncated };
  throw new HandshakeError('WS_HANDSHAKE_STATUS', message, { ...facts, ...context });
}

function hintOf({ status, headers }: Response): string {
  const versions = headers.get('sec-websocket-version');
  if (versions !== null) return `; it speaks Sec-WebSocket-Version ${quote(versions)}, this client 13`;
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null) return `; it redirects to ${quote(location)}`;
  const challenge = headers.get(status === 407 ? 'proxy-authenticate' : 'www-authenticate');
  if (challenge !== null) return `; it asks for ${quote(challenge)}`;
  const retryAfter = headers.get('retry-after');
  return retryAfter === null ? '' : `; it asks to retry after ${quote(retryAfter)}`;
}

function broken(
  code: HandshakeErrorCode,
  rule: string,
  message: string,
  value: string,
  section = 'RFC 6455 4.1',
): never {
  throw new HandshakeError(code, message, { rule, section, value });
}

/** Item 2: an Upgrade header, and no value in it but "websocket" in any case. */
export function checkUpgraded(headers: HandshakeHeaders): void {
  const value = headers.get('upgrade') ?? '';
  if (equalsIgnoringCase(value, 'websocket')) return;
  const protocols = parseList(value);
  if (protocols.length > 0 && protocols.every((protocol) => equalsIgnoringCase(protocol, 'websocket'))) return;
  broken('WS_HANDSHAKE_UPGRADE', 'upgrade', `Upgrade is ${quote(value)}; it must be "websocket"`, value);
}

/** Item 3: a Connection header that holds the token "Upgrade" in any case. */
export function checkConnectionUpgraded(headers: HandshakeHeaders): void {
  const value = headers.get('connection') ?? '';
  if (equalsIgnoringCase(value, 'upgrade')) return;
  if (parseList(value).some((option) => equalsIgnoringCase(option, 'upgrade'))) return;
  broken('WS_HANDSHAKE_CONNECTION', 'connection', `Connection is ${quote(value)}; it must hold "Upgrade"`, value);
}

/** Item 4: the Sec-WebSocket-Accept of this key; not more than one (11.3.3). */
export function checkAccept(headers: HandshakeHeaders, key: string): void {
  // Two field lines are joined by a comma, which stands in no accept.
  if (headers.get('sec-websocket-accept') === acceptOf(key)) return;
  const values = headers.getAll('sec-websocket-accept');
  const value = values.join(', ');
  if (values.length > 1) {
    const message = `Sec-WebSocket-Accept stands in the response ${values.length} times`;
    broken('WS_HANDSHAKE_ACCEPT', 'accept-once', message, value, 'RFC 6455 11.3.3');
  }
  const message = `Sec-WebSocket-Accept is ${quote(value)}; for this key it must be ${quote(acceptOf(key))}`;
  broken('WS_HANDSHAKE_ACCEPT', 'accept', message, value);
}

const NO_EXTENSIONS: readonly Extension[] = Object.freeze([]);

/** Item 5: no extension that was not offered; not more than one field line (11.3.2). */
export function checkExtensions(headers: HandshakeHeaders, offered: readonly string[]): readonly Extension[] {
  const values = headers.getAll('sec-websocket-extensions');
  if (values.length === 0) return NO_EXTENSIONS;
  if (values.length > 1) {
    const message = `Sec-WebSocket-Extensions stands in the response ${values.length} times`;
    broken('WS_HANDSHAKE_EXTENSIONS', 'extensions-once', message, values.join(', '), 'RFC 6455 11.3.2');
  }
  const extensions = sharedExtensions(values[0] as string);
  for (const { name } of extensions) {
    if (offered.includes(name)) continue;
    broken('WS_HANDSHAKE_EXTENSIONS', 'extension-offered', `The extension ${quote(name)} was not offered`, name);
  }
  return extensions;
}
