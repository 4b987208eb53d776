import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { HandshakeError, type WebSocketUrl } from '../handshake/index.js';
import { Attempt } from './attempt.js';
import type { Compression } from './compression.js';
import { optionError } from './errors.js';
import { type Open, Opening } from './opening.js';
import type { Settings } from './options.js';
import type { Hop } from './retry.js';
import { isOurs, openSocket, secured, startSocket, startTls, type Wire } from './socket.js';
import type { Failing } from './step.js';
import { loadTls, tlsLayer, waitsForTls } from './tls-loader.js';
import type { Tunnel } from './tunnel.js';

/** Makes the result of a dial that is to end before the connection is judged and written to: see {@link inspect}. */
export type Examine<T> = (socket: Socket, address: string | undefined) => T;

/**
 * Dials: [proxy] tcp [tls -> verdict] -> request out -> response in, again where a response redirects or asks for Digest. Nothing is
 * written to a TLS connection before its verdict.
 *
 * @throws (as a rejection) ConnectionError, TlsError or HandshakeError; the socket is destroyed then.
 */
export function dial<T>(url: WebSocketUrl, settings: Settings, open: Open<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const attempt = new Attempt(url, settings);
    if (!attempt.begin(reject)) return;
    const hop: Hop = { url, settings, redirects: 0 };
    if (mayBeMore(hop)) tell(follow(hop, attempt, open), resolve, attempt);
    else if (isDirect(hop) && !waitsForCodec(settings)) visitDirectly(hop, attempt, open, resolve, attempt);
    else tell(visit(hop, attempt, open), resolve, attempt);
  });
}

const tell = <T>(result: Promise<T>, resolve: (value: T) => void, failing: Failing): Promise<void> =>
  result.then(resolve, (error) => failing.fail(error));

/** Whether another request may follow the first one. */
function mayBeMore({ url, settings: { maxRedirects, socketOptions } }: Hop): boolean {
  return (maxRedirects > 0 || url.userinfo !== null) && socketOptions.socket === undefined;
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
  const examined = async (): Promise<T> => {
    const { socket } = await reach(url, settings, attempt);
    const result = examine(socket, attempt.address);
    attempt.end();
    attempt.drop();
    return result;
  };
  return new Promise((resolve, reject) => {
    if (attempt.begin(reject)) tell(examined(), resolve, attempt);
  });
}

function mayGoOn(error: unknown, hop: Hop): error is HandshakeError {
  return error instanceof HandshakeError && error.code === 'WS_HANDSHAKE_STATUS' && mayBeMore(hop);
}

/** One request at one server. */
async function visit<T>(hop: Hop, attempt: Attempt, open: Open<T>): Promise<T> {
  const { url, settings } = hop;
  if (waitsForCodec(settings)) codec = await import('./compression.js');
  if (isDirect(hop)) return new Promise((resolve, fail) => visitDirectly(hop, attempt, open, resolve, { fail }));
  // Before anything is dialed: a header that makes no sense costs no connection.
  const opening = new Opening(hop, attempt, open, compressionOf(settings));
  const { transport, socket, early } = await reach(url, settings, attempt);
  if (url.secure) {
    const judged = tlsLayer().judgeSocket(socket as TLSSocket, url, settings.security, attempt.address);
    opening.tls = judged instanceof Promise ? await judged : judged;
  }
  const opened = opening.run(transport);
  if (early !== undefined && early.length > 0) transport.receiver.read(early, 0, early.length);
  return opened;
}

/** The same where nothing stands between the socket and the request, and nothing has to be loaded: it needs no promise of its own. */
function visitDirectly<T>(
  hop: Hop,
  attempt: Attempt,
  open: Open<T>,
  resolve: (value: T) => void,
  failing: Failing,
): void {
  const { url, settings } = hop;
  try {
    const opening = new Opening(hop, attempt, open, compressionOf(settings));
    const { socket, transport } = startSocket(url, null, settings.socketOptions, attempt);
    opening.awaits(socket).start(transport, resolve, failing);
  } catch (error) {
    failing.fail(error);
  }
}

type CodecModule = typeof import('./compression.js');

/** Most programs need none; once it is there nobody has to wait for it. */
let codec: CodecModule | undefined;

const waitsForCodec = ({ compression }: Settings): boolean => compression !== null && codec === undefined;

function compressionOf({ compression }: Settings): Compression | null {
  return compression === null ? null : (codec as CodecModule).compressionOf(compression);
}

/** Whether nothing stands between the socket and the request. */
const isDirect = ({ url, settings: { proxy, socketOptions } }: Hop): boolean =>
  !url.secure && proxy === null && isOurs(socketOptions);

/** Everything before the request: [proxy] tcp [tls]. The certificate is still to be judged. */
async function reach(url: WebSocketUrl, settings: Settings, attempt: Attempt): Promise<Partial<Tunnel> & Wire> {
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
