import type { TLSSocket } from 'node:tls';
import {
  buildTunnelRequest,
  checkTunnelResponse,
  HandshakeError,
  type Response,
  ResponseParser,
  SocksClient,
  type TunnelOptions,
  type WebSocketUrl,
} from '../handshake/index.js';
import type { Attempt } from './attempt.js';
import { ConnectionError } from './errors.js';
import { Exchange } from './exchange.js';
import { type ProxyAddress, type ProxySettings, parseProxyUrl } from './proxy.js';
import { proxyOfEnvironment } from './proxy-environment.js';
import { openSocket, type SocketOptions, secured, type Wire } from './socket.js';
import { Step } from './step.js';
import { loadTls, tlsLayer, waitsForTls } from './tls-loader.js';
import type { Transport } from './transport.js';

/** A wire, and what has come on it already. */
export interface Tunnel extends Wire {
  readonly early: Buffer;
}

/** The proxy for this url, or null where the environment names none for it. */
export function chooseProxy({ address }: ProxySettings, url: WebSocketUrl): ProxyAddress | null {
  if (address !== 'env') return address;
  const found = url.socketPath === undefined ? proxyOfEnvironment(url, process.env) : null;
  if (found === null) return null;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(found.value) ? found.value : `http://${found.value}`;
  return parseProxyUrl(text, `environment variable '${found.name}'`);
}

/**
 * Connects through a proxy: [tls -> verdict] -> CONNECT or SOCKS5. All of it is the phase 'proxy'.
 *
 * @throws (as a rejection) ConnectionError `WS_CONNECT_PROXY`, with the HandshakeError (status, headers and body of a refusal) or
 * TlsError of the proxy as its `cause`
 */
export async function openTunnel(
  proxy: ProxyAddress,
  url: WebSocketUrl,
  { headers, security }: ProxySettings,
  options: SocketOptions,
  attempt: Attempt,
): Promise<Tunnel> {
  attempt.proxy = proxy.shown;
  attempt.enter('proxy');
  try {
    const target = { host: url.host, port: url.port, userinfo: proxy.userinfo, headers };
    const wire = await reach(proxy, security, options, attempt);
    const { transport } = wire;
    const early =
      proxy.kind === 'socks5' ? await bySocks(wire, target, attempt) : await byConnect(wire, target, attempt);
    // In TLS the client speaks first (RFC 8446 2), so this is not the target's.
    if (url.secure && early.length > 0) throw new Error(`it sent ${early.length} bytes before the TLS handshake`);
    return { socket: wire.socket, transport, early };
  } catch (error) {
    throw error instanceof ConnectionError && error.phase === 'proxy' ? error : attempt.failed(error as Error);
  }
}

async function reach(
  proxy: ProxyAddress,
  security: ProxySettings['security'],
  options: SocketOptions,
  attempt: Attempt,
): Promise<Wire> {
  if (proxy.kind !== 'https') return openSocket(proxy, null, options, attempt);
  if (waitsForTls(security)) await loadTls(security);
  const { handshakeFailed, judgeSocket } = tlsLayer();
  const wire = await openSocket(proxy, security, options, attempt);
  await secured(wire, {
    lost: (cause) => (cause === undefined ? attempt.ended() : handshakeFailed(cause, proxy.host, attempt.address)),
  });
  await judgeSocket(wire.socket as TLSSocket, proxy, security, attempt.address);
  return wire;
}

async function byConnect({ transport }: Wire, target: TunnelOptions, attempt: Attempt): Promise<Buffer> {
  const parser = new ResponseParser({}, 'CONNECT');
  try {
    return await new Connect(attempt, buildTunnelRequest(target), parser).run(transport);
  } catch (error) {
    if (error instanceof HandshakeError) attempt.explain(error);
    throw error;
  }
}

/** Gives what came behind the response. */
class Connect extends Exchange<Buffer> {
  protected override finish(response: Response, chunk: Buffer, from: number, end: number): Buffer {
    checkTunnelResponse(response);
    return Buffer.from(chunk.subarray(from, end));
  }
}

function bySocks({ transport }: Wire, target: TunnelOptions, attempt: Attempt): Promise<Buffer> {
  return new Greeting(transport, attempt, target).run(transport);
}

/** Comes to an understanding with a SOCKS proxy; gives what came behind its last reply. */
class Greeting extends Step<Buffer> {
  readonly #socks: SocksClient;

  constructor(transport: Transport, attempt: Attempt, target: TunnelOptions) {
    super(attempt);
    this.#socks = new SocksClient(target, (bytes) => transport.writeRaw(bytes));
  }

  protected override begin(): void {
    this.#socks.start();
  }

  protected override take(chunk: Buffer, start: number, end: number): number {
    const used = this.#socks.push(chunk, start, end);
    if (this.#socks.connected) this.done(Buffer.from(chunk.subarray(used, end)));
    return end;
  }
}
