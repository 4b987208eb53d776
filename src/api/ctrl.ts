import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { connect } from './connect.js';
import type { Connection } from './connection.js';
import { CtrlError, toCtrlError } from './ctrl-error.js';
import { argumentError, type CtrlOptions, toConnectOptions, toMilliseconds } from './ctrl-options.js';
import { bytesOf, type Sendable } from './data.js';
import type { Message } from './inbox.js';

/** What {@link webSocketRead} stores a message in, as JavaScript has no reference arguments. */
export interface DataReference {
  /** The message: text is a string, a blob a Buffer. */
  value?: Message;
}

/** Above so many bytes that wait to be sent, a write is refused unless they can be flushed: the vendor's number. */
const FLUSH_ABOVE_BYTES = 65536;

/** Open sockets by their number: the smallest free one is given next, like file descriptors. */
const sockets: (Connection | undefined)[] = [];

/**
 * The errors of the call just made. The store is entered in the synchronous part of a call, so it belongs to the flow that
 * made the call, and `await` keeps it: another flow that fails in the same tick has a store of its own.
 */
const lastErrors = new AsyncLocalStorage<LastErrors>();

interface LastErrors {
  errors: readonly CtrlError[];
}

/** Runs a call and turns what it throws into CTRL's return values: -2 if time was over, else -1. */
function call(action: (last: LastErrors) => Promise<number>): Promise<number> {
  const last: LastErrors = { errors: [] };
  lastErrors.enterWith(last);
  return action(last).catch((error: unknown) => {
    const failure = toCtrlError(error);
    last.errors = [failure];
    return failure.code === 'TIMEOUT' ? -2 : -1;
  });
}

/**
 * Opens a WebSocket.
 *
 * @param url `ws:` or `wss:`.
 * @param options See {@link CtrlOptions}; an option that does not exist is an error.
 * @returns The number of the socket, 0 or above, the smallest free one; -1 on an error, -2 when `options.timeout` is over.
 * {@link getLastError} tells why.
 */
export function webSocketOpen(url: string, options?: CtrlOptions): Promise<number> {
  return call(async () => {
    const connection = await connect(url, toConnectOptions(options));
    const free = sockets.indexOf(undefined);
    const number = free < 0 ? sockets.length : free;
    sockets[number] = connection;
    return number;
  });
}

/**
 * Waits for a message and stores it. Messages wait in a queue, and a call takes one. After the peer has closed, the
 * queue is drained first.
 *
 * @param data Its `value` becomes the message; it is left alone if there is none.
 * @param maxTimeout Longest wait in seconds. Default: no limit.
 * @returns 0 if there was a message, 1 if the socket is closed (and {@link getLastError} tells why, if it was not a normal end),
 * -1 on an error, -2 when time is over.
 */
export function webSocketRead(socket: number, data: DataReference, maxTimeout?: number): Promise<number> {
  return call(async (last) => {
    const connection = socketOf(socket);
    if (typeof data !== 'object' || data === null) throw argumentError('data: an object is needed, its value is set');
    const limits = maxTimeout === undefined ? {} : { timeoutMs: toMilliseconds('maxTimeout', maxTimeout) };
    const message = await connection.receive(limits);
    if (message !== undefined) {
      data.value = message;
      return 0;
    }
    const { error } = await connection.closed;
    if (error !== undefined) last.errors = [toCtrlError(error)];
    return 1;
  });
}

/**
 * Sends a message: a string as text, bytes (a blob) as binary.
 *
 * @returns The number of payload bytes, 0 or above; -1 on an error. With UNEXPECTEDSTATE the peer does not read what was written
 * before: more than 64 KiB wait and could not be flushed; try again later.
 */
export function webSocketWrite(socket: number, data: Sendable): Promise<number> {
  return call(async () => {
    const connection = socketOf(socket);
    if (connection.bufferedAmount > FLUSH_ABOVE_BYTES) await flush(connection);
    if (connection.state !== 'open') throw new CtrlError('CONNECTION', `socket ${socket} is ${connection.state}`);
    const bytes = typeof data === 'string' ? null : bytesOf(data);
    if (bytes === null && typeof data !== 'string') throw argumentError('data: a string or bytes are allowed');
    connection.send(data);
    return bytes === null ? Buffer.byteLength(data as string) : bytes.byteLength;
  });
}

/** Gives the system one chance to take what waits. */
async function flush(connection: Connection): Promise<void> {
  await setImmediate();
  const waiting = connection.bufferedAmount;
  if (waiting <= FLUSH_ABOVE_BYTES) return;
  const message = `the peer does not read: ${waiting} bytes wait to be sent, more than ${FLUSH_ABOVE_BYTES}`;
  throw new CtrlError('UNEXPECTEDSTATE', message);
}

/**
 * Closes a socket with code 1000. Its number is free at once, and any further use of it gives -1.
 *
 * @returns 0 when the connection has ended; -1 on an error, such as a number that is not open.
 */
export function webSocketClose(socket: number): Promise<number> {
  return call(async () => {
    const connection = socketOf(socket);
    sockets[socket] = undefined;
    await connection.close();
    return 0;
  });
}

/**
 * The error of the call just made: of the CTRL function that this flow of `await`s called last. Flows that run at the same time do
 * not see each other's errors. An async function that is called is a flow of its own from its first `await` on, so ask where the
 * call was made, not behind the function around it.
 *
 * @returns Empty if it succeeded, else one error. A read that returned 1 tells how the connection ended if it was not by a
 * closing handshake.
 */
export function getLastError(): readonly CtrlError[] {
  return lastErrors.getStore()?.errors ?? [];
}

function socketOf(number: number): Connection {
  const connection = Number.isInteger(number) ? sockets[number] : undefined;
  if (connection === undefined) throw new CtrlError('INVALID_SOCKET', `socket ${String(number)} is not open`);
  return connection;
}
