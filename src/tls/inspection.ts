import type { CertificateFacts } from './facts.js';
import { printable } from './printable.js';
import { findingsText, namesText, peer, type ReportFacts, reasonOf, wayOut } from './report.js';
import type { Verdict } from './verdict.js';

/** What the text of an inspection tells beside the verdict. */
export interface InspectionFacts extends ReportFacts {
  /** The version of TLS; null where not known. */
  readonly protocol: string | null;
  readonly cipher: string;
}

/**
 * The text about a TLS connection that nobody refuses, for a terminal: how it is secured, the chain as sent, a line per SSL error, and the
 * list that would accept it. It ends without a line end.
 */
export function inspectionText(verdict: Verdict, facts: InspectionFacts): string {
  const { findings, refusal, acceptedBy } = verdict;
  const lines = [`${peer(facts)}: ${facts.protocol ?? 'TLS'}, ${facts.cipher}`];
  lines.push(`The certificate is for ${namesText(facts.presentedNames)}.`, ...verdict.chain.flatMap(certificateLines));
  if (refusal !== null && refusal.kind !== 'findings')
    lines.push(`It would be refused: ${reasonOf(verdict, facts.ignore)}`);
  if (findings.length > 0)
    lines.push(
      'SSL errors:',
      ...findingsText(findings, facts)
        .split('\n')
        .map((line) => `  ${line}`),
    );
  else if (refusal === null) lines.push('No SSL errors.');
  if (acceptedBy?.length !== 0) lines.push(...wayOut(verdict));
  return lines.join('\n');
}

function certificateLines(certificate: CertificateFacts, depth: number): string[] {
  const { subject, issuer, notBefore, notAfter, key, signature, fingerprint256 } = certificate;
  const validity = `valid from ${printable(notBefore)} to ${printable(notAfter)}`;
  return [
    `  ${depth}  ${printable(subject) || 'a certificate without a subject'}, issued by ${printable(issuer)}`,
    `     ${validity}, ${key || 'a key that cannot be read'}, signed with ${signature || 'what cannot be read'}`,
    `     SHA-256 ${fingerprint256}`,
  ];
}
