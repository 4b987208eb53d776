import { HandshakeError, quote } from './error.js';

/** Loaded with the first key: a program that only imports this package needs none. */
const crypto = () => {
  loaded ??= load();
  return loaded;
};
const load = () => process.getBuiltinModule('node:crypto');
let loaded: ReturnType<typeof load> | undefined;

const NONCE_BYTES = 16;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** One call of the random source costs as much as many keys, so the bytes of many are had at once; each is used once. */
const POOL_BYTES = 4096;
let pool: Buffer | null = null;
let used = POOL_BYTES;

function pooledKey(): string {
  if (pool === null || used + NONCE_BYTES > POOL_BYTES) {
    pool = crypto().randomBytes(POOL_BYTES);
    used = 0;
  }
  used += NONCE_BYTES;
  return pool.toString('base64', used - NONCE_BYTES, used);
}

/**
 * A new Sec-WebSocket-Key: 16 random bytes in base64 (RFC 6455 4.1, item 7 of the request).
 *
 * @param random gives that many unpredictable bytes; default: bytes of node:crypto
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` when `random` gives another number of bytes
 */
export function createKey(random?: (bytes: number) => Buffer): string {
  if (random === undefined) return pooledKey();
  const nonce = random(NONCE_BYTES);
  if (nonce.length !== NONCE_BYTES) {
    throw new HandshakeError(
      'WS_HANDSHAKE_OPTION',
      `The random source gave ${nonce.length} bytes for the key; it must give ${NONCE_BYTES}`,
      { rule: 'key-length', section: 'RFC 6455 4.1', value: String(nonce.length) },
    );
  }
  return nonce.toString('base64');
}

/** Whether a value is the base64 text of 16 bytes (RFC 6455 4.2.1, item 5; RFC 4648 4). */
export function isKey(value: string): boolean {
  return KEY.test(value);
}

/** Throws `WS_HANDSHAKE_OPTION` unless the caller's key is one that a server takes. */
export function checkKey(key: string): void {
  if (isKey(key)) return;
  throw new HandshakeError('WS_HANDSHAKE_OPTION', `The key ${quote(key)} is not the base64 text of 16 bytes`, {
    rule: 'key',
    section: 'RFC 6455 4.1',
    value: key,
  });
}

/**
 * The Sec-WebSocket-Accept that proves that this key was read: base64 of the SHA-1 of key and GUID (RFC 6455 4.2.2,
 * item 5.4).
 *
 * @example
 * acceptOf('dGhlIHNhbXBsZSBub25jZQ=='); // 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
 */
export function acceptOf(key: string): string {
  return crypto().hash('sha1', key + GUID, 'base64');
}
