import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Security } from './secure.js';
import type { SocketFacts } from './tls-report.js';
import { type Trust, trustOfSocket } from './tls-socket.js';

/** Everything that the judge has to know of a TLS socket. */
export interface SocketEvidence extends SocketFacts {
  /** Node's error of the chain; `null` for none. */
  readonly authorizationError: string | null;
  readonly trust: Trust;
  readonly time: number;
  readonly resumed: boolean;
  /** Of the peer, where known. */
  readonly address: string | undefined;
}

/** What is known of a socket at `secureConnect`; to be asked once: the certificates cannot be asked for again. */
export function evidenceOf(
  socket: TLSSocket,
  { host }: { readonly host: string },
  security: Security,
  address: string | undefined,
): SocketEvidence {
  return {
    authorizationError: chainError(socket),
    sent: sentCertificates(socket),
    trust: trustOfSocket(socket, security),
    hostName: security.options.servername || host,
    time: Date.now(),
    resumed: socket.isSessionReused(),
    address,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? '',
  };
}

/** One more than OpenSSL's longest chain: the verdict refuses such a chain for its length. */
const MAX_SENT = 102;

/** The certificates as sent. They can be asked for once: the call takes the chain away. */
function sentCertificates(socket: TLSSocket): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && sent.length < MAX_SENT) {
    sent.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return sent;
}

/** Node's error of the chain. In spite of its type it is a string; anything that cannot be told counts as unknown. */
function chainError({ authorized, authorizationError }: TLSSocket): string | null {
  if (authorized) return null;
  const error: unknown = authorizationError;
  if (typeof error === 'string') return error;
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNSPECIFIED';
}
