import { nameOfCloseCode } from '../frames/index.js';
import type { WebSocketError } from './errors.js';

/** What a close frame said. */
export interface CloseFrame {
  /** Close code (RFC 6455 7.4); 1005 if the frame held none. */
  readonly code: number;
  /** At most 123 bytes of UTF-8. */
  readonly reason: string;
}

/** How a connection ended. A normal end is a value, never an error. */
export interface CloseReport {
  /** The code of the peer's close frame; 1005 if it held none, 1006 if there was no close frame (RFC 6455 7.1.5). */
  readonly code: number;
  /** The reason of the peer's close frame; `''` if there was none (RFC 6455 7.1.6). */
  readonly reason: string;
  /** Whether both close frames were exchanged (RFC 6455 7.1.4). */
  readonly clean: boolean;
  /** Who ended it: whose close frame came first, or `'transport'` if the connection was lost before any. */
  readonly by: 'us' | 'peer' | 'transport';
  /** The peer's close frame. */
  readonly received?: CloseFrame;
  /** Our close frame. */
  readonly sent?: CloseFrame;
  /** Why it ended, if not by a closing handshake. */
  readonly error?: WebSocketError;
}

/** One line for a log, built from the facts: `received 1000 (normal closure) "bye"; then sent 1000 (normal closure) "bye"`. */
export function describeClose({ by, received, sent, error }: CloseReport): string {
  const frames = [received && `received ${describe(received)}`, sent && `sent ${describe(sent)}`];
  if (by === 'us') frames.reverse();
  const told = frames.filter((frame) => frame !== undefined).join('; then ');
  const cause = error === undefined ? '' : `: ${error.message}`;
  return `${told === '' ? 'no close frame received or sent' : told}${cause}`;
}

function describe({ code, reason }: CloseFrame): string {
  return `${code} (${nameOfCloseCode(code)})${reason === '' ? '' : ` ${JSON.stringify(reason)}`}`;
}
