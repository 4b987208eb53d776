import type { ProtocolError } from '../frames/index.js';
import type { HandshakeError } from '../handshake/index.js';
import type { TlsError } from '../tls/index.js';

/** What was under way when an attempt to connect ended, in this order; `closing` is the closing handshake of an open connection. */
export type Phase = 'dns' | 'tcp' | 'proxy' | 'tls' | 'handshake' | 'open' | 'closing';

/**
 * Names what went wrong outside of the protocol itself.
 *
 * - `WS_OPTION`: an argument or option makes no sense; the message names it and what is allowed.
 * - `WS_CONNECT_DNS`, `WS_CONNECT_TCP`, `WS_CONNECT_PROXY`: the phase failed; `cause` is Node's error, or of a proxy the TlsError for its
 *   certificate or the HandshakeError with status, headers and body of its refusal.
 * - `WS_CONNECT_LOST`: the connection was lost, or ended by the peer, before the opening handshake was done.
 * - `WS_TIMEOUT`: time ran out; `phase` says what was under way.
 * - `WS_ABORTED`: the AbortSignal fired; `cause` is its reason.
 * - `WS_CLOSED`: the connection is closing or closed, so this cannot be done any more.
 * - `WS_TRANSPORT`: an open connection was lost; `cause` is Node's error, if there was one.
 * - `WS_STATE`: two uses of the connection exclude each other.
 */
export type ConnectionErrorCode =
  | 'WS_OPTION'
  | 'WS_CONNECT_DNS'
  | 'WS_CONNECT_TCP'
  | 'WS_CONNECT_PROXY'
  | 'WS_CONNECT_LOST'
  | 'WS_TIMEOUT'
  | 'WS_ABORTED'
  | 'WS_CLOSED'
  | 'WS_TRANSPORT'
  | 'WS_STATE';

/** The facts of a {@link ConnectionError}, as far as they apply. */
export interface ConnectionErrorFacts {
  readonly phase?: Phase | undefined;
  /** The url without userinfo. */
  readonly url?: string | undefined;
  /** The address and port that were dialed, such as `127.0.0.1:443`. */
  readonly address?: string | undefined;
  readonly cause?: unknown;
}

/** An error of dialing or of the transport. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;
  readonly phase: Phase | undefined;
  readonly url: string | undefined;
  readonly address: string | undefined;

  constructor(code: ConnectionErrorCode, message: string, facts: ConnectionErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.phase = facts.phase;
    this.url = facts.url;
    this.address = facts.address;
  }
}

/** Every error that this package rejects with, reports or throws; `code` tells them apart. */
export type WebSocketError = ConnectionError | HandshakeError | ProtocolError | TlsError;

/** The error for an argument or option that makes no sense. */
export const optionError = (message: string): ConnectionError => new ConnectionError('WS_OPTION', message);

/** The error for those who wait for bytes that will not leave any more. */
export function notLeft(cause?: Error | null): ConnectionError {
  return new ConnectionError('WS_CLOSED', 'the connection ended before the data had left', {
    cause: cause ?? undefined,
  });
}
