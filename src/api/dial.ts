import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  buildRequest,
  checkResponse,
  createKey,
  type Extension,
  effectiveProtocols,
  formatExtensions,
  HandshakeError,
  type Response,
  ResponseParser,
  type WebSocketUrl,
} from '../handshake/index.js';
import { handshakeFailed } from '../tls/index.js';
import { Attempt } from './attempt.js';
import type { Codec, Compression } from './compression.js';
import type { PerMessageDeflate } from './compression-options.js';
import { optionError } from './errors.js';
import { judgeSocket, loadJudge, needsJudge } from './judge.js';
import type { Settings } from './options.js';
import type { Hop } from './retry.js';
import { openSocket, secured, startTls } from './socket.js';
import { exchange, type Lost } from './step.js';
import type { TlsReport } from './tls-report.js';
import type { Transport } from './transport.js';
import type { Tunnel } from './tunnel.js';

/** What the handshakes agreed on. */
export interface Agreed {
  /** Without user name and password. */
  readonly url: string;
  readonly response: Response;
  /** `''` if none. */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
  /** What was agreed on of permessage-deflate; `null` if it was not. */
  readonly compression: Codec | null;
  /** `null` for `ws:`. */
  readonly tls: TlsReport | null;
}

/**
 * Makes the connection of the user's out of an established one. It is called in the same tick as the last byte of the
 * handshake came, and must set the transport's receiver: frames may be in the same read.
 */
export type Open<T> = (transport: Transport, agreed: Agreed) => T;

/** Makes the result of a dial that is to end before the connection is judged and written to: see {@link inspect}. */
export type Examine<T> = (socket: Socket, address: string | undefined) => T;

/**
 * Dials: [proxy] tcp [tls -> verdict] -> request out -> response in, again where a response redirects or asks for Digest. Nothing is
 * written to a TLS connection before its verdict.
 *
 * @throws (as a rejection) ConnectionError, TlsError or HandshakeError; the socket is destroyed then.
 */
export function dial<T>(url: WebSocketUrl, settings: Settings, open: Open<T>): Promise<T> {
  const attempt = new Attempt(shownUrl(url), settings);
  return attempt.run(async () => {
    let hop: Hop = { url, settings, redirects: 0 };
    for (;;) {
      try {
        return await visit(hop, attempt, open);
      } catch (error) {
        if (!mayGoOn(error, hop)) throw error;
        // Most dials need nothing of this, and their program does not load it.
        const { nextHop } = await import('./retry.js');
        hop = nextHop(hop, error);
      }
      attempt.drop();
      attempt.moveTo(shownUrl(hop.url));
    }
  });
}

/** Dials as {@link dial} does, up to the moment when it would judge the server and write the request; then the sockets are destroyed. */
export function dialOnly<T>(url: WebSocketUrl, settings: Settings, examine: Examine<T>): Promise<T> {
  const attempt = new Attempt(shownUrl(url), settings);
  return attempt.run(async () => {
    const { socket } = await reach(url, settings, attempt);
    const result = examine(socket, attempt.address);
    attempt.end();
    attempt.drop();
    return result;
  });
}

function mayGoOn(error: unknown, { url, settings }: Hop): error is HandshakeError {
  if (!(error instanceof HandshakeError) || error.code !== 'WS_HANDSHAKE_STATUS') return false;
  const { maxRedirects, socketOptions } = settings;
  return (maxRedirects > 0 || url.userinfo !== null) && socketOptions.socket === undefined;
}

/** One request at one server. */
async function visit<T>({ url, settings, digest }: Hop, attempt: Attempt, open: Open<T>): Promise<T> {
  const { headers, protocols, origin, security } = settings;
  const key = createKey();
  try {
    const compression = settings.compression === null ? null : await loadCompression(settings.compression);
    // Before anything is dialed: a header that makes no sense costs no connection.
    const authorization = digest?.authorization;
    const request = buildRequest({
      url,
      key,
      headers,
      protocols,
      authorization,
      ...(origin !== undefined && { origin }),
      ...(compression !== null && { extensions: formatExtensions([compression.offer]) }),
    });
    if (url.secure && needsJudge(security)) await loadJudge();
    const { transport, socket, early } = await reach(url, settings, attempt);
    const judged = url.secure ? judgeSocket(socket as TLSSocket, url, security, attempt.address) : null;
    const tls = judged instanceof Promise ? await judged : judged;
    attempt.enter('handshake');
    const opened = exchange(transport, lostBy(attempt, url), request, new ResponseParser(), (response) => {
      const asked = effectiveProtocols({ headers, protocols });
      const offeredExtensions = compression === null ? [] : [compression.name];
      const agreed = checkResponse(response, { key, protocols: asked, offeredExtensions });
      const codec = compression === null ? null : compression.agreeOn(agreed.extensions);
      attempt.end();
      attempt.phase = 'open';
      const { diagnostics } = attempt;
      if (diagnostics.isWanted) transport.diagnostics = diagnostics;
      const result = open(transport, { url: attempt.url, response, tls, compression: codec, ...agreed });
      diagnostics.opened({ response, tls, ...agreed });
      return result;
    });
    if (early.length > 0) transport.receiver.read(early, 0, early.length);
    return await opened;
  } catch (error) {
    throw error instanceof HandshakeError ? attempt.explain(error) : error;
  }
}

async function loadCompression(options: PerMessageDeflate): Promise<Compression> {
  const { compressionOf } = await import('./compression.js');
  return compressionOf(options);
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Everything before the request: [proxy] tcp [tls]. The certificate is still to be judged. */
async function reach(url: WebSocketUrl, settings: Settings, attempt: Attempt): Promise<Tunnel> {
  const { security, socketOptions } = settings;
  const tunnel = settings.proxy === null ? null : await throughProxy(url, settings, attempt);
  if (tunnel !== null && !url.secure) return tunnel;
  const wire =
    tunnel === null
      ? await openSocket(url, url.secure ? security : null, socketOptions, attempt)
      : startTls(url.host, security, tunnel, attempt);
  if (url.secure) {
    attempt.enter('tls');
    await secured(wire, lostBy(attempt, url));
  }
  return { ...wire, early: NOTHING };
}

async function throughProxy(url: WebSocketUrl, settings: Settings, attempt: Attempt): Promise<Tunnel | null> {
  const { proxy, socketOptions } = settings;
  if (proxy === null) return null;
  if (url.socketPath !== undefined && proxy.address !== 'env') {
    throw optionError("option 'proxy': there is no proxy to a unix domain socket");
  }
  const { chooseProxy, openTunnel } = await import('./tunnel.js');
  const address = chooseProxy(proxy, url);
  return address === null ? null : openTunnel(address, url, proxy, socketOptions, attempt);
}

/** TLS 1.3 has servers that tell what they think of a client's certificate only after the handshake. */
function lostBy(attempt: Attempt, { secure, host }: WebSocketUrl): Lost {
  return (cause) => {
    const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
    const isTls = attempt.phase === 'tls' || code.startsWith('ERR_SSL_') || code === 'EPROTO';
    if (cause !== undefined && isTls && secure) return handshakeFailed(cause, host, attempt.address);
    return attempt.lost(cause);
  };
}

/** The url for errors and for the connection: without user name and password. */
export function shownUrl({ href, secure, hostHeader, resourceName, socketPath }: WebSocketUrl): string {
  return socketPath === undefined ? `${secure ? 'wss' : 'ws'}://${hostHeader}${resourceName}` : href;
}
