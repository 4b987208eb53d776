import { Duplex } from 'node:stream';
import type { Connection } from './connection.js';
import type { Sendable } from './data.js';
import { ConnectionError } from './errors.js';
import type { Message } from './inbox.js';

/** Why it ended, if that was no normal end. */
async function failureOf({ closed }: Connection): Promise<Error | undefined> {
  const { clean, error } = await closed;
  return clean ? undefined : error;
}

/** The messages of a connection as a Web stream: nothing is read ahead but what waits in the connection's queue. */
export function readableOf(connection: Connection): ReadableStream<Message> {
  return new ReadableStream<Message>(
    {
      async pull(controller) {
        const message = await connection.receive();
        if (message !== undefined) return controller.enqueue(message);
        const error = await failureOf(connection);
        if (error === undefined) controller.close();
        else controller.error(error);
      },
      async cancel() {
        await connection.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A Web stream whose chunks are sent as messages: a write is done when its data has left for the system. */
export function writableOf(connection: Connection): WritableStream<Sendable> {
  let ended = false;
  return new WritableStream<Sendable>({
    start(controller) {
      connection.closed.then(({ error }) => {
        if (!ended) controller.error(error ?? new ConnectionError('WS_CLOSED', 'the connection is closed'));
      });
    },
    write: (chunk) => connection.send(chunk),
    async close() {
      ended = true;
      await connection.close();
    },
    abort() {
      ended = true;
      connection.terminate();
    },
  });
}

/** Options of {@link toDuplex}. */
export interface DuplexOptions {
  /**
   * Whether a chunk is a message. Default `true`: text is read and written as a string, binary as bytes. With `false` the stream
   * is one of bytes, as a TCP socket is: text is read as its UTF-8, every write is a binary message, and how messages
   * were cut cannot be seen.
   */
  readonly objectMode?: boolean;
}

/**
 * A Node stream over an open connection, with backpressure both ways.
 *
 * - `end()` closes the connection with 1000 behind what was written; a WebSocket has no half-open state, so messages that the peer
 *   sends after that may be lost. 'finish' comes when both sides have closed.
 * - The readable side ends when the connection has ended; unless that was clean, the stream is destroyed with the error.
 * - `destroy()` ends the connection at once, without a closing handshake.
 *
 * The stream takes every message: there must be no listener of 'message' on the connection.
 *
 * @example
 * const duplex = toDuplex(await connect('wss://example.org/'), { objectMode: false });
 * duplex.pipe(process.stdout);
 */
export function toDuplex(connection: Connection, { objectMode = true }: DuplexOptions = {}): Duplex {
  let reading = false;
  const duplex = new Duplex({
    objectMode,
    // There is no half-open WebSocket.
    allowHalfOpen: false,
    // Strings are messages of text only where a chunk is a message.
    decodeStrings: !objectMode,
    read() {
      if (reading) return;
      reading = true;
      connection.receive().then(
        async (message) => {
          reading = false;
          const error = message === undefined ? await failureOf(connection) : undefined;
          if (error === undefined) duplex.push(message ?? null);
          else duplex.destroy(error);
        },
        (error: Error) => duplex.destroy(error),
      );
    },
    write(chunk: Sendable, _encoding, done) {
      connection.send(chunk).then(() => done(), done);
    },
    final(done) {
      connection.close().then(() => done());
    },
    destroy(error, done) {
      connection.terminate();
      done(error);
    },
  });
  return duplex;
}
