import { Socket } from 'node:net';

/** Longest time that the error of a write is held back: who does not read what has arrived must learn of the error, too. */
export const HOLD_WRITE_ERROR_MS = 1000;

type Done = (error?: Error | null) => void;
type Chunks = Parameters<NonNullable<Socket['_writev']>>[0];

/**
 * Lets a socket be read to its end before the error of a write destroys it.
 *
 * A peer that closes its TCP connection while bytes of ours are on their way resets it, so our next write fails. What it had
 * sent before, such as the close frame that says why, has arrived and waits in the system; but Node destroys a socket whose write
 * fails, and whoever sends would be told EPIPE in the place of the reason. So such an error is held back until the
 * socket's last byte is read (decision of this project).
 *
 * It stands on what node:stream documents for implementers: `_write` and `_writev` tell the error of a write to their callback.
 */
export function readBeforeWriteError(socket: Socket): void {
  socket._write = writeSettled;
  socket._writev = writevSettled;
}

const {
  _write: write,
  _writev: writev,
}: Pick<Required<Socket>, '_write' | '_writev'> = Socket.prototype as Required<Socket>;

// A stream calls its methods on itself, so all sockets share these, and keep no more of their own than the callback.

const DONE = Symbol('callback of the writes');
const SETTLED = Symbol('what is called in its place');

interface Writing extends Socket {
  [DONE]?: Done;
  [SETTLED]?: Done;
}

function writeSettled(this: Writing, chunk: unknown, encoding: BufferEncoding, done: Done): void {
  write.call(this, chunk, encoding, settled(this, done));
}

function writevSettled(this: Writing, chunks: Chunks, done: Done): void {
  writev.call(this, chunks, settled(this, done));
}

/** Wraps the callback of a write. A stream has one for all of its writes, so what was made for it is kept. */
function settled(socket: Writing, done: Done): Done {
  if (socket[DONE] !== done || socket[SETTLED] === undefined) {
    socket[DONE] = done;
    // Half as large as a closure.
    socket[SETTLED] = settle.bind(socket, done);
  }
  return socket[SETTLED];
}

function settle(this: Socket, done: Done, error?: Error | null): void {
  if (isReset(error) && !this.destroyed && !this.readableEnded) hold(this, error, done);
  else done(error);
}

function hold(socket: Socket, error: Error | null | undefined, done: Done): void {
  const release = (): void => {
    clearTimeout(timer);
    socket.off('end', release).off('close', release);
    done(error);
  };
  const timer = setTimeout(release, HOLD_WRITE_ERROR_MS);
  socket.once('end', release).once('close', release);
}

/** The two errors that the system has for a write to a connection that the peer has reset. */
const isReset = (error: Error | null | undefined): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
