import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;

/** A frame of a client, unmasked. */
export interface PeerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A frame as a server writes it, by hand: RFC 6455 5.2. */
export function frame(opcode: number, data: string | Uint8Array = ''): Buffer {
  const payload = Buffer.from(data as string);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  if (length < 65536) return Buffer.concat([Buffer.from([0x80 | opcode, 126, length >> 8, length & 255]), payload]);
  const header = Buffer.alloc(10);
  header[0] = 0x80 | opcode;
  header[1] = 127;
  header.writeUInt32BE(length, 6);
  return Buffer.concat([header, payload]);
}

/** The payload of a close frame. */
export function closePayload(code: number, reason = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** The server's end of one connection. */
export class PeerSocket {
  readonly socket: Socket;
  readonly frames: PeerFrame[] = [];
  head = '';
  onFrame: (frame: PeerFrame) => void = () => {};
  #chunks: Buffer[] = [];
  #size = 0;
  /** Fewer bytes than this hold no whole frame: no need to look, and to copy, before they are there. */
  #needed = 6;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
  }

  get path(): string {
    return this.head.split(' ')[1] ?? '';
  }

  header(name: string): string | undefined {
    return new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(this.head)?.[1];
  }

  /** Answers the opening handshake; `first` goes out in the same write. */
  accept(headers: readonly string[] = [], first: Uint8Array = Buffer.alloc(0)): void {
    const accept = createHash('sha1')
      .update(`${this.header('Sec-WebSocket-Key')}${GUID}`)
      .digest('base64');
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      ...headers,
    ];
    this.socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), first]));
  }

  send(opcode: number, data: string | Uint8Array = ''): void {
    this.socket.write(frame(opcode, data));
  }

  /** Answers a close frame with its own payload and ends the connection. */
  answerClose({ payload }: PeerFrame): void {
    this.socket.end(frame(CLOSE, payload));
  }

  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let next = this.#cut(); next !== null; next = this.#cut()) {
      this.frames.push(next);
      this.onFrame(next);
    }
  }

  /** The next whole frame of a client, which is masked. */
  #cut(): PeerFrame | null {
    if (this.#size < this.#needed) return null;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const short = (bytes[1] as number) & 127;
    const at = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < at) return this.#wait(at);
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : bytes.readUInt32BE(6);
    const end = at + 4 + length;
    if (bytes.length < end) return this.#wait(end);
    const payload = Buffer.from(bytes.subarray(at + 4, end));
    for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (bytes[at + (i & 3)] as number);
    this.#chunks = [bytes.subarray(end)];
    this.#size -= end;
    this.#needed = 6;
    return { opcode: (bytes[0] as number) & 15, payload };
  }

  #wait(needed: number): null {
    this.#needed = needed;
    return null;
  }
}

export interface RawPeer {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** All connections so far. */
  readonly clients: readonly PeerSocket[];
  close(): Promise<void>;
}

/** What a peer does when a request has come. */
export type Script = (client: PeerSocket) => void;

/** Accepts, sends every message back, and answers the close frame. */
export const echo: Script = (client) => {
  client.onFrame = (received) => {
    if (received.opcode === CLOSE) client.answerClose(received);
    else if (received.opcode === TEXT || received.opcode === BINARY) client.send(received.opcode, received.payload);
  };
  client.accept();
};

/** A server of raw bytes on 127.0.0.1, ended with {@link RawPeer.close}. */
export async function startPeer(script: Script = echo): Promise<RawPeer> {
  const clients: PeerSocket[] = [];
  const server: Server = createServer((socket) => {
    const client = new PeerSocket(socket);
    clients.push(client);
    let head = '';
    socket.on('data', (chunk) => {
      if (client.head !== '') return client.take(chunk);
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      client.head = head.slice(0, end + 2);
      script(client);
      client.take(Buffer.from(head.slice(end + 4), 'latin1'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    clients,
    close: () =>
      new Promise((resolve) => {
        for (const { socket } of clients) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
