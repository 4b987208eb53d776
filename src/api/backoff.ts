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
 */
export function backoffMs(failures: number, error: unknown, settings: BackoffSettings): number {
  const { minDelayMs, maxDelayMs, factor, maxRetryAfterMs, random } = settings;
  const ceiling = Math.min(maxDelayMs, minDelayMs * Math.min(factor ** failures, Number.MAX_VALUE));
  return Math.max(random() * ceiling, Math.min(retryAfterMs(error), maxRetryAfterMs));
}

/** What a refusal, of the server or of the proxy, asks to wait. */
function retryAfterMs(error: unknown): number {
  const refusal = refusalOf(error);
  return (refusal instanceof HandshakeError && refusal.retryAfterMs) || 0;
}

/** What went wrong at a proxy is the cause of the error. */
function refusalOf(error: unknown): unknown {
  return error instanceof ConnectionError && error.code === 'WS_CONNECT_PROXY' ? error.cause : error;
}

/** 4xx that may be gone at the next attempt: Request Timeout, Too Early, Too Many Requests. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);
/** What a SOCKS5 proxy replies (RFC 1928 6): general failure, network or host unreachable, connection refused, TTL expired. */
const TRANSIENT_REPLY: ReadonlySet<string> = new Set(['1', '3', '4', '5', '6']);
const FATAL_CODES: ReadonlySet<string> = new Set(['WS_OPTION', 'WS_STATE', 'WS_ABORTED']);

/** Whether another attempt may succeed without anybody changing anything. */
export function isTransient(error: unknown): boolean {
  const refusal = refusalOf(error);
  if (refusal instanceof HandshakeError) return isTransientRefusal(refusal);
  if (refusal instanceof TlsError) return refusal.code === 'WS_TLS_HANDSHAKE' && !isTlsRefusal(refusal.cause);
  return error instanceof ConnectionError && !FATAL_CODES.has(error.code);
}

function isTransientRefusal({ code, rule, value, status = 0 }: HandshakeError): boolean {
  if (rule === 'socks-reply') return TRANSIENT_REPLY.has(String(value));
  if (code === 'WS_HANDSHAKE_STATUS' || code === 'WS_HANDSHAKE_PROXY') {
    return status >= 500 || TRANSIENT_STATUS.has(status);
  }
  return code === 'WS_HANDSHAKE_TRUNCATED';
}

/** A TLS handshake that was cut is a lost connection; one that was refused, by either side, will be again. */
function isTlsRefusal(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === 'EPROTO' || code.startsWith('ERR_');
}
