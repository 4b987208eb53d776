import type { TLSSocket } from 'node:tls';
import { isClean } from '../tls/index.js';
import { evidenceOf, type SocketEvidence } from './evidence.js';
import { needsJudge, type Security } from './secure.js';
import { cleanReport, type TlsReport } from './tls-report.js';

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
