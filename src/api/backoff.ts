import { HandshakeError } from '../handshake/index.js';
import { TlsError } from '../tls/index.js';
import { ConnectionError } from './errors.js';

/** How long to wait between attempts. */
export interface BackoffSettings {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly maxRetryAfterMs: number;
  readonly random: () => number;
}

/**
 * The wait before the next attempt in milliseconds: exponential with full jitter, so anything from 0 to a ceiling that grows with
 * every failure, and not before the server said (Retry-After, RFC 9110 10.2.3), within `maxRetryAfterMs`.
 *
 * @param failures Attempts that failed since a connection stood.
 * @param now Milliseconds since 1970.
 */
export function backoffMs(failures: number, error: unknown, settings: BackoffSettings, now: number): number {
  const { minDelayMs, maxDelayMs, factor, maxRetryAfterMs, random } = settings;
  const ceiling = Math.min(maxDelayMs, minDelayMs * Math.min(factor ** failures, Number.MAX_VALUE));
  return Math.max(random() * ceiling, Math.min(retryAfterMs(error, now), maxRetryAfterMs));
}

/** What the Retry-After header of a refusal says, in milliseconds; 0 if it says nothing. */
function retryAfterMs(error: unknown, now: number): number {
  const value = error instanceof HandshakeError ? error.headers?.get('retry-after') : undefined;
  if (!value) return 0;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return wait || 0;
}

/** 4xx that may be gone at the next attempt: Request Timeout, Too Early, Too Many Requests. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);
const FATAL_CODES: ReadonlySet<string> = new Set(['WS_OPTION', 'WS_STATE', 'WS_ABORTED']);

/** Whether another attempt may succeed without anybody changing anything. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ConnectionError) return !FATAL_CODES.has(error.code);
  if (error instanceof HandshakeError) {
    const { code, status = 0 } = error;
    if (code === 'WS_HANDSHAKE_STATUS') return status >= 500 || TRANSIENT_STATUS.has(status);
    return code === 'WS_HANDSHAKE_TRUNCATED';
  }
  // A TLS handshake that was cut is a lost connection; one that was refused, by either side, will be again.
  return error instanceof TlsError && error.code === 'WS_TLS_HANDSHAKE' && !isRefusal(error.cause);
}

function isRefusal(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === 'EPROTO' || code.startsWith('ERR_');
}
