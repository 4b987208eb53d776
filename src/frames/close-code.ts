import { isUtf8 } from 'node:buffer';
import { argumentError } from './error.js';

/** Close codes of RFC 6455 7.4.1 and of the IANA registry that this package names itself. */
export const NORMAL_CLOSURE = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
export const NO_STATUS_RECEIVED = 1005;
export const ABNORMAL_CLOSURE = 1006;
export const INVALID_PAYLOAD = 1007;
export const POLICY_VIOLATION = 1008;
export const MESSAGE_TOO_BIG = 1009;

/** Longest reason of a close frame in bytes of UTF-8: a control frame's 125 less the code's two (RFC 6455 5.5). */
export const MAX_REASON_BYTES = 123;

/** Of the codes from 1000 on. */
const NAMES: readonly (string | undefined)[] = [
  'normal closure',
  'going away',
  'protocol error',
  'unsupported data',
  undefined,
  'no status received',
  'abnormal closure',
  'invalid payload data',
  'policy violation',
  'message too big',
  'mandatory extension',
  'internal error',
  'service restart',
  'try again later',
  'bad gateway',
  'TLS handshake',
];

/**
 * The name of a close code for a log or a message: that of the IANA registry (RFC 6455 7.4.1, 11.7), else the range it
 * belongs to (RFC 6455 7.4.2).
 */
export function nameOfCloseCode(code: number): string {
  const name = NAMES[code - 1000];
  if (name !== undefined) return name;
  if (code >= 3000 && code <= 3999) return 'registered';
  if (code >= 4000 && code <= 4999) return 'private use';
  return 'unknown';
}

/**
 * Whether a close frame may carry this code: 1000 to 1014 but for 1004 (reserved), 1005 and 1006, which "MUST NOT be set
 * as a status code in a Close control frame" like 1015, and 3000 to 4999 (RFC 6455 7.4.1, 7.4.2).
 */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/**
 * Makes the payload of a close frame (RFC 6455 5.5.1).
 *
 * @param code Close code; without one the payload is empty and the peer sees 1005.
 * @param reason Text of at most 123 bytes in UTF-8; needs a code.
 * @throws ProtocolError `WS_PROTOCOL_ARGUMENT` for a code or reason that a close frame may not carry.
 */
export function encodeClosePayload(code?: number, reason = ''): Buffer {
  if (code === undefined) {
    if (reason === '') return Buffer.alloc(0);
    throw argumentError('a close reason needs a close code: give 1000 or one of 3000 to 4999', 'RFC 6455 5.5.1');
  }
  if (!Number.isInteger(code) || !isCloseCode(code)) {
    const allowed = '1000 to 1003, 1007 to 1014 and 3000 to 4999 are allowed';
    throw argumentError(`close code ${code} may not be sent: ${allowed}`, 'RFC 6455 7.4');
  }
  const bytes = Buffer.byteLength(reason);
  if (bytes > MAX_REASON_BYTES) {
    const limit = `at most ${MAX_REASON_BYTES} fit into a close frame`;
    throw argumentError(`close reason of ${bytes} bytes of UTF-8: ${limit}`, 'RFC 6455 5.5');
  }
  const payload = Buffer.allocUnsafe(2 + bytes);
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}

/** What a close frame says: the payload's code and reason, or which rule it breaks. */
export type ClosePayload =
  | { readonly code: number; readonly reason: string }
  | { readonly broken: 'length' | 'code' | 'utf8'; readonly value: number };

/** Reads the payload of a close frame: empty is 1005, "no status code was actually present" (RFC 6455 5.5.1, 7.1.5). */
export function decodeClosePayload(payload: Buffer): ClosePayload {
  if (payload.length === 0) return { code: NO_STATUS_RECEIVED, reason: '' };
  if (payload.length === 1) return { broken: 'length', value: 1 };
  const code = payload.readUInt16BE(0);
  if (!isCloseCode(code)) return { broken: 'code', value: code };
  const reason = payload.subarray(2);
  if (!isUtf8(reason)) return { broken: 'utf8', value: code };
  return { code, reason: reason.toString('utf8') };
}
