import type { ProtocolError } from './error.js';
import type { MessageOpcode } from './opcode.js';

/**
 * What a {@link Reader} calls, synchronously and in the order of the bytes. However the same bytes are cut into chunks, the
 * calls are the same.
 *
 * A method may call back: `pause`, `resume` and `stop` of the reader take effect at once, in the middle of a chunk.
 */
export interface Sink {
  /** A text message (RFC 6455 5.6). */
  text(text: string): void;
  /** A binary message. The Buffer is the receiver's; a small one may share its memory with its neighbours. */
  binary(bytes: Buffer): void;
  /** A ping (RFC 6455 5.5.2), to be answered by a pong with the same payload. */
  ping(payload: Buffer): void;
  /** A pong (RFC 6455 5.5.3), asked for or not. */
  pong(payload: Buffer): void;
  /** The close frame (RFC 6455 5.5.1); 1005 if it holds no code. Nothing comes after it. */
  close(code: number, reason: string): void;
  /** The peer broke a rule: fail the connection with the error's close code. Nothing comes after it. */
  failed(error: ProtocolError): void;
  /**
   * Asked before a message that is not compressed fails for its length, so that a sink may still set {@link Reader.pieces}.
   *
   * @returns `true` to hold the message: the reader is paused, and looks at the frame again after `resume`.
   */
  tooLong?(): boolean;
}

/** What gets a message as it arrives: see {@link Reader.pieces}. It may pause the reader, as a {@link Sink} may. */
export interface PieceSink {
  /** The next part of the message: of a text a string, in which no character is cut. */
  piece(opcode: MessageOpcode, part: string | Buffer): void;
  /** The message has ended; one that was empty had no part. */
  lastPiece(opcode: MessageOpcode): void;
}
