import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Slot, Writer, WriterOutput } from '../frames/index.js';
import { type Deferred, defer, rejected } from './deferred.js';
import type { Diagnostics } from './diagnostics.js';
import { notLeft } from './errors.js';
import { type Flushable, flushSoon } from './flushing.js';
import { type OnRead, Reads, type ReadsOwner } from './reads.js';
import type { Receiver } from './receiver.js';
import { listenTo, type SocketOwner } from './socket-listeners.js';
import { readBeforeWriteError } from './write-error.js';
import { Writes, type WritesOwner } from './writes.js';

const LEFT: Promise<void> = Promise.resolve();

/**
 * The bytes between a socket and a {@link Receiver}, and the frames of a {@link Writer} to the socket: written once per tick.
 *
 * Sockets that we make read into memory of ours (`onread`); a socket of the user's has only 'data' events.
 */
export class Transport implements WriterOutput, Flushable, ReadsOwner, WritesOwner, SocketOwner {
  /** To be set before the socket connects. */
  receiver: Receiver;
  /** The writer whose frames are flushed; set once the connection is open. */
  writer: Writer | null = null;
  /** Set by the dial, if anybody wants them. */
  diagnostics: Diagnostics | null = null;
  /** Bytes of frames that were flushed so far. */
  writtenBytes = 0;
  #socket: Duplex | null = null;
  /** Whether the socket may keep what it was given: a stream of the user's, while a slot is used again. */
  #copies = false;
  /** Whether the end of our side is all that is left to say when the peer has ended its side. */
  #endsByClosing = false;
  #scheduled = false;
  /** Made with the first. */
  #writes: Writes | null = null;
  /** For those who wait for frames that are not flushed yet. */
  #unflushedLeft: Deferred<void> | null = null;
  /** The socket's first error. */
  #failure: Error | undefined;

  constructor(receiver: Receiver) {
    this.receiver = receiver;
  }

  /** The `onread` option for a socket that is made for this transport. */
  get onread(): OnRead {
    return new Reads(this).onread;
  }

  /** Takes the socket over. With `ownReads` false, data comes as 'data' events. */
  attach(socket: Duplex, ownReads: boolean): void {
    this.#socket = socket;
    this.#copies = !(socket instanceof Socket);
    // TLS says more: its close_notify.
    this.#endsByClosing = ownReads && !('encrypted' in socket);
    if (ownReads && socket instanceof Socket) readBeforeWriteError(socket);
    if (!ownReads) socket.on('data', (chunk: Buffer) => this.receiver.read(chunk, 0, chunk.length));
    listenTo(socket, this);
    // Else 'end' would never come, without 'data' listeners that let it flow. Node reads into our memory past the stream, so it
    // reads the end of that by itself: without ticks and listeners for a flow.
    if (!ownReads) socket.resume();
  }

  // What the socket tells

  socketConnected(): void {
    this.receiver.connected?.();
  }

  socketFailed(error: Error): void {
    this.#failure ??= error;
    // After an alert on a connection that stood, node:tls goes on as if the peer had ended it in peace.
    this.#socket?.destroy();
  }

  socketEnded(): void {
    if (this.#failure === undefined) this.receiver.ended();
    // Node would end our side now, and close the socket when that has left. Closing does both at once, as nothing waits to be
    // sent, and all that came has been read.
    if (this.#endsByClosing && this.bufferedBytes === 0) this.#socket?.destroy();
  }

  socketClosed(): void {
    const error = this.#failure;
    this.writer?.discard();
    this.#unflushedLeft?.reject(notLeft(error));
    this.#unflushedLeft = null;
    this.receiver.closed(error);
  }

  /** Bytes that have not left for the system: those of unflushed frames, too. */
  get bufferedBytes(): number {
    return (this.writer?.pendingBytes ?? 0) + (this.#socket?.writableLength ?? 0);
  }

  /** Whether the system has not taken what was flushed before. */
  get blocked(): boolean {
    return this.#socket !== null && this.#socket.writableLength > 0;
  }

  /** Writes bytes that are no frame: the opening handshake, a string as latin1. */
  writeRaw(bytes: string | Buffer): void {
    this.#socket?.write(bytes as string, 'latin1');
  }

  /** Resolves when all frames built so far have left; rejects with `WS_CLOSED` if the socket goes first. May be ignored. */
  left(): Promise<void> {
    if (this.#unflushedLeft !== null) return this.#unflushedLeft.promise;
    if (this.writer !== null && this.writer.pendingBytes > 0) {
      this.#unflushedLeft = defer();
      return this.#unflushedLeft.promise;
    }
    return this.#writes?.left() ?? (this.#socket?.writable ? LEFT : rejected(notLeft()));
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /**
   * Writes the frames of a tick. While the system takes nothing they gather in their slot instead, until it does or the slot is
   * full: else a peer that does not read would cost a slot for every tick in which something small is sent.
   */
  flush(): void {
    this.#scheduled = false;
    if (!this.#waits) this.writer?.flush();
  }

  /** Whether a write is under way whose end flushes. */
  get #waits(): boolean {
    return this.#writes?.any === true && this.blocked;
  }

  /** Ends our side when everything has been written. */
  end(): void {
    this.writer?.flush();
    this.#socket?.end();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket?.destroy();
  }

  // WriterOutput

  pending(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    flushSoon(this);
  }

  write(slot: Slot, length: number): void {
    const socket = this.#socket as Duplex;
    const left = this.#unflushedLeft;
    this.#unflushedLeft = null;
    this.writtenBytes += length;
    if (!socket.writable) {
      slot.release();
      left?.reject(notLeft());
      return;
    }
    const view = slot.view(length);
    this.#writes ??= new Writes(this);
    socket.write(this.#copies ? Buffer.from(view) : view, this.#writes.callback);
    // Nothing left in the stream means that the system took it all, so the slot is free.
    const gone = socket.writableLength === 0;
    if (gone) slot.release();
    this.#writes.add(gone ? null : slot, left);
  }

  cork(): void {
    this.#socket?.cork();
  }

  uncork(): void {
    this.#socket?.uncork();
  }

  // WritesOwner

  get destroyed(): boolean {
    return this.#socket?.destroyed === true;
  }

  wrote(): void {
    if (!this.#scheduled && !this.#waits) this.writer?.flush();
  }

  // ReadsOwner

  get paused(): boolean {
    return this.#socket?.isPaused() === true;
  }

  yielded(): void {
    setImmediate(readOn, this);
  }

  overwritten(): void {
    this.#socket?.destroy(new Error('an uncaught exception has made node:net overwrite what was received'));
  }
}

/** Goes on reading, unless somebody has stopped it meanwhile. */
function readOn(transport: Transport): void {
  if (!transport.paused) transport.resume();
}
