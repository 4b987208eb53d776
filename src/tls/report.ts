import { ADVICE, UNSPECIFIED } from './advice.js';
import type { CertificateFacts } from './facts.js';
import type { Finding } from './findings.js';
import type { SslErrorKeyword } from './keyword.js';
import { printable } from './printable.js';
import type { Ignore, Verdict } from './verdict.js';

/** What the text of a report needs beside the findings. */
export interface ReportFacts {
  /** The name or address that was asked for. */
  readonly hostName: string;
  /** IP address and port of the peer, for the reader; left out where not known. */
  readonly address?: string;
  /** The names the server's certificate is for, from `presentedNames`. */
  readonly presentedNames: readonly string[];
  readonly ignore: Ignore;
  /** The time of the verdict, in milliseconds since 1970. */
  readonly now: number;
}

/** So many names of a certificate are printed: it holds what its maker wanted. */
const MAX_NAMES = 8;

/**
 * The text of a refusal, for a terminal: who was refused, a line per finding, the list that would accept the connection.
 * It ends without a line end.
 */
export function refusalText(verdict: Verdict, facts: ReportFacts): string {
  const lines = [`${peer(facts)} was refused: ${reasonOf(verdict, facts.ignore)}`];
  for (const finding of verdict.findings) lines.push(`  ${findingText(finding, facts)}`);
  const untrusted = untrustedHint(verdict.findings, facts.ignore);
  if (untrusted !== null) lines.push(untrusted);
  lines.push(...wayOut(verdict));
  return lines.join('\n');
}

/** The findings of a connection that stands because they were ignored: a line each; '' where there are none. */
export function findingsText(findings: readonly Finding[], facts: ReportFacts): string {
  return findings.map((finding) => findingText(finding, facts)).join('\n');
}

/** The refusal in one sentence, without the host. */
export function reasonOf(verdict: Verdict, ignore: Ignore): string {
  if (verdict.refusal !== null && verdict.refusal.kind !== 'findings') return printable(verdict.refusal.detail);
  const all = verdict.findings.length;
  const open = verdict.findings.filter(({ keyword }) => !covers(ignore, keyword)).length;
  if (all === 1) return 'there is 1 SSL error, which ignoreSslErrors does not cover';
  const covered = open === all ? 'none' : `only ${all - open}`;
  return `there are ${all} SSL errors, and ignoreSslErrors covers ${covered} of them`;
}

/** One finding in one line: keyword, certificate, the fact, what to do. */
export function findingText(finding: Finding, facts: ReportFacts): string {
  const { keyword, certificate, depth } = finding;
  const ignored = covers(facts.ignore, keyword);
  const whose = certificate === null ? 'the certificate' : `${name(certificate)} at depth ${depth}`;
  const remedy = ignored ? ADVICE[keyword].remedy : `${ADVICE[keyword].remedy}, or list ${keyword}`;
  return `${keyword}${ignored ? ' (ignored)' : ''}: ${whose} ${factOf(finding, facts)}; ${remedy}`;
}

const covers = (ignore: Ignore, keyword: SslErrorKeyword): boolean => ignore === 'all' || ignore.includes(keyword);

/** The host, and its address where known. */
export function peer({ hostName, address }: ReportFacts): string {
  return address === undefined ? printable(hostName) : `${printable(hostName)} (${printable(address)})`;
}

const name = (certificate: CertificateFacts): string =>
  printable(certificate.subject) || 'a certificate without a subject';

function factOf({ keyword, opensslCode, certificate }: Finding, facts: ReportFacts): string {
  const { meaning } = ADVICE[keyword];
  if (keyword === 'HostNameMismatch')
    return `is for ${namesText(facts.presentedNames)}, not for ${printable(facts.hostName)}`;
  if (keyword === 'UnspecifiedError') return `${UNSPECIFIED.get(opensslCode) ?? meaning} (${opensslCode || 'no code'})`;
  if (certificate === null) return meaning;
  if (keyword === 'CertificateExpired')
    return `expired at ${instant(certificate.notAfter)}, it is ${instant(facts.now)}`;
  if (keyword === 'CertificateNotYetValid') {
    return `is valid from ${instant(certificate.notBefore)}, it is ${instant(facts.now)}`;
  }
  if (keyword === 'UnableToGetLocalIssuerCertificate') return `${meaning}: ${printable(certificate.issuer)}`;
  return meaning;
}

/** The names of a certificate in one line. */
export function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'no name at all';
  const shown = names.slice(0, MAX_NAMES).map((each) => printable(each) || "''");
  return names.length > MAX_NAMES ? `${shown.join(', ')} and ${names.length - MAX_NAMES} more` : shown.join(', ');
}

/** A time in ISO 8601 to the second; a text that is no time stays as it is. */
function instant(time: string | number): string {
  const milliseconds = typeof time === 'number' ? time : Date.parse(time);
  if (Number.isNaN(new Date(milliseconds).getTime())) return printable(String(time));
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * CertificateUntrusted is the example in the vendor's documentation, but OpenSSL 3 does not raise it: who lists it gets told
 * what to list for the chain at hand.
 */
function untrustedHint(findings: readonly Finding[], ignore: Ignore): string | null {
  if (ignore === 'all' || !ignore.includes('CertificateUntrusted')) return null;
  const instead = new Set(findings.map(({ keyword }) => keyword).filter((keyword) => TRUST.has(keyword)));
  if (instead.size === 0 || instead.has('CertificateUntrusted')) return null;
  return `CertificateUntrusted is in your list, but OpenSSL 3 does not raise it; for this chain list ${quoted([...instead])}.`;
}

const TRUST: ReadonlySet<SslErrorKeyword> = new Set([
  'UnableToGetIssuerCertificate',
  'SelfSignedCertificate',
  'SelfSignedCertificateInChain',
  'UnableToGetLocalIssuerCertificate',
  'UnableToVerifyFirstCertificate',
  'CertificateUntrusted',
]);

/** The list that would accept the connection. */
export function wayOut({ acceptedBy }: Verdict): string[] {
  if (acceptedBy === null) return ['No ignoreSslErrors list accepts this connection.'];
  return [
    'To accept this very connection, and anybody who can show the same errors:',
    `  ignoreSslErrors: [${quoted(acceptedBy)}]`,
  ];
}

const quoted = (keywords: readonly SslErrorKeyword[]): string => keywords.map((keyword) => `'${keyword}'`).join(', ');
