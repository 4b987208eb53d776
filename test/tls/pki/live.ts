import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { toPem } from './make-certificate.js';

// A server that may show anything.
const WEAK_CIPHERS = `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0`;

/** A TLS server on 127.0.0.1 that shows another chain for every server name. */
export interface LiveServer {
  readonly port: number;
  /** Adds a chain; throws where OpenSSL does not let a server show such certificates. */
  add(serverName: string, sent: readonly Buffer[], keyPem: string): void;
  drop(serverName: string): void;
  close(): Promise<void>;
}

/** What Node tells about a connection. */
export interface LiveEvidence {
  readonly authorizationError: string | null;
  readonly sent: Buffer[];
}

export async function startServer(): Promise<LiveServer> {
  const contexts = new Map<string, tls.SecureContext>();
  const server = tls.createServer({
    // The level of the connection is that of the server, not of the context that the name leads to.
    ciphers: WEAK_CIPHERS,
    SNICallback: (name, done) => done(null, contexts.get(name) as tls.SecureContext),
  });
  // Clients of these tests go away as soon as they have the certificates.
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    add(serverName, sent, keyPem) {
      const context = tls.createSecureContext({
        cert: sent.map(toPem).join(''),
        key: keyPem,
        ciphers: WEAK_CIPHERS,
      });
      contexts.set(serverName, context);
    },
    drop: (serverName) => void contexts.delete(serverName),
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Connects with Node's own TLS as the dial does: nothing is rejected, nothing is written. */
export async function connectLive(
  port: number,
  servername: string,
  anchors: readonly Buffer[],
  version?: tls.SecureVersion,
): Promise<LiveEvidence> {
  const versions = version === undefined ? {} : { minVersion: version, maxVersion: version };
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername,
    ca: anchors.map(toPem),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...versions,
  });
  try {
    await once(socket, 'secureConnect');
    // A string at run time, whatever the declaration says.
    const error: unknown = socket.authorizationError;
    const sent: Buffer[] = [];
    const first = socket.getPeerX509Certificate();
    for (let one = first; one !== undefined; one = one.issuerCertificate) sent.push(one.raw);
    return { authorizationError: error ? String(error) : null, sent };
  } finally {
    socket.destroy();
  }
}
