import { HandshakeError, type HandshakeErrorCode, quote } from './error.js';
import { type Extension, formatExtensions } from './extensions.js';
import { isFieldValue } from './grammar.js';
import { formatHead, type HeadersOption, readHeaders } from './header-options.js';
import type { Request } from './http-message.js';
import { acceptOf } from './key.js';

/** What a server answers to a request that it accepts. */
export interface ResponseOptions {
  /** One of the request's subprotocols, see `selectProtocol`; default '', which is none. */
  readonly protocol?: string | undefined;
  /** The accepted extensions, each of them offered in the request; default none. */
  readonly extensions?: readonly Extension[] | undefined;
  /** More headers, by the rules of a request's. Sec-WebSocket-Protocol is set by `protocol` alone. */
  readonly headers?: HeadersOption | undefined;
}

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';

/**
 * The head of a 101 response, up to and with its empty line (RFC 6455 4.2.2, item 5). One character is one byte:
 * write it as `latin1`.
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` when the client has not asked for this subprotocol or extension,
 *   `WS_HANDSHAKE_HEADER` for a header that cannot be sent
 */
export function buildResponse(request: Request, options: ResponseOptions = {}): string {
  const { protocol = '', extensions = [] } = options;
  const given = readHeaders(options.headers);
  if (given.has('sec-websocket-protocol')) {
    throw refused('subprotocol-option', 'Sec-WebSocket-Protocol is given as a header; use the option protocol', '');
  }
  let own = `${SWITCHING}Sec-WebSocket-Accept: ${acceptOf(request.key)}`;
  if (protocol !== '') own += `\r\nSec-WebSocket-Protocol: ${askedProtocol(request, protocol)}`;
  if (extensions.length > 0) own += `\r\nSec-WebSocket-Extensions: ${offeredOnly(request, extensions)}`;
  return formatHead(own, given);
}

function refused(rule: string, message: string, value: string): HandshakeError {
  return new HandshakeError('WS_HANDSHAKE_OPTION', message, { rule, section: 'RFC 6455 4.2.2', value });
}

function askedProtocol(request: Request, protocol: string): string {
  if (request.protocols.includes(protocol)) return protocol;
  throw refused('subprotocol-offered', `The client has not asked for the subprotocol ${quote(protocol)}`, protocol);
}

function offeredOnly(request: Request, extensions: readonly Extension[]): string {
  for (const { name } of extensions) {
    if (request.extensions.some((offer) => offer.name === name)) continue;
    throw refused('extension-offered', `The client has not offered the extension ${quote(name)}`, name);
  }
  return formatExtensions(extensions);
}

/** What a server answers to a request that it refuses. */
export interface RefusalOptions {
  /** 200 to 599. */
  readonly status: number;
  /** The reason phrase; default that of RFC 9110 15 for the statuses a handshake needs, else empty. */
  readonly reason?: string | undefined;
  /** More headers. Connection (default `close`) and Upgrade may be among them. */
  readonly headers?: HeadersOption | undefined;
  /** The body, a string as UTF-8; default empty. */
  readonly body?: string | Uint8Array | undefined;
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [426, 'Upgrade Required'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
  [505, 'HTTP Version Not Supported'],
]);

/** In a refusal these belong to the framing of its body. */
const REFUSAL_RESERVED: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'sec-websocket-accept']);

/**
 * A whole response that refuses the upgrade (RFC 6455 4.2.2). One character is one byte, also in the body: write it
 * as `latin1`.
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` for a status or reason that cannot be sent, `WS_HANDSHAKE_HEADER`
 * for such a header
 */
export function buildRefusal(options: RefusalOptions): string {
  const { status, body = '' } = options;
  const reason = options.reason ?? REASONS.get(status) ?? '';
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw refused('status', `The status ${status} is no refusal; allowed are 200 to 599`, String(status));
  }
  if (!isFieldValue(reason))
    throw refused('reason', `The reason ${quote(reason)} has characters no line may have`, reason);
  const bytes = Buffer.from(body);
  if (bytes.length > 0 && (status === 204 || status === 304)) {
    throw refused('body', `A response with status ${status} has no body`, String(status));
  }
  let own = `HTTP/1.1 ${status} ${reason}\r\nConnection: close`;
  // RFC 9110 8.6: a 204 MUST NOT have Content-Length.
  if (status !== 204) own += `\r\nContent-Length: ${bytes.length}`;
  const head = formatHead(own, readHeaders(options.headers, REFUSAL_RESERVED));
  return head + bytes.toString('latin1');
}

const TEXT: Readonly<Record<string, string>> = { 'Content-Type': 'text/plain; charset=utf-8' };

/**
 * RFC 6455 4.4: the version this side speaks. RFC 9110 15.5.22: the protocol to upgrade to, and 7.8: then
 * Connection names Upgrade.
 */
const UPGRADE_REQUIRED: Readonly<Record<string, string>> = {
  ...TEXT,
  Connection: 'close, Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
};

/** Status and headers by code; for a code that is not here it is 400. */
const REFUSALS: ReadonlyMap<HandshakeErrorCode, RefusalOptions> = new Map<HandshakeErrorCode, RefusalOptions>([
  ['WS_HANDSHAKE_METHOD', { status: 405, headers: { ...TEXT, Allow: 'GET' } }],
  ['WS_HANDSHAKE_HTTP_VERSION', { status: 505, headers: TEXT }],
  ['WS_HANDSHAKE_UPGRADE', { status: 426, headers: UPGRADE_REQUIRED }],
  ['WS_HANDSHAKE_VERSION', { status: 426, headers: UPGRADE_REQUIRED }],
  ['WS_HANDSHAKE_LIMIT', { status: 431, headers: TEXT }],
]);

/**
 * The answer to a request that `RequestParser` refused: the status and the headers that fit, and the message as
 * text. A request for another version learns the version to use (RFC 6455 4.2.2, item 4, and 4.4).
 */
export function buildRefusalOf(error: HandshakeError): string {
  const refusal = REFUSALS.get(error.code) ?? { status: 400, headers: TEXT };
  return buildRefusal({ ...refusal, body: `${error.message}\n` });
}
