import { appendFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { typeName } from './data.js';
import { optionError } from './errors.js';

/** Where the key log of a TLS connection goes: to a function, or to the file that SSLKEYLOGFILE names, if it is set. */
export type KeyLog = 'env' | ((line: Buffer) => void);

/** @throws ConnectionError `WS_OPTION` */
export function checkKeyLog(value: unknown): KeyLog | undefined {
  if (value === undefined || value === 'env' || typeof value === 'function') return value as KeyLog | undefined;
  throw optionError(`option 'keylog': a value of type ${typeName(value)} given, a function or 'env' is allowed`);
}

/** Must be called before the handshake. */
export function logKeys(socket: TLSSocket, to: KeyLog | undefined): void {
  if (to === undefined) return;
  if (to !== 'env') return void socket.on('keylog', to);
  const file = process.env['SSLKEYLOGFILE'];
  if (file) socket.on('keylog', (line: Buffer) => appendLine(file, line));
}

/** A log that cannot be written is no reason to lose the connection. */
function appendLine(file: string, line: Buffer): void {
  try {
    appendFileSync(file, line, { mode: 0o600 });
  } catch (error) {
    process.emitWarning(`keylog: SSLKEYLOGFILE cannot be written: ${(error as Error).message}`);
  }
}
