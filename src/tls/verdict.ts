import { X509Certificate } from 'node:crypto';
import type { Anchors } from './anchors.js';
import { type Certificate, parseCertificate } from './certificate.js';
import { enumerateErrors } from './enumeration.js';
import { type CertificateFacts, describeBytes } from './facts.js';
import { type Finding, uniteFindings } from './findings.js';
import { matchesHostName } from './host-name.js';
import { keywordOf, type SslErrorKeyword } from './keyword.js';
import { MAX_PATH_DEPTH } from './path.js';
import { checkPins, type Pin } from './pin.js';

/** A certificate as the peer sent it: in DER, or as node:crypto has read it, which saves to read it again. */
export type Sent = Buffer | X509Certificate;

const derOf = (sent: Sent): Buffer => (sent instanceof X509Certificate ? sent.raw : sent);

/** What is known of a TLS connection right after its handshake. */
export interface Evidence {
  /** Node's code, e.g. `CERT_HAS_EXPIRED` or `UNSPECIFIED`; null if the chain was accepted, whatever the host name. */
  readonly authorizationError: string | null;
  /** The certificates as the peer sent them, its own first. */
  readonly sent: readonly Sent[];
  readonly anchors: Anchors;
  /** The host that was asked for: a name, an IPv4 address, or an IPv6 address with or without brackets. */
  readonly hostName: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Whether the TLS session was resumed. */
  readonly resumed: boolean;
  /** `process.versions.openssl`, for the text of a refusal only. Default: not told. */
  readonly opensslVersion?: string;
}

/** Which errors do not refuse a connection: all of them, or exactly those listed. An empty list ignores nothing. */
export type Ignore = 'all' | readonly SslErrorKeyword[];

/** What the judge goes by. */
export interface Policy {
  readonly ignore: Ignore;
  /** `sha256/<base64>` of the certificate or of its public key; one of them must match. Default none: not checked. */
  readonly pins: readonly Pin[];
}

/** Why a connection is refused. Only `findings` can be lifted by a longer list. */
export type RefusalKind =
  | 'findings'
  | 'unexplained'
  | 'unparsable'
  | 'too-long'
  | 'resumed'
  | 'no-certificate'
  | 'pin'
  | 'failure';

export interface Refusal {
  readonly kind: RefusalKind;
  readonly detail: string;
}

export interface Verdict {
  readonly accepted: boolean;
  /** Every error found, the host name first, then OpenSSL's order; also when the connection is accepted. */
  readonly findings: readonly Finding[];
  /** The certificates as sent. Read on first use. */
  readonly chain: readonly CertificateFacts[];
  /** The list that would accept this very connection; empty if none is needed, null if no list may. */
  readonly acceptedBy: readonly SslErrorKeyword[] | null;
  readonly refusal: Refusal | null;
}

// With `ignore: 'all'` the chain needs no judgement, so it does not matter that there could be none.
const IGNORED_BY_ALL: ReadonlySet<RefusalKind> = new Set(['unexplained', 'unparsable', 'too-long']);

interface Judgement {
  readonly findings: readonly Finding[];
  readonly refusal: Refusal | null;
}

/**
 * Judges a connection (decision of this project, fail closed). It is accepted
 * - exactly when every keyword found is in the list and the enumeration explains Node's own error, or
 * - with `ignore: 'all'`, whatever the chain is like.
 *
 * Three things are refused in any case, also by 'all': a pin that does not match, a resumed session and a missing
 * certificate, because there nobody has shown a certificate at all; so listing NoPeerCertificate has no effect.
 *
 * Never throws: what goes wrong in here refuses.
 *
 * @example
 * const verdict = judge(
 *   { authorizationError: 'CERT_HAS_EXPIRED', sent, anchors, hostName: 'device.local', time: Date.now(), resumed: false },
 *   { ignore: ['CertificateExpired'], pins: [] },
 * );
 * if (!verdict.accepted) console.log(verdict.findings, verdict.acceptedBy);
 */
export function judge(evidence: Evidence, policy: Policy): Verdict {
  let judgement: Judgement;
  try {
    judgement = examine(evidence, policy);
  } catch (error) {
    judgement = { findings: [], refusal: { kind: 'failure', detail: describeError(error) } };
  }
  return conclude(judgement, evidence.sent, policy);
}

function conclude({ findings, refusal }: Judgement, sent: readonly Sent[], { ignore }: Policy): Verdict {
  const keywords = [...new Set(findings.map(({ keyword }) => keyword))];
  const missing = ignore === 'all' ? [] : keywords.filter((keyword) => !ignore.includes(keyword));
  const listed: Refusal | null =
    missing.length === 0 ? null : { kind: 'findings', detail: `not ignored: ${missing.join(', ')}` };
  const standing =
    refusal !== null && ignore === 'all' && IGNORED_BY_ALL.has(refusal.kind) ? null : (refusal ?? listed);
  // Only the bytes: objects of node:crypto are larger, and a connection may last for months.
  const ders = attempt(() => sent.map(derOf)) ?? [];
  let chain: readonly CertificateFacts[] | null = null;
  return {
    accepted: standing === null,
    findings,
    // Most connections are clean and nobody asks, so nothing is read for them.
    get chain() {
      chain ??= ders.map((der) => describeBytes(der));
      return chain;
    },
    acceptedBy: refusal === null ? keywords : null,
    refusal: standing,
  };
}

function examine(evidence: Evidence, { pins }: Policy): Judgement {
  if (evidence.resumed) {
    return refuse('resumed', 'a resumed TLS session shows no certificate; connect without a stored session');
  }
  const [leaf] = evidence.sent;
  if (leaf === undefined) {
    const finding: Finding = { keyword: 'NoPeerCertificate', opensslCode: '', depth: 0, certificate: null };
    return { ...refuse('no-certificate', 'the peer showed no certificate'), findings: [finding] };
  }
  const x509 = leaf instanceof X509Certificate ? leaf : attempt(() => new X509Certificate(leaf));
  const chain = examineChain(evidence, x509);
  const findings = [...findHostNameErrors(x509, evidence), ...chain.findings];
  const pinned = pins.length === 0 || (x509 !== null && attempt(() => checkPins(pins, x509)) === true);
  const pin = 'neither the certificate nor its public key has one of the pinned hashes';
  return { findings, refusal: pinned ? chain.refusal : { kind: 'pin', detail: pin } };
}

/** The host name is checked by us alone: Node looks at it only when the chain has no error. */
function findHostNameErrors(x509: X509Certificate | null, { hostName, sent }: Evidence): Finding[] {
  const matches = x509 !== null && attempt(() => matchesHostName(x509, hostName)) === true;
  if (matches) return [];
  const certificate = describeBytes(derOf(sent[0] as Sent), x509);
  return [{ keyword: 'HostNameMismatch', opensslCode: '', depth: 0, certificate }];
}

function examineChain(evidence: Evidence, leaf: X509Certificate | null): Judgement {
  const { authorizationError: nodeCode, sent } = evidence;
  // OpenSSL accepted the chain: it is never second-guessed.
  if (nodeCode === null) return { findings: [], refusal: null };
  if (sent.length > MAX_PATH_DEPTH + 1) {
    return unjudged('too-long', `the peer sent ${sent.length} certificates`, nodeCode, sent, leaf);
  }
  const read = sent.map((one, at) => readSent(one, at === 0 ? leaf : null));
  const certificates = read.filter((certificate) => typeof certificate !== 'string');
  const unread = read.findIndex((certificate) => typeof certificate === 'string');
  let judgement: Judgement;
  try {
    if (unread === 0) throw new Error('the certificate of the peer cannot be read');
    judgement = weigh(certificates, evidence, nodeCode);
  } catch (error) {
    judgement = unjudged('unexplained', describeError(error), nodeCode, sent, leaf);
  }
  if (unread === -1) return judgement;
  // What cannot be read may be anything to OpenSSL; what was found without it is for the report only.
  const detail = `certificate ${unread} as sent: ${read[unread]}`;
  return { findings: judgement.findings, refusal: { kind: 'unparsable', detail } };
}

/** Nothing is known but Node's own error; it is reported of the leaf. */
function unjudged(
  kind: RefusalKind,
  detail: string,
  opensslCode: string,
  [leaf]: readonly Sent[],
  x509: X509Certificate | null,
): Judgement {
  const certificate = describeBytes(derOf(leaf as Sent), x509);
  const finding: Finding = { keyword: keywordOf(opensslCode), opensslCode, depth: 0, certificate };
  return { findings: [finding], refusal: { kind, detail } };
}

/** A certificate, or why it is none. */
function readSent(sent: Sent, x509: X509Certificate | null): Certificate | string {
  try {
    return parseCertificate(derOf(sent), sent instanceof X509Certificate ? sent : x509);
  } catch (error) {
    return describeError(error);
  }
}

/** The cross-check: only when Node's error is the last one found is it certain that none is hidden behind it. */
function weigh(certificates: readonly Certificate[], evidence: Evidence, nodeCode: string): Judgement {
  const { anchors, time, opensslVersion } = evidence;
  if (!Number.isFinite(time)) throw new RangeError(`the time ${time} is no time in milliseconds`);
  const enumerations = enumerateErrors(certificates, anchors, Math.floor(time / 1000));
  const { findings, explained } = uniteFindings(enumerations, nodeCode);
  const unknown = certificates.find(
    (one) => one.innerAlgorithm.signature === null || one.outerAlgorithm.signature === null,
  );
  if (unknown !== undefined) {
    const { oid } = unknown.innerAlgorithm.signature === null ? unknown.innerAlgorithm : unknown.outerAlgorithm;
    return { ...refuse('unexplained', `the signature algorithm ${oid} is not known here`), findings };
  }
  if (enumerations.some(({ path }) => path.end === 'too-long')) {
    return { ...refuse('too-long', `the path is longer than ${MAX_PATH_DEPTH}`), findings };
  }
  if (!explained) {
    const by = opensslVersion === undefined ? '' : ` (OpenSSL ${opensslVersion})`;
    const detail = `Node${by} reports ${nodeCode}, not the last of the errors that were found, so some may be hidden`;
    return { ...refuse('unexplained', detail), findings };
  }
  return { findings, refusal: null };
}

function refuse(kind: RefusalKind, detail: string): Judgement {
  return { findings: [], refusal: { kind, detail } };
}

function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
