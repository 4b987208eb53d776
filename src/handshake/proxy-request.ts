import { HandshakeError, quote } from './error.js';
import { formatHead, type HeadersOption, readHeaders } from './header-options.js';
import type { Response } from './http-message.js';
import { basicAuthorization } from './request.js';

/** What a request for a tunnel is made of (RFC 9110 9.3.6, RFC 6455 4.1 item 3). */
export interface TunnelOptions {
  /** The name or address of the target, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** For Basic in Proxy-Authorization; null for none. */
  readonly userinfo: { readonly username: string; readonly password: string } | null;
  /** More headers; they overwrite ours. */
  readonly headers?: HeadersOption | undefined;
}

/**
 * The head of a CONNECT request, up to and with its empty line. One character is one byte: write it as `latin1`.
 *
 * @throws HandshakeError `WS_HANDSHAKE_HEADER`
 */
export function buildTunnelRequest({ host, port, userinfo, headers }: TunnelOptions): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  let own = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}`;
  if (userinfo !== null) own += `\r\nProxy-Authorization: ${basicAuthorization(userinfo)}`;
  return formatHead(own, readHeaders(headers));
}

/** @throws HandshakeError `WS_HANDSHAKE_PROXY` with status, headers and body for any status but 2xx */
export function checkTunnelResponse({ status, reason, headers, body, bodyTruncated }: Response): void {
  if (status >= 200 && status < 300) return;
  const challenge = headers.get('proxy-authenticate');
  const hint = status === 407 && challenge !== null ? `; it asks for ${quote(challenge)}` : '';
  const message = `The proxy refused the tunnel with ${status}${reason === '' ? '' : ` ${quote(reason)}`}${hint}`;
  const facts = { rule: 'proxy-status', section: 'RFC 9110 9.3.6', value: String(status) };
  throw new HandshakeError('WS_HANDSHAKE_PROXY', message, { ...facts, status, reason, headers, body, bodyTruncated });
}
