import { connect as connectTcp, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { TlsError } from '../tls/index.js';
import type { Attempt } from './attempt.js';
import { Connecting } from './connecting.js';
import { optionError } from './errors.js';
import type { OnRead } from './reads.js';
import type { Receiver } from './receiver.js';
import type { Security } from './secure.js';
import { Step, type StepOwner } from './step.js';
import { tlsLayer } from './tls-loader.js';
import { Transport } from './transport.js';

/** What `createConnection` gets: what `net.connect` takes, so that it can be handed on. */
export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  /** The unix domain socket to dial instead of host and port. */
  readonly path?: string;
  readonly localAddress?: string;
  readonly family?: 4 | 6;
  readonly lookup?: LookupFunction;
}

/** The options of `connect()` that say how the connection is made on which everything else runs. */
export interface SocketOptions {
  /**
   * A connected socket or other byte stream to use as it is, instead of dialing; for `wss:` TLS is done on it, and judged as
   * always. It belongs to the connection from now on and is destroyed with it. Default: none. Not together with the other options of this
   * group, `proxy` or `maxRedirects`: `WS_OPTION`.
   */
  readonly socket?: Duplex;
  /**
   * Makes the socket, for each request anew (redirects, Digest): a connected one, one that is about to connect, or a promise of one.
   * For `wss:` TLS is done on it. What it throws is the `cause` of `WS_CONNECT_TCP`. Default: none. Not together with `socket`,
   * `socketPath` or `proxy`: `WS_OPTION`.
   */
  readonly createConnection?: (target: SocketTarget) => Duplex | Promise<Duplex>;
  /**
   * The path of a unix domain socket (or the name of a Windows pipe) to connect to instead of the url's host and port, which still are what
   * the Host header and the certificate are about. Default: none; the same as `ws+unix:/path/to.sock:/resource`.
   */
  readonly socketPath?: string;
  /** The local IP address to connect from. Default: the system's choice. */
  readonly localAddress?: string;
  /** Look up and connect by IPv4 only (4) or IPv6 only (6). Default: both, as Node does it (RFC 8305). */
  readonly family?: 4 | 6;
  /** Looks host names up in the place of `dns.lookup`, with its signature. Default: `dns.lookup`. */
  readonly lookup?: LookupFunction;
}

/** A stream of another library has no class that we know. */
function isStream(value: unknown): value is Duplex {
  const stream = value as Duplex | null | undefined;
  const methods = [
    stream?.on,
    stream?.write,
    stream?.end,
    stream?.pause,
    stream?.resume,
    stream?.cork,
    stream?.destroy,
  ];
  return (
    methods.every(isFunction) && !stream?.readableObjectMode && !stream?.writableObjectMode && !stream?.readableEncoding
  );
}

/** sockaddr_un holds 108 bytes with the 0 at the end (unix(7)); Node cuts a longer path off and connects to something else. */
function isSocketPath(value: unknown): boolean {
  return typeof value === 'string' && /^[^\0]+$/.test(value) && Buffer.byteLength(value) <= 107;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** The allowed values of each option, as a test and in words. */
const ALLOWED: Readonly<Record<keyof SocketOptions, readonly [(value: unknown) => boolean, string]>> = {
  socket: [isStream, 'a net.Socket or another Duplex of bytes'],
  createConnection: [isFunction, 'a function that returns a socket or a promise of one'],
  socketPath: [isSocketPath, 'the path of a unix domain socket, at most 107 bytes'],
  localAddress: [(value) => typeof value === 'string' && isIP(value) !== 0, 'an IP address'],
  family: [(value) => value === 4 || value === 6, '4 or 6'],
  lookup: [isFunction, 'a function such as dns.lookup'],
};

export const SOCKET_OPTIONS: readonly (keyof SocketOptions)[] = Object.keys(ALLOWED) as (keyof SocketOptions)[];

/** Which options make the others meaningless. */
const EXCLUDES: Readonly<Record<string, readonly string[]>> = {
  socket: ['createConnection', 'socketPath', 'localAddress', 'family', 'lookup', 'proxy', 'maxRedirects'],
  createConnection: ['socketPath', 'proxy'],
  socketPath: ['localAddress', 'family', 'lookup', 'proxy'],
};

const wrong = (name: keyof SocketOptions): Error => optionError(`option '${name}': ${ALLOWED[name][1]} is allowed`);

/** @throws ConnectionError `WS_OPTION` */
export function checkSocketOptions(options: SocketOptions): SocketOptions {
  const given: Record<string, unknown> = {};
  for (const name of SOCKET_OPTIONS) {
    const value = options[name];
    if (value === undefined) continue;
    if (!ALLOWED[name][0](value)) throw wrong(name);
    given[name] = value;
    const other = EXCLUDES[name]?.find((each) => (options as Record<string, unknown>)[each]);
    if (other !== undefined) throw optionError(`option '${name}' leaves no meaning to '${other}': give one of them`);
  }
  return given;
}

/** Bytes both ways: what a step works on. */
export interface Wire {
  readonly socket: Socket;
  readonly transport: Transport;
}

/** Between two steps nothing comes; before the first and after the last one it means nothing. */
const NOBODY: Receiver = { target: null, read() {}, filled() {}, ended() {}, closed() {} };

function wireOf(socket: Duplex, transport: Transport, ownReads: boolean, attempt: Attempt): Wire {
  attempt.own(socket);
  transport.attach(socket, ownReads);
  return { socket: socket as Socket, transport };
}

/** A host and its port, or a unix domain socket. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string;
}

/**
 * Connects: to a host, to a unix domain socket, or by what the user has given.
 *
 * @param security For a server that speaks TLS at once; the handshake is still under way then, see {@link secured}.
 * @throws (also as a rejection) ConnectionError; TlsError for options that OpenSSL does not take
 */
export function openSocket(
  to: Endpoint,
  security: Security | null,
  options: SocketOptions,
  attempt: Attempt,
): Promise<Wire> {
  return isOurs(options)
    ? connected(startSocket(to, security, options, attempt), attempt)
    : openTheirs(to, security, options, attempt);
}

/** Whether we make the socket. */
export const isOurs = ({ socket, createConnection }: SocketOptions): boolean =>
  socket === undefined && createConnection === undefined;

/**
 * Begins to connect to a host or to a unix domain socket.
 *
 * @throws ConnectionError; TlsError for options that OpenSSL does not take
 */
export function startSocket(to: Endpoint, security: Security | null, options: SocketOptions, attempt: Attempt): Wire {
  const { host, port } = to;
  const { socketPath = to.socketPath } = options;
  if (socketPath !== undefined && !isSocketPath(socketPath)) throw wrong('socketPath');
  const version = socketPath === undefined ? isIP(host) : undefined;
  if (attempt.phase !== 'proxy') attempt.enter(version === 0 ? 'dns' : 'tcp');
  // Connected, the system would say the same, by a call of its own; of IPv6 it may write the same address in another way.
  attempt.literal = version === 4 ? `${host}:${port}` : undefined;
  const transport = new Transport(NOBODY);
  const target = targetOf(host, port, transport.onread, options);
  if (socketPath !== undefined) (target as { path?: string }).path = socketPath;
  return make(target, transport, security, attempt);
}

async function openTheirs(
  to: Endpoint,
  security: Security | null,
  options: SocketOptions,
  attempt: Attempt,
): Promise<Wire> {
  const { socket, createConnection, socketPath = to.socketPath, ...how } = options;
  if (socketPath !== undefined && !isSocketPath(socketPath)) throw wrong('socketPath');
  const target = { host: to.host, port: to.port, ...how, ...(socketPath !== undefined && { path: socketPath }) };
  if (attempt.phase !== 'proxy') attempt.enter('tcp');
  const theirs = socket ?? (await create(createConnection as CreateConnection, target, attempt));
  const wire = await connected(takeOver(theirs, attempt), attempt);
  return security === null ? wire : startTls(to.host, security, wire, attempt);
}

type CreateConnection = NonNullable<SocketOptions['createConnection']>;

async function create(createConnection: CreateConnection, target: SocketTarget, attempt: Attempt): Promise<Duplex> {
  let made: unknown;
  try {
    made = await createConnection(target);
  } catch (cause) {
    throw attempt.failed(cause instanceof Error ? cause : new Error(String(cause)));
  }
  if (isStream(made)) return made;
  throw optionError(`option 'createConnection': it returned something else than ${ALLOWED.socket[1]}`);
}

/** A stream of the user's may have come too late: then it is destroyed, and this throws. */
function takeOver(socket: Duplex, attempt: Attempt): Wire {
  const wire = wireOf(socket, new Transport(NOBODY), false, attempt);
  attempt.enter(attempt.phase);
  return wire;
}

type MakeOptions = Omit<TcpNetConnectOpts, 'lookup' | 'family'> &
  SocketOptions &
  StreamOptions & { host: string; onread: OnRead };

/** What `net.Socket` sets in its copy of the options, whatever it is given. */
interface StreamOptions {
  readonly allowHalfOpen: false;
  readonly emitClose: false;
  readonly autoDestroy: true;
  readonly decodeStrings: false;
}

/**
 * What is not given must not stand here either: Node copies all of it, for each socket several times.
 *
 * What Node is going to set does stand here, with the same value. V8 (11.3, of Node 20) makes a new hidden class for every property that
 * is added behind `{ ...options }`, each time anew: 1.7 KB for each connection, which only a whole garbage collection takes away, and
 * every look at such an object misses its cache. So our own objects do not begin with a spread either.
 */
function targetOf(host: string, port: number, onread: OnRead, options: SocketOptions): MakeOptions {
  return {
    host,
    port,
    noDelay: true,
    onread,
    allowHalfOpen: false,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
    ...options,
  };
}

function make(options: MakeOptions, transport: Transport, security: Security | null, attempt: Attempt): Wire {
  try {
    const socket = security === null ? connectTcp(options) : tlsLayer().connectTls(options.host, security, options);
    return wireOf(socket, transport, true, attempt);
  } catch (error) {
    // A `lookup` of the user's that throws does so here.
    throw error instanceof TlsError ? error : attempt.failed(error as Error);
  }
}

/** Waits until the socket is connected. */
function connected(wire: Wire, attempt: Attempt): Promise<Wire> {
  return new Reaching(wire, attempt).run(wire.transport);
}

class Reaching extends Connecting<Wire> {
  readonly #wire: Wire;

  constructor(wire: Wire, attempt: Attempt) {
    super(attempt);
    this.#wire = wire;
    this.awaits(wire.socket);
  }

  protected override proceed(): void {
    this.done(this.#wire);
  }
}

/** Begins TLS on a connection. Node knows no `onread` there. */
export function startTls(host: string, security: Security, { socket }: Wire, attempt: Attempt): Wire {
  return wireOf(tlsLayer().connectTls(host, security, { socket }), new Transport(NOBODY), false, attempt);
}

/** Waits for the end of the TLS handshake. Then the certificate is to be judged, before anything is written. */
export function secured(wire: Wire, owner: StepOwner): Promise<void> {
  return new Securing(wire.socket, owner).run(wire.transport);
}

class Securing extends Step<void> {
  readonly #socket: Socket;

  constructor(socket: Socket, owner: StepOwner) {
    super(owner);
    this.#socket = socket;
  }

  protected override begin(): void {
    this.#socket.once('secureConnect', () => this.done());
  }

  protected override get awaitsClose(): boolean {
    return true;
  }
}
