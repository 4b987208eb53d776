import { TlsError } from './error.js';
import { type ReportFacts, reasonOf, refusalText } from './report.js';
import type { Verdict } from './verdict.js';

/**
 * The error of a connection that the verdict refused: `WS_TLS_PIN` where a pin was the reason, else `WS_TLS_CERTIFICATE`.
 *
 * @param verdict a verdict that is not accepted.
 * @param facts what the text needs beside it.
 * @param cause Node's own error, where there is one.
 */
export function certificateRefused(verdict: Verdict, facts: ReportFacts, cause?: unknown): TlsError {
  const code = verdict.refusal?.kind === 'pin' ? 'WS_TLS_PIN' : 'WS_TLS_CERTIFICATE';
  return new TlsError(code, refusalText(verdict, facts), {
    findings: verdict.findings,
    chain: verdict.chain,
    hostName: facts.hostName,
    presentedNames: facts.presentedNames,
    acceptedBy: verdict.acceptedBy,
    reason: reasonOf(verdict, facts.ignore),
    ...(facts.address === undefined ? {} : { address: facts.address }),
    cause,
  });
}
