import type { Response, ResponseParser } from '../handshake/index.js';
import type { Receiver, Transport } from './transport.js';

/** What a step does with what its transport receives. What it throws fails the step. */
export interface StepReceiver {
  /** Begins; what is written here may be answered at once. */
  start?(): void;
  /** Takes bytes; returns the index of the first one that belongs to the next receiver. */
  read?(chunk: Buffer, start: number, end: number): number;
  /** Whether an end of the peer's side says nothing: the socket has an error for it, which comes when it closes. */
  readonly awaitsClose?: boolean;
  /** The peer has ended its side, or (`closed`) the socket is gone: the last chance to be done. */
  ended?(closed: boolean): void;
}

/** The error for a peer that ended the connection, or for a socket that is gone for a cause. */
export type Lost = (cause?: Error) => Error;

/**
 * One step of a dial as a promise: it receives for the transport until it is done or fails, and after that nothing. The next
 * step begins in a microtask, so no read comes between the two.
 */
export function step<T>(
  transport: Transport,
  lost: Lost,
  begin: (done: (value: T) => void, fail: (error: unknown) => void) => StepReceiver,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const done = (value: T): void => {
      over = true;
      resolve(value);
    };
    const fail = (error: unknown): void => {
      over = true;
      reject(error);
    };
    const guard = (act: () => void): void => {
      if (over) return;
      try {
        act();
      } catch (error) {
        fail(error);
      }
    };
    const own = begin(done, fail);
    const receiver: Receiver = {
      target: null,
      filled() {},
      read(chunk, start, end) {
        let rest = end;
        guard(() => {
          rest = own.read?.(chunk, start, end) ?? end;
        });
        // Frames may follow the head in the same read: they go to whoever receives now.
        if (rest < end && transport.receiver !== receiver) transport.receiver.read(chunk, rest, end);
      },
      ended() {
        if (own.awaitsClose) return;
        guard(() => own.ended?.(false));
        if (!over) fail(lost());
      },
      closed(cause) {
        guard(() => own.ended?.(true));
        if (!over) fail(lost(cause));
      },
    };
    transport.receiver = receiver;
    guard(() => own.start?.());
  });
}

/**
 * Writes a request and reads its response.
 *
 * @param finish Makes the result of the response, in the same tick as its last byte came; `rest` are the bytes behind it, which are gone
 * when it returns.
 */
export function exchange<T>(
  transport: Transport,
  lost: Lost,
  request: string,
  parser: ResponseParser,
  finish: (response: Response, rest: Buffer) => T,
): Promise<T> {
  return step(transport, lost, (done) => {
    let answered = false;
    const look = (rest: Buffer): void => {
      if (parser.response !== null) done(finish(parser.response, rest));
    };
    return {
      start: () => transport.writeRaw(request),
      read(chunk, start, end) {
        answered = true;
        const used = parser.push(chunk, start, end);
        look(chunk.subarray(used, end));
        return used;
      },
      ended(closed) {
        // A refusal without Content-Length ends with the stream, and what it said tells more than a reset behind it. Of a head that was
        // cut the parser says what it looks like.
        if (closed ? parser.head === null : !answered) return;
        parser.end();
        look(Buffer.alloc(0));
      },
    };
  });
}
