import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { ProtocolError } from '../frames/index.js';
import { HandshakeError } from '../handshake/index.js';
import { TlsError } from '../tls/index.js';
import { ConnectionError } from './errors.js';

/**
 * Names why a CTRL function failed (decision of this project but for `UNEXPECTEDSTATE`, which is the vendor's):
 *
 * - `ARGUMENT`: an argument or option makes no sense.
 * - `INVALID_URL`: the url's syntax or scheme.
 * - `INVALID_SOCKET`: no open socket has this number.
 * - `EMFILE`: the system has no more free sockets.
 * - `SSL`: the SSL errors of the connection may not all be ignored, or TLS failed.
 * - `HANDSHAKE`: the server refused the upgrade or did not answer as RFC 6455 asks.
 * - `CONNECTION`: the network, the connection was lost, or the peer broke a rule of the protocol.
 * - `TIMEOUT`: the time given is over.
 * - `UNEXPECTEDSTATE`: the peer does not read what was written before; try again later.
 */
export type CtrlErrorCode =
  | 'ARGUMENT'
  | 'INVALID_URL'
  | 'INVALID_SOCKET'
  | 'EMFILE'
  | 'SSL'
  | 'HANDSHAKE'
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'UNEXPECTEDSTATE';

/** An error as `getLastError()` gives it. `cause` is the error underneath, with all its facts. */
export class CtrlError extends Error {
  override readonly name = 'CtrlError';
  readonly code: CtrlErrorCode;

  constructor(code: CtrlErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Turns any error of this package into one of CTRL's. */
export function toCtrlError(error: unknown): CtrlError {
  if (error instanceof CtrlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isLookup(error) && !canOpen()) {
    return new CtrlError('EMFILE', `${message} (no file can be opened: the limit of open files is reached)`, error);
  }
  return new CtrlError(codeOf(error), message, error);
}

function codeOf(error: unknown): CtrlErrorCode {
  if (hasNoFreeSocket(error)) return 'EMFILE';
  if (error instanceof TlsError) return error.code === 'WS_TLS_OPTION' ? 'ARGUMENT' : 'SSL';
  if (error instanceof HandshakeError) {
    if (error.code === 'WS_HANDSHAKE_URL') return 'INVALID_URL';
    return error.side === 'local' ? 'ARGUMENT' : 'HANDSHAKE';
  }
  if (error instanceof ProtocolError && error.by === 'peer') return 'CONNECTION';
  if (!(error instanceof ConnectionError)) return 'ARGUMENT';
  if (error.code === 'WS_OPTION') return 'ARGUMENT';
  return error.code === 'WS_TIMEOUT' ? 'TIMEOUT' : 'CONNECTION';
}

const isLookup = (error: unknown): boolean => error instanceof ConnectionError && error.code === 'WS_CONNECT_DNS';

/** A resolver that may not open a file says that there is no such host: whether that was the reason can only be tried out. */
function canOpen(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** Whether the system's limit of open files is behind the error: of the process or of the whole system. */
function hasNoFreeSocket(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE')) return true;
  if (error instanceof AggregateError) return error.errors.some(hasNoFreeSocket);
  return hasNoFreeSocket(error.cause);
}
