import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Test } from 'tap';
import { pem } from '../certs.js';

/** A frame as it came, its payload unmasked. */
export interface WireFrame {
  readonly first: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** RFC 6455 4.2.2, item 5, as it is written there. */
const acceptOf = (head: string): string => {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? '';
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
};

/** The response that accepts the request `head`. */
export const accepted = (head: string, headers = ''): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(head)}\r\n${headers}\r\n`;

/** One connection as the peer sees it: what came, and raw bytes to send. */
export class Wire {
  readonly socket: Socket;
  /** The request, up to and with its empty line; '' before it is complete. */
  head = '';
  /** Whether the client has ended its side. */
  ended = false;
  closed = false;
  /** How often bytes arrived after the request. */
  reads = 0;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that are needed before the next look at the frames can find one: large ones would be copied for every chunk else. */
  #needed = 2;
  #frames: WireFrame[] = [];
  readonly #onHead: (wire: Wire) => void;
  #changed: (() => void)[] = [];

  constructor(socket: Socket, onHead: (wire: Wire) => void) {
    this.socket = socket;
    this.#onHead = onHead;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#set(() => (this.ended = true)));
    socket.on('close', () => this.#set(() => (this.closed = true)));
    socket.on('error', () => {});
  }

  /** What came after the request and is no complete frame yet, or everything if there was no request. */
  get rest(): Buffer {
    const rest = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [rest];
    return rest;
  }

  /** The complete frames so far. */
  get frames(): readonly WireFrame[] {
    if (this.head === '' || this.#size < this.#needed) return this.#frames;
    let rest = this.rest;
    let length = lengthOf(rest);
    for (; length > 0 && length <= rest.length; length = lengthOf(rest)) {
      this.#frames.push(takeApart(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    this.#needed = length === 0 ? 2 : length;
    this.#keep(rest);
    return this.#frames;
  }

  /** The payloads of the complete frames as text, for short comparisons: `1:hello` is a text, `8:` a close frame without code. */
  get told(): string[] {
    return this.frames.map(({ first, payload }) => `${first & 15}:${payload.toString('latin1')}`);
  }

  send(...bytes: (Buffer | string)[]): void {
    this.socket.write(
      Buffer.concat(bytes.map((each) => (typeof each === 'string' ? Buffer.from(each, 'latin1') : each))),
    );
  }

  /** Resolves as soon as the condition holds; rejects if the connection is gone and it does not. */
  async until(condition: (wire: Wire) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.closed) throw new Error(`the client is gone; it sent ${JSON.stringify(this.told).slice(0, 400)}`);
      await this.#change();
    }
  }

  /** Waits for so many frames. */
  async count(frames: number): Promise<void> {
    await this.until(() => this.frames.length >= frames);
  }

  /** Resolves when the client has ended its side or is gone, and ends ours. */
  async gone(): Promise<void> {
    while (!this.closed && !this.ended) await this.#change();
    this.socket.destroy();
    while (!this.closed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  /** Stops reading: the client's writes will not leave. */
  stopReading(): void {
    this.socket.pause();
  }

  startReading(): void {
    this.socket.resume();
  }

  /** Ends the TCP connection by RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.head !== '') this.reads++;
    else {
      const all = this.rest;
      const end = all.indexOf('\r\n\r\n');
      if (end >= 0) {
        this.head = all.toString('latin1', 0, end + 4);
        this.#keep(all.subarray(end + 4));
        this.#onHead(this);
      }
    }
    this.#set(() => {});
  }

  #keep(rest: Buffer): void {
    this.#chunks = [rest];
    this.#size = rest.length;
  }

  #set(change: () => void): void {
    change();
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** RFC 6455 5.2: the length of the frame at the start of the bytes; 0 if that cannot be told yet. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < 2) return 0;
  const second = bytes[1] as number;
  const keyBytes = second >= 128 ? 4 : 0;
  const short = second & 127;
  const headerBytes = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + keyBytes;
  if (bytes.length < headerBytes) return 0;
  if (short === 126) return headerBytes + bytes.readUInt16BE(2);
  return headerBytes + (short === 127 ? Number(bytes.readBigUInt64BE(2)) : short);
}

function takeApart(bytes: Buffer): WireFrame {
  const masked = (bytes[1] as number) >= 128;
  const short = (bytes[1] as number) & 127;
  let at = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  const key = masked ? bytes.subarray(at, at + 4) : Buffer.alloc(4);
  if (masked) at += 4;
  const payload = Buffer.from(bytes.subarray(at));
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] as number) ^ (key[i & 3] as number);
  return { first: bytes[0] as number, masked, payload };
}

export interface PeerOptions {
  readonly host?: string;
  readonly port?: number;
  /** For `wss:`; by default the certificate `server`. */
  readonly tls?: TlsOptions | true;
  /** What to do when the request is complete. Default: accept it, with `headers`, and send `first` in the same write. */
  readonly onRequest?: (wire: Wire) => void;
  readonly headers?: string;
  readonly first?: Buffer;
}

/** A server of raw bytes on this machine. It ends with the test. */
export class Peer {
  readonly port: number;
  readonly url: string;
  /** Every connection so far. */
  readonly wires: Wire[] = [];
  readonly server: Server;
  /** The TCP connections that are there, those in the TLS handshake included. */
  readonly sockets: Set<Socket> = new Set();
  #waiting: ((wire: Wire) => void)[] = [];
  #taken = 0;

  constructor(server: Server, url: string, port: number) {
    this.server = server;
    this.url = url;
    this.port = port;
  }

  add(wire: Wire): void {
    this.wires.push(wire);
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#taken++;
    next(wire);
  }

  /** The next connection that nobody has asked for yet. */
  wire(): Promise<Wire> {
    const ready = this.wires[this.#taken];
    if (ready === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken++;
    return Promise.resolve(ready);
  }

  /** Resolves when no client is there any more; the connections whose client has ended are ended. */
  async idle(): Promise<void> {
    while (this.sockets.size > 0) {
      for (const { ended, socket } of this.wires) if (ended) socket.destroy();
      await settle(1);
    }
  }

  /** Ends the server and its connections. */
  async end(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Starts a {@link Peer} for a test. */
export async function listen(t: Test, options: PeerOptions = {}): Promise<Peer> {
  const { host = '127.0.0.1', port = 0, onRequest } = options;
  const accept = (wire: Wire): void =>
    wire.send(accepted(wire.head, options.headers), options.first ?? Buffer.alloc(0));
  const onSocket = (socket: Socket): void => peer.add(new Wire(socket, onRequest ?? accept));
  const server =
    options.tls === undefined
      ? createServer({ allowHalfOpen: true, noDelay: true }, onSocket)
      : secureServer(options.tls, onSocket);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const bound = (server.address() as AddressInfo).port;
  const scheme = options.tls === undefined ? 'ws' : 'wss';
  const peer = new Peer(server, `${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}/`, bound);
  server.on('connection', (socket: Socket) => {
    peer.sockets.add(socket);
    socket.once('close', () => peer.sockets.delete(socket));
  });
  t.teardown(() => peer.end());
  return peer;
}

function secureServer(options: TlsOptions | true, onSocket: (socket: Socket) => void): Server {
  const given = options === true ? {} : options;
  return createTlsServer(
    { cert: pem('server.pem'), key: pem('server.key'), noDelay: true, ...given } as TlsOptions,
    (socket) => {
      // Before, it would keep a client that leaves in the middle of the TLS handshake.
      socket.allowHalfOpen = true;
      onSocket(socket);
    },
  );
}

/** A frame of a server: not masked (RFC 6455 5.1). */
export function frame(first: number, payload: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const header = Buffer.alloc(body.length < 126 ? 2 : body.length < 65536 ? 4 : 10);
  header[0] = first;
  header[1] = body.length;
  if (header.length === 4) {
    header[1] = 126;
    header.writeUInt16BE(body.length, 2);
  } else if (header.length === 10) {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([header, body]);
}

export const text = (payload: string): Buffer => frame(0x81, payload);
export const binary = (payload: Uint8Array): Buffer => frame(0x82, payload);
export const ping = (payload = ''): Buffer => frame(0x89, payload);
export const pong = (payload: Uint8Array | string = ''): Buffer => frame(0x8a, payload);

/** A close frame; without a code its payload is empty. */
export function close(code?: number, reason = ''): Buffer {
  if (code === undefined) return frame(0x88);
  return frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
}

/** Payload of a close frame as {@link Wire.told} shows it. */
export const toldClose = (code: number, reason = ''): string =>
  `8:${String.fromCharCode(code >> 8, code & 255)}${Buffer.from(reason).toString('latin1')}`;

/** What keeps a process alive and belongs to connections and timers. */
export const handles = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCP|TLS|Timeout|GetAddrInfo|Immediate)/.test(name))
    .sort();

/** What is there before a test begins, once what was before it is gone. */
export async function quiet(): Promise<string[]> {
  await settle(20);
  return handles();
}

/** Lets everything happen that is ready to happen. */
export async function settle(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** From now to the end of the test every host name has these addresses; without any, the look-up never answers. */
export function resolveTo(t: Test, ...addresses: string[]): void {
  const answer = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const lookup = (_name: string, _options: unknown, done: (error: null, found: typeof answer) => void): void => {
    if (answer.length > 0) setImmediate(done, null, answer);
  };
  const { lookup: real } = dns;
  dns.lookup = lookup as unknown as typeof real;
  t.teardown(() => {
    dns.lookup = real;
  });
}
