import net, { type NetConnectOpts, type Socket } from 'node:net';
import tls from 'node:tls';
import { maskedFrame, OPCODE, frame as unmaskedFrame } from '../src/frame.js';
import { payload } from '../src/payload.js';
import { type Adapter, type BenchConnection, nextDrain, type OpenOptions } from './adapter.js';

export interface RawWay {
  /** read into one buffer that is used again and again, instead of 'data' */
  readonly onread: boolean;
  /** the frames of a tick in writes of up to 64 KiB, instead of one write per message */
  readonly batch: boolean;
}

const READ_BYTES = 65536;
const BATCH_BYTES = 65536;
const GO = maskedFrame(Buffer.from('go'), OPCODE.text);
const CLOSE = maskedFrame(Buffer.from([0x03, 0xe8]), OPCODE.close);
let session: Buffer | undefined;

function request(url: URL): string {
  return [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13\r\n\r\n',
  ].join('\r\n');
}

type OnData = (length: number, bytes: Uint8Array) => void;

function dial(url: URL, way: RawWay, resume: boolean, onData: OnData): Socket {
  const secure = url.protocol === 'wss:';
  const callback = (length: number, bytes: Uint8Array): boolean => {
    onData(length, bytes);
    return true;
  };
  const options: NetConnectOpts = {
    host: url.hostname,
    port: Number(url.port),
    noDelay: true,
    ...(way.onread ? { onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback } } : {}),
  };
  const hello = (): void => void socket.write(request(url));
  const known = resume && session !== undefined ? { session } : {};
  const socket = secure
    ? tls.connect({ ...options, ...known, servername: 'localhost' }, hello)
    : net.connect(options, hello);
  if (secure && resume) {
    socket.on('session', (fresh: Buffer) => {
      session = fresh;
    });
  }
  if (!way.onread) socket.on('data', (bytes: Buffer) => onData(bytes.length, bytes));
  return socket;
}

/** Sends the same frame each time: as it is, or gathered until the end of the tick. */
function sender(socket: Socket, one: Buffer, batch: boolean): () => void {
  if (!batch) return () => void socket.write(one);
  const most = Math.max(1, Math.ceil(BATCH_BYTES / one.length));
  let all: Buffer | undefined; // made by the first send: a connection that sends nothing does not pay for it
  let queued = 0;
  const flush = (): void => {
    if (queued > 0 && all !== undefined) socket.write(all.subarray(0, queued * one.length));
    queued = 0;
  };
  return () => {
    all ??= Buffer.concat(Array.from({ length: most }, () => one));
    if (queued++ === 0) queueMicrotask(flush);
    if (queued === most) flush();
  };
}

function close(socket: Socket, way: RawWay): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    if (way.onread) socket.resume();
    socket.once('end', () => socket.end());
    socket.write(CLOSE);
  });
}

/** Counts the bytes that come in: all of them, or as messages of the length they are known to have. */
function counter({ mode, onMessage, onBytes }: OpenOptions, frameBytes: number): (length: number) => void {
  if (mode !== 'echo') return onBytes;
  let part = 0;
  return (length) => {
    for (part += length; part >= frameBytes; part -= frameBytes) onMessage('');
  };
}

/** The limit: the same bytes over node:net or node:tls with no work on frames, which are made before; what comes in is counted only. */
export function rawAdapter(way: RawWay): Adapter {
  return {
    open(url: string, options: OpenOptions): Promise<BenchConnection> {
      const { mode, size = 0, kind = 'bin', n, resume, onError } = options;
      const frameBytes = unmaskedFrame(Buffer.alloc(size), OPCODE.binary).length;
      const count = counter(options, frameBytes);
      return new Promise((resolve, reject) => {
        let open = false;
        const socket = dial(new URL(url), way, resume, (length, bytes) => {
          if (open) count(length);
          else if (Buffer.from(bytes.buffer, bytes.byteOffset, length).includes('\r\n\r\n')) {
            open = true; // this server sends no frame before it has got one
            resolve(connection);
          }
        });
        socket.on('error', (error) => {
          reject(error);
          onError(error);
        });
        const message = maskedFrame(Buffer.from(payload(size, kind)), kind === 'bin' ? OPCODE.binary : OPCODE.text);
        const connection: BenchConnection = {
          ...(mode === 'recv' ? { wireBytes: frameBytes * n } : {}),
          send: mode === 'recv' ? () => void socket.write(GO) : sender(socket, message, way.batch),
          buffered: () => socket.writableLength,
          drain: () => nextDrain(socket),
          close: () => close(socket, way),
        };
      });
    },
  };
}
