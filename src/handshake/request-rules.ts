import { HandshakeError, type HandshakeErrorCode, quote } from './error.js';
import { type Extension, parseExtensions } from './extensions.js';
import { equalsIgnoringCase, parseList } from './grammar.js';
import type { HandshakeHeaders } from './headers.js';
import type { Request, RequestHead } from './http-message.js';
import { isKey } from './key.js';
import { parseProtocols } from './subprotocol.js';

/**
 * The checks of RFC 6455 4.2.1 in its order, one function per item.
 *
 * @throws HandshakeError for the first item that is broken
 */
export function checkRequest(head: RequestHead): Request {
  const { headers } = head;
  checkMethod(head.method);
  checkHttpVersion(head.httpVersion);
  const resourceName = checkTarget(head.target);
  checkHost(headers);
  checkUpgrade(headers);
  checkConnection(headers);
  const key = checkRequestKey(headers);
  checkVersion(headers);
  checkNoBody(headers);
  const origin = headers.get('origin');
  const protocols = parseProtocols(headers.getAll('sec-websocket-protocol'));
  const request = { ...head, resourceName, key, protocols, extensions: offeredExtensions(headers) };
  return origin === null ? request : { ...request, origin };
}

function broken(
  code: HandshakeErrorCode,
  rule: string,
  message: string,
  value: string,
  section = 'RFC 6455 4.2.1',
): never {
  throw new HandshakeError(code, message, { rule, section, value });
}

/** Item 1: a GET request. */
export function checkMethod(method: string): void {
  if (method === 'GET') return;
  broken('WS_HANDSHAKE_METHOD', 'method', `The method is ${quote(method)}; it must be GET`, method);
}

/** Item 1: HTTP/1.1 or higher. */
export function checkHttpVersion(version: string): void {
  if (version !== '1.0') return;
  broken(
    'WS_HANDSHAKE_HTTP_VERSION',
    'http-version',
    'The request is HTTP/1.0; it must be HTTP/1.1 or higher',
    version,
  );
}

/** Item 1: a resource name (RFC 6455 3), or an absolute http or https uri that holds one. */
export function checkTarget(target: string): string {
  if (target.startsWith('/') && !target.includes('#')) return target;
  if (/^https?:\/\/[^/?#]/i.test(target) && !target.includes('#') && URL.canParse(target)) {
    const { pathname, search } = new URL(target);
    return pathname + search;
  }
  return broken('WS_HANDSHAKE_TARGET', 'target', `The target ${quote(target)} holds no resource name`, target);
}

/** Item 2: a Host header; exactly one (RFC 9112 3.2). */
export function checkHost(headers: HandshakeHeaders): void {
  const hosts = headers.getAll('host');
  if (hosts.length === 1) return;
  broken('WS_HANDSHAKE_HOST', 'host', `There are ${hosts.length} Host headers; there must be one`, hosts.join(', '));
}

/** Item 3: an Upgrade header that holds "websocket". */
export function checkUpgrade(headers: HandshakeHeaders): void {
  const value = headers.get('upgrade') ?? '';
  if (parseList(value).some((protocol) => equalsIgnoringCase(protocol, 'websocket'))) return;
  broken('WS_HANDSHAKE_UPGRADE', 'upgrade', `Upgrade is ${quote(value)}; it must hold "websocket"`, value);
}

/** Item 4: a Connection header that holds the token "Upgrade". */
export function checkConnection(headers: HandshakeHeaders): void {
  const value = headers.get('connection') ?? '';
  if (parseList(value).some((option) => equalsIgnoringCase(option, 'upgrade'))) return;
  broken('WS_HANDSHAKE_CONNECTION', 'connection', `Connection is ${quote(value)}; it must hold "Upgrade"`, value);
}

/** Item 5: a Sec-WebSocket-Key that decodes to 16 bytes; not more than one (11.3.1). */
export function checkRequestKey(headers: HandshakeHeaders): string {
  const keys = headers.getAll('sec-websocket-key');
  const [key] = keys;
  if (keys.length > 1) {
    const message = `There are ${keys.length} Sec-WebSocket-Key headers; there must be one`;
    broken('WS_HANDSHAKE_KEY', 'key-once', message, keys.join(', '), 'RFC 6455 11.3.1');
  }
  if (key !== undefined && isKey(key)) return key;
  const message = `Sec-WebSocket-Key is ${quote(key ?? '')}; it must be the base64 text of 16 bytes`;
  return broken('WS_HANDSHAKE_KEY', 'key', message, key ?? '');
}

/** Item 6: Sec-WebSocket-Version 13; not more than one (11.3.5). */
export function checkVersion(headers: HandshakeHeaders): void {
  const value = headers.get('sec-websocket-version') ?? '';
  if (value === '13') return;
  broken('WS_HANDSHAKE_VERSION', 'version', `Sec-WebSocket-Version is ${quote(value)}; it must be 13`, value);
}

/** What follows the head are frames: a body would be read as such (decision of this project). */
export function checkNoBody(headers: HandshakeHeaders): void {
  const value = headers.get('transfer-encoding') ?? headers.get('content-length') ?? '0';
  if (/^0+$/.test(value)) return;
  const message = `The request has a body (${quote(value)}); an opening handshake has none`;
  broken('WS_HANDSHAKE_BODY', 'body', message, value, 'decision of this project');
}

/** Item 9: the extensions, from all field lines (9.1). */
function offeredExtensions(headers: HandshakeHeaders): Extension[] {
  const values = headers.getAll('sec-websocket-extensions');
  return values.length === 0 ? [] : parseExtensions(values);
}
