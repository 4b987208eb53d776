import { Connection } from './connection.js';
import { dial } from './dial.js';
import type { Open } from './opening.js';
import { type ConnectOptions, checkOptions } from './options.js';
import { targetOf } from './target.js';

/**
 * Opens a WebSocket connection (RFC 6455 4.1).
 *
 * @param url `ws:` or `wss:`; a fragment is not allowed (RFC 6455 3). User name and password go into an Authorization header.
 * @returns An open connection.
 * @throws (as a rejection) HandshakeError for a url or header that makes no sense and for a response that does, or a server
 * that refuses; TlsError for a certificate; ConnectionError for an option, for DNS and TCP, for the timeout and the signal.
 * @example
 * const ws = await connect('wss://device.local/', { ignoreSslErrors: ['SelfSignedCertificate'] });
 */
export function connect(url: string | URL, options?: ConnectOptions): Promise<Connection> {
  try {
    const settings = checkOptions(options);
    return dial(targetOf(url), settings, openConnection);
  } catch (error) {
    return Promise.reject(error);
  }
}

const openConnection: Open<Connection> = (transport, agreed, settings) => new Connection(transport, settings, agreed);
