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
import { Attempt } from './attempt.js';
import type { Codec } from './compression.js';
import { optionError } from './errors.js';
import type { Settings } from './options.js';
import type { Hop } from './retry.js';
import { openSocket, secured, startTls, type Wire } from './socket.js';
import { exchange } from './step.js';
import { loadTls, tlsLayer, waitsForTls } from './tls-loader.js';
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
export type Open<T> = (transport: Transport, agreed: Agreed, settings: Settings) => T;

/** Makes the result of a dial that is to end before the connection is judged and written to: see {@link inspect}. */
export type Examine<T> = (socket: Socket, address: string | undefined) => T;

/**
 * Dials: [proxy] tcp [tls -> verdict] -> request out -> response in, again where a response redirects or asks for Digest. Nothing is
 * written to a TLS connection before its verdict.
 *
 * @throws (as a rejection) ConnectionError, TlsError or HandshakeError; the socket is destroyed then.
 */
export function dial<T>(url: WebSocketUrl, settings: Settings, open: Open<T>): Promise<T> {
  const attempt = new Attempt(url, settings);
  return attempt.run(() => follow({ url, settings, redirects: 0 }, attempt, open));
}

/** The first request, and those after a redirect or a challenge. */
async function follow<T>(first: Hop, attempt: Attempt, open: Open<T>): Promise<T> {
  let hop = first;
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
    attempt.moveTo(hop.url);
  }
}

/** Dials as {@link dial} does, up to the moment when it would judge the server and write the request; then the sockets are destroyed. */
export function dialOnly<T>(url: WebSocketUrl, settings: Settings, examine: Examine<T>): Promise<T> {
  const attempt = new Attempt(url, settings);
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
  const authorization = digest?.authorization;
  try {
    const compression =
      settings.compression === null ? null : (codec ?? (await loadCodec())).compressionOf(settings.compression);
    const extensions = compression === null ? undefined : formatExtensions([compression.offer]);
    // Before anything is dialed: a header that makes no sense costs no connection.
    const request = buildRequest({ url, key, headers, protocols, authorization, origin, extensions });
    const { transport, socket, early } = await reach(url, settings, attempt);
    const judged = url.secure ? tlsLayer().judgeSocket(socket as TLSSocket, url, security, attempt.address) : null;
    const tls = judged instanceof Promise ? await judged : judged;
    attempt.enter('handshake');
    const opened = exchange(transport, attempt, request, new ResponseParser(), (response) => {
      const offeredExtensions = compression === null ? NONE : [compression.name];
      const expected = { key, protocols: effectiveProtocols({ headers, protocols }), offeredExtensions };
      const { protocol, extensions } = checkResponse(response, expected);
      const agreed: Agreed = {
        url: attempt.url,
        response,
        protocol,
        extensions,
        compression: compression === null ? null : compression.agreeOn(extensions),
        tls,
      };
      attempt.end();
      attempt.phase = 'open';
      const { diagnostics } = attempt;
      transport.diagnostics = diagnostics;
      const result = open(transport, agreed, settings);
      diagnostics?.opened({ response, protocol, extensions, tls });
      return result;
    });
    if (early !== undefined && early.length > 0) transport.receiver.read(early, 0, early.length);
    return await opened;
  } catch (error) {
    throw error instanceof HandshakeError ? attempt.explain(error) : error;
  }
}

const NONE: readonly string[] = [];

type CodecModule = typeof import('./compression.js');

/** Most programs need none; once it is there nobody has to wait for it. */
let codec: CodecModule | undefined;

async function loadCodec(): Promise<CodecModule> {
  codec ??= await import('./compression.js');
  return codec;
}

/** Everything before the request: [proxy] tcp [tls]. The certificate is still to be judged. */
function reach(url: WebSocketUrl, settings: Settings, attempt: Attempt): Promise<Partial<Tunnel> & Wire> {
  const { proxy, socketOptions } = settings;
  return url.secure || proxy !== null
    ? reachFar(url, settings, attempt)
    : openSocket(url, null, socketOptions, attempt);
}

async function reachFar(url: WebSocketUrl, settings: Settings, attempt: Attempt): Promise<Partial<Tunnel> & Wire> {
  const { security, socketOptions } = settings;
  if (url.secure && waitsForTls(security)) await loadTls(security);
  const tunnel = settings.proxy === null ? null : await throughProxy(url, settings, attempt);
  if (tunnel !== null && !url.secure) return tunnel;
  const wire =
    tunnel === null
      ? await openSocket(url, url.secure ? security : null, socketOptions, attempt)
      : startTls(url.host, security, tunnel, attempt);
  if (url.secure) {
    attempt.enter('tls');
    await secured(wire, attempt);
  }
  return wire;
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
