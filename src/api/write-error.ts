import type { Socket } from 'node:net';

/** Longest time that the error of a write is held back: who does not read what has arrived must learn of the error, too. */
export const HOLD_WRITE_ERROR_MS = 1000;

type Done = (error?: Error | null) => void;

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
  const { _write, _writev } = socket;
  const settled = settling(socket);
  socket._write = (chunk, encoding, done) => _write.call(socket, chunk, encoding, settled(done));
  if (_writev === undefined) return;
  socket._writev = (chunks, done) => _writev.call(socket, chunks, settled(done));
}

/** Wraps the callback of a write. A stream has one for all of its writes, so what was made for it is kept. */
function settling(socket: Socket): (done: Done) => Done {
  let kept: Done | undefined;
  let wrapped: Done;
  return (done) => {
    if (kept === done) return wrapped;
    kept = done;
    wrapped = (error) => settle(socket, error, done);
    return wrapped;
  };
}

function settle(socket: Socket, error: Error | null | undefined, done: Done): void {
  if (!isReset(error) || socket.destroyed || socket.readableEnded) return done(error);
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
