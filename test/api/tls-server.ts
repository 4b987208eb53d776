import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls, { type SecureContext, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Test } from 'tap';
import { toPem } from '../tls/pki/make-certificate.js';
import { accepted, close } from './peer.js';

// A server that may show anything.
const WEAK_CIPHERS = `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0`;

/** A WebSocket server of raw bytes on 127.0.0.1 that shows the chain it was given last, and notes what it was asked for. */
export interface ChainServer {
  readonly port: number;
  /** Shows this chain from now on. Throws where OpenSSL does not let a server show such certificates. */
  show(sent: readonly Buffer[], keyPem: string): void;
  /** Ends the server when its clients are gone, and gives the resource names of all requests; bytes that are no request throw. */
  end(): Promise<string[]>;
}

/**
 * Starts a {@link ChainServer}; it ends with the test.
 *
 * @param onSocket is called for every client whose TLS handshake is done.
 */
export async function startChainServer(
  t: Test,
  options: TlsOptions = {},
  host = '127.0.0.1',
  onSocket: (socket: TLSSocket) => void = () => undefined,
): Promise<ChainServer> {
  const open = new Set<TLSSocket>();
  const requests: string[] = [];
  const strays: string[] = [];
  let context: SecureContext | undefined;
  const server = tls.createServer({
    // The level of the connection is that of the server, not of the context that the name leads to.
    ciphers: WEAK_CIPHERS,
    SNICallback: (_name, done) => done(null, context),
    ...options,
  });
  // A client that refuses is gone before the server has done its part.
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => {
    open.add(socket);
    onSocket(socket);
    let head = '';
    let asked = false;
    socket.on('data', (chunk: Buffer) => {
      // Clients of these tests say nothing but the close frame.
      if (asked) {
        socket.end(close(1000));
        return;
      }
      head += chunk.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      asked = true;
      requests.push(/^GET (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? `no request: ${head}`);
      socket.write(accepted(head));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      if (head !== '' && !asked) strays.push(head);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  t.teardown(async () => {
    for (const socket of open) socket.destroy();
    await stop();
  });
  return {
    port: (server.address() as AddressInfo).port,
    show(sent, keyPem) {
      const shown = { cert: sent.map(toPem).join(''), key: keyPem, ciphers: WEAK_CIPHERS };
      const { ca } = options;
      context = tls.createSecureContext({ ...shown, ...(ca !== undefined && { ca }) });
      // For clients that ask for no name.
      server.setSecureContext({ ...shown, ...options });
    },
    async end() {
      await stop();
      if (strays.length > 0) throw new Error(`${strays.length} clients wrote something: ${strays[0]}`);
      return requests;
    },
  };
}
