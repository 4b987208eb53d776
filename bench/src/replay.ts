import type { Socket } from 'node:net';
import { blockOf, firstFrames } from './block.js';
import { frame, maskedLength, OPCODE } from './frame.js';
import type { Kind } from './scenario.js';

/** What the path of the request asks for. */
export interface Order {
  readonly size: number;
  readonly n: number;
  readonly kind: Kind;
  /** window of the compressor of this server, undefined without permessage-deflate */
  readonly windowBits: number | undefined;
}

/** Gets what the client sends after its request. */
export type Consumer = (chunk: Buffer) => void;

const CLOSE = frame(Buffer.from([0x03, 0xe8]), OPCODE.close);
const CLOSE_FIRST_BYTE = 0x88;

const beginsWithClose = (chunk: Buffer): boolean => chunk[0] === CLOSE_FIRST_BYTE;
/** A close frame that comes in two chunks is answered once. */
const close = (socket: Socket): void => {
  if (!socket.writableEnded) socket.end(CLOSE);
};
const text = (message: string): Buffer => frame(Buffer.from(message), OPCODE.text);

/** Nothing, until the client closes. */
function idle(socket: Socket): Consumer {
  return (chunk) => {
    if (beginsWithClose(chunk)) close(socket);
  };
}

/** n messages, from the first bytes of the client on, as fast as it reads them. */
function receive(socket: Socket, { size, n, kind, windowBits }: Order): Consumer {
  const block = blockOf(size, kind, windowBits);
  let left = n;
  let started = false;
  const pump = (): void => {
    while (left > 0) {
      const count = Math.min(left, block.ends.length);
      left -= count;
      if (!socket.write(firstFrames(block, count))) return;
    }
  };
  socket.on('drain', pump);
  return (chunk) => {
    if (beginsWithClose(chunk)) {
      close(socket);
    } else if (!started) {
      started = true;
      pump();
    }
  };
}

/** Counts the bytes of n messages, then says "done". */
function sink(socket: Socket, { size, n }: Order): Consumer {
  const wanted = maskedLength(size) * n;
  let got = 0;
  return (chunk) => {
    const before = got;
    got += chunk.length;
    if (before < wanted && got >= wanted) socket.write(text('done'));
    if (got > wanted) close(socket);
  };
}

/** Compressed messages have no known length: counts n frames by their headers, then says "done" and the number of bytes. */
function compressedSink(socket: Socket, { n }: Order): Consumer {
  let frames = 0;
  let bytes = 0;
  let skip = 0;
  let cut: Buffer = Buffer.alloc(0);
  const take = (data: Buffer): void => {
    let at = skip;
    for (;;) {
      const length = at < data.length ? frameLength(data.subarray(at, at + 14)) : 0;
      if (length === undefined || at >= data.length) break;
      if (((data[at] ?? 0) & 0x0f) === OPCODE.close) {
        close(socket);
        return;
      }
      frames++;
      at += length;
    }
    cut = at < data.length ? Buffer.from(data.subarray(at)) : Buffer.alloc(0);
    skip = Math.max(0, at - data.length);
  };
  let done = false;
  return (chunk) => {
    bytes += chunk.length;
    take(cut.length > 0 ? Buffer.concat([cut, chunk]) : chunk);
    if (!done && frames === n && skip === 0) {
      done = true;
      socket.write(text(`done ${bytes}`));
    }
  };
}

/** Bytes of the masked frame that begins here, undefined while its header is not whole. */
function frameLength(head: Buffer): number | undefined {
  const short = (head[1] ?? 0) & 0x7f;
  if (head.length < 2) return undefined;
  if (short < 126) return short + 6;
  if (short === 126) return head.length < 8 ? undefined : head.readUInt16BE(2) + 8;
  return head.length < 14 ? undefined : head.readUInt32BE(6) + 14;
}

/** One message, encoded before, for each message of the client. */
function echo(socket: Socket, { size, kind }: Order): Consumer {
  const block = blockOf(size, kind, undefined);
  const length = maskedLength(size);
  let pending = 0;
  return (chunk) => {
    if (pending === 0 && beginsWithClose(chunk)) {
      close(socket);
      return;
    }
    pending += chunk.length;
    let replies = Math.floor(pending / length);
    pending -= replies * length;
    while (replies > 0) {
      const count = Math.min(replies, block.ends.length);
      replies -= count;
      socket.write(firstFrames(block, count));
    }
  };
}

/** What the server does after the handshake, by the path of the request. */
export function replay(mode: string, socket: Socket, order: Order): Consumer {
  if (mode === 'recv') return receive(socket, order);
  if (mode === 'sink') return order.windowBits === undefined ? sink(socket, order) : compressedSink(socket, order);
  return mode === 'echo' ? echo(socket, order) : idle(socket);
}
