import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { isClean } from '../tls/index.js';
import { needsJudge, type Security } from './secure.js';
import { cleanReport, type SocketFacts, type TlsReport } from './tls-report.js';
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

type Verdicts = typeof import('./verdicts.js');

/** The judge of connections that are not clean, once somebody has needed it. */
let verdicts: Verdicts | undefined;

/** Loads what judges connections that are not clean: before one is dialed with options that may accept it. */
export async function loadJudge(): Promise<Verdicts> {
  verdicts ??= await import('./verdicts.js');
  return verdicts;
}

/**
 * Judges a connection at `secureConnect`.
 *
 * @returns At once if it is accepted. A promise never resolves: the connection is refused, and the reason takes a while to be put together.
 * @throws TlsError `WS_TLS_CERTIFICATE` or `WS_TLS_PIN`, maybe as a rejection
 */
export function judgeSocket(
  socket: TLSSocket,
  url: { readonly host: string },
  security: Security,
  address: string | undefined,
): TlsReport | Promise<never> {
  const evidence = evidenceOf(socket, url, security, address);
  if (isClean(evidence, security)) return cleanReport(evidence);
  if (verdicts !== undefined && needsJudge(security)) return verdicts.judgeEvidence(evidence, security);
  // Nothing but a clean connection is accepted with these options, so nothing that comes while the reason is loaded is missed.
  return refuse(evidence, security);
}

async function refuse(evidence: SocketEvidence, security: Security): Promise<never> {
  const { refusalOf } = await loadJudge();
  throw refusalOf(evidence, security);
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
