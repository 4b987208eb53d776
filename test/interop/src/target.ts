import { pem } from './certificates.js';
import { type Engine, Server, type ServerClose } from './engine.js';
import { type Connection, type ConnectOptions, connect, type Message } from './ours.js';
import { HAPROXY, NGINX, TlsProxy, type TlsProxyKind } from './tls-proxy.js';

/** What is asked of a server in the url: see README.md. */
export type Query = Readonly<Record<string, string | number>>;

/** How a server is reached by TLS. */
export interface TlsWay {
  readonly kind: TlsProxyKind;
  /** The url of a path behind the certificate of `ca`. */
  trustedUrl(path: string): string;
  /** The url of a path behind the self-signed certificate. */
  selfSignedUrl(path: string): string;
}

const WAIT_MS = 20_000;
let ids = 0;

/** One way to a server: a url, and the options that it needs. */
export class Target {
  readonly name: string;
  /** `null` for `ws:`. */
  readonly tls: TlsWay | null;
  /** The options that it needs. */
  readonly options: ConnectOptions;
  readonly #origin: string;
  readonly #server: Server;

  constructor(name: string, origin: string, options: ConnectOptions, server: Server, tls: TlsWay | null = null) {
    this.name = name;
    this.#origin = origin;
    this.options = options;
    this.#server = server;
    this.tls = tls;
  }

  /** This way with more options. */
  with(name: string, options: ConnectOptions): Target {
    return new Target(`${this.name}${name}`, this.#origin, { ...this.options, ...options }, this.#server, this.tls);
  }

  url(path: string): string {
    return this.#origin + path;
  }

  async connect(path: string, query: Query = {}, options: ConnectOptions = {}): Promise<Peer> {
    const id = String(++ids);
    const parameters = new URLSearchParams({ ...(query as Record<string, string>), id });
    const ws = await connect(this.url(`${path}?${parameters}`), { ...this.options, ...options });
    return new Peer(ws, () => this.#server.closed(id));
  }
}

/** A connection of ours, and what the server saw of it. */
export class Peer {
  readonly ws: Connection;
  /** How the server saw it end. */
  readonly served: () => Promise<ServerClose>;

  constructor(ws: Connection, served: () => Promise<ServerClose>) {
    this.ws = ws;
    this.served = served;
  }

  /** The next message, or what the connection ended with. */
  async receive(): Promise<Message> {
    const message = await this.ws.receive({ timeoutMs: WAIT_MS });
    if (message !== undefined) return message;
    const { code, reason, error } = await this.ws.closed;
    throw new Error(`a message was expected, the connection has ended: ${code} ${reason}`, { cause: error });
  }
}

/** A server, and every way to it. */
export class Site {
  readonly targets: readonly Target[];
  readonly #server: Server;
  readonly #proxies: readonly TlsProxy[];

  private constructor(server: Server, proxies: readonly TlsProxy[]) {
    this.#server = server;
    this.#proxies = proxies;
    const plain = new Target('plain', `ws://127.0.0.1:${server.port}`, {}, server);
    this.targets = [plain, ...proxies.map((proxy) => behind(proxy, server))];
  }

  static async open(engine: Engine): Promise<Site> {
    const server = await Server.start(engine);
    const proxies = await Promise.all([NGINX, HAPROXY].map((kind) => TlsProxy.start(kind, server.port)));
    return new Site(server, proxies);
  }

  get name(): string {
    return this.#server.name;
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    await this.#server.stop();
  }
}

function behind({ kind, ports }: TlsProxy, server: Server): Target {
  const trusted = `wss://127.0.0.1:${ports.trusted}`;
  const tls: TlsWay = {
    kind,
    trustedUrl: (path) => trusted + path,
    selfSignedUrl: (path) => `wss://127.0.0.1:${ports.selfSigned}${path}`,
  };
  return new Target(`wss behind ${kind.name}`, trusted, { tls: { ca: pem('ca.pem') } }, server, tls);
}
