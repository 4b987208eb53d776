import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Test } from 'tap';

/** A frame that a client sent, unmasked. */
export interface RawFrame {
  readonly first: number;
  readonly payload: Buffer;
}

/** A server's frame by hand: its first byte, and a payload that is not masked. */
export function frame(first: number, payload: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(payload as string);
  if (bytes.length < 126) return Buffer.concat([Buffer.from([first, bytes.length]), bytes]);
  const head = Buffer.from([first, 126, bytes.length >> 8, bytes.length & 0xff]);
  if (bytes.length < 65536) return Buffer.concat([head, bytes]);
  return Buffer.concat([header64(first, bytes.length), bytes]);
}

/** The header of a frame with a length of 64 bits. */
export function header64(first: number, length: number): Buffer {
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

export const closeFrame = (code: number): Buffer => frame(0x88, Buffer.from([code >> 8, code & 0xff]));

/** The peer's end of one connection, after the opening handshake. */
export class Wire {
  readonly socket: Socket;
  /** The head of the request. */
  readonly request: string;
  /** What has come and was not taken. */
  readonly frames: RawFrame[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};
  #ended = false;

  constructor(socket: Socket, request: string) {
    this.socket = socket;
    this.request = request;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  write(...chunks: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(chunks));
  }

  /** The next frame of the client; `undefined` when it has gone. */
  async next(): Promise<RawFrame | undefined> {
    while (this.frames.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.frames.shift();
  }

  /** Answers close frames and pings as a server does, and keeps the rest. */
  serve(onFrame: (received: RawFrame) => void = () => {}): this {
    void (async () => {
      for (;;) {
        const received = await this.next();
        if (received === undefined) return;
        onFrame(received);
        if (received.first === 0x89) this.write(frame(0x8a, received.payload));
        if (received.first === 0x88) this.socket.end(frame(0x88, received.payload.subarray(0, 2)));
      }
    })();
    return this;
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let found = this.#cut(); found !== null; found = this.#cut()) this.frames.push(found);
    this.#wake();
  }

  #cut(): RawFrame | null {
    const bytes = this.#rest;
    if (bytes.length < 2) return null;
    const short = (bytes[1] as number) & 0x7f;
    const head = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0);
    if (bytes.length < head + 4) return null;
    const long = short === 127 ? Number(bytes.readBigUInt64BE(2)) : 0;
    const length = short === 127 ? long : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < head + 4 + length) return null;
    const payload = Buffer.alloc(length);
    for (let i = 0; i < length; i++) {
      payload[i] = (bytes[head + 4 + i] as number) ^ (bytes[head + (i & 3)] as number);
    }
    this.#rest = bytes.subarray(head + 4 + length);
    return { first: bytes[0] as number, payload };
  }
}

export interface RawPeer {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
}

/** The accepting response to a request's head. */
export function accepting(request: string): string {
  const key = /sec-websocket-key: *(\S+)/i.exec(request)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** A refusal with this status, and header lines that end with CRLF. */
export const refusal = (status: number, headers = ''): string =>
  `HTTP/1.1 ${status} No\r\n${headers}Content-Length: 0\r\nConnection: close\r\n\r\n`;

interface PeerOptions {
  readonly tls?: TlsOptions;
  /** What is answered to a request's head, the number of the request being from 1 on; `null` closes. Default: it is accepted. */
  readonly answer?: (request: string, count: number) => string | null;
  /** Bytes that go out in one write with the answer. */
  readonly first?: Buffer;
}

/** Starts a server of bytes written by hand on 127.0.0.1; it is stopped with the test. */
export async function startPeer(
  t: Test,
  onWire: (wire: Wire, count: number) => void,
  { tls, answer = accepting, first = Buffer.alloc(0) }: PeerOptions = {},
): Promise<RawPeer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let head = '';
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      const response = answer(head, ++count);
      if (response === null) return void socket.destroy();
      if (!response.startsWith('HTTP/1.1 101')) return void socket.end(response);
      socket.write(Buffer.concat([Buffer.from(response, 'latin1'), first]));
      onWire(new Wire(socket, head), count);
    };
    socket.on('data', onData);
  };
  const server: Server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/`, port, server, sockets };
}
