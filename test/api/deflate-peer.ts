import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { constants, inflateRawSync } from 'node:zlib';
import type { Test } from 'tap';
import { compress } from '../frames/deflate-support.js';
import { frame, frames, type WireFrame } from '../frames/support.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** The parameters that a {@link DeflatePeer} answers with, as the text after the name of the extension; `null` for no extension. */
export type Accepts = string | null;

/** A server's end of one connection: raw frames, compressed by Node's zlib. */
export class DeflatePeer {
  readonly socket: Socket;
  request = '';
  closed = false;
  /** Its compressor's window; `null` without context takeover. */
  #sendWindow: Buffer | null;
  #receiveWindow: Buffer | null;
  readonly #sendBits: number;
  readonly #receiveBits: number;
  #chunks: Buffer[] = [];
  #wake: () => void = () => {};

  constructor(socket: Socket, accepts: Accepts) {
    this.socket = socket;
    const has = (name: string): boolean => accepts?.includes(name) ?? false;
    const bits = (name: string): number => Number(new RegExp(`${name}=(\\d+)`).exec(accepts ?? '')?.[1] ?? 15);
    this.#sendBits = bits('server_max_window_bits');
    this.#receiveBits = bits('client_max_window_bits');
    this.#sendWindow = has('server_no_context_takeover') ? null : Buffer.alloc(0);
    this.#receiveWindow = has('client_no_context_takeover') ? null : Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => this.#read(chunk, accepts));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  #read(chunk: Buffer, accepts: Accepts): void {
    this.#chunks.push(chunk);
    if (this.request === '') {
      const head = Buffer.concat(this.#chunks).toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.request = head.slice(0, end);
      this.#chunks = [Buffer.from(head.slice(end + 4), 'latin1')];
      const key = /sec-websocket-key: (.*)\r/i.exec(head)?.[1];
      const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
      const extension = accepts === null ? '' : `Sec-WebSocket-Extensions: permessage-deflate${accepts}\r\n`;
      this.socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extension}\r\n`,
      );
    }
    this.#wake();
  }

  /** A message as a compressed frame. */
  encode(first: 0xc1 | 0xc2, plain: Buffer): Buffer {
    const payload = compress(plain, this.#sendWindow ?? undefined, this.#sendBits);
    if (this.#sendWindow !== null) {
      this.#sendWindow = Buffer.concat([this.#sendWindow, plain]).subarray(-(2 ** this.#sendBits));
    }
    return frame(first, payload);
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The frames that came, inflated; waits for as many, or for the client to be gone. */
  async receive(count: number): Promise<WireFrame[]> {
    for (;;) {
      const found = this.#complete();
      if (found.length >= count || this.closed) return found.map((each) => this.#inflated(each));
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #complete(): WireFrame[] {
    try {
      return frames(Buffer.concat(this.#chunks));
    } catch {
      return [];
    }
  }

  #inflated(found: WireFrame): WireFrame {
    if ((found.first & 0x40) === 0) return found;
    const window = this.#receiveWindow ?? Buffer.alloc(0);
    const dictionary = window.length === 0 ? {} : { dictionary: window };
    const options = { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary };
    const payload = inflateRawSync(Buffer.concat([found.payload, TAIL]), options);
    if (this.#receiveWindow !== null) {
      this.#receiveWindow = Buffer.concat([window, payload]).subarray(-(2 ** this.#receiveBits));
    }
    return { ...found, payload };
  }
}

/** A server whose every connection is given to `next()`, in turn. */
export async function listen(t: Test, accepts: () => Accepts): Promise<{ url: string; next(): Promise<DeflatePeer> }> {
  const waiting: ((peer: DeflatePeer) => void)[] = [];
  const made: DeflatePeer[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const peer = new DeflatePeer(socket, accepts());
    const wanted = waiting.shift();
    if (wanted === undefined) made.push(peer);
    else wanted(peer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    next: () => {
      const peer = made.shift();
      return peer === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(peer);
    },
  };
}
