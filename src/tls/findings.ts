import type { Discovery } from './discovery.js';
import type { Enumeration } from './enumeration.js';
import { type CertificateFacts, describeCertificate } from './facts.js';
import { isNodeCode, keywordOf, type SslErrorKeyword } from './keyword.js';

/** One SSL error of a connection. */
export interface Finding {
  readonly keyword: SslErrorKeyword;
  /** OpenSSL's name without X509_V_ERR_; '' for the host name and for the certificate that is missing. */
  readonly opensslCode: string;
  /** 0 is the peer's own certificate, 1 its issuer, and so on. */
  readonly depth: number;
  /** The certificate that has the error; null where there is none. */
  readonly certificate: CertificateFacts | null;
}

/** Node's word for a code of which it has no name. */
export const UNSPECIFIED = 'UNSPECIFIED';

/** What `authorizationError` says when this code is the last one. */
export function nodeCodeOf(opensslCode: string): string {
  return isNodeCode(opensslCode) ? opensslCode : UNSPECIFIED;
}

/** What the enumeration says about a connection whose one error Node has told. */
export interface ChainFindings {
  readonly findings: readonly Finding[];
  /** Whether Node's error is the last one found, so that nothing else can be hidden behind it. */
  readonly explained: boolean;
}

/**
 * Unites the errors of every path that OpenSSL may have taken: those of the first path whose last error is Node's come
 * first, then what the others add.
 *
 * @param nodeCode Node's `authorizationError`
 */
export function uniteFindings(enumerations: readonly Enumeration[], nodeCode: string): ChainFindings {
  const base = enumerations.find((enumeration) => explains(enumeration, nodeCode));
  const ordered = base === undefined ? enumerations : [base, ...enumerations.filter((one) => one !== base)];
  const discoveries: Discovery[] = [];
  for (const { errors } of ordered) {
    for (const error of errors) {
      if (!discoveries.some((known) => isSame(known, error))) discoveries.push(error);
    }
  }
  const findings = discoveries.map(toFinding);
  const named = findings.some(({ opensslCode }) => nodeCodeOf(opensslCode) === nodeCode);
  if (!named || (nodeCode === UNSPECIFIED && enumerations.some(hasLateChecks))) {
    findings.push(unnamed(enumerations, nodeCode));
  }
  return { findings, explained: base !== undefined };
}

/** Whether Node's error is the last that OpenSSL raised on this path. */
function explains(enumeration: Enumeration, nodeCode: string): boolean {
  if (nodeCode === UNSPECIFIED && hasLateChecks(enumeration)) return true;
  const { errors } = enumeration;
  const weakLeaf = errors[0]?.opensslCode === 'EE_KEY_TOO_SMALL';
  for (let at = errors.length - 1; at >= 0; at--) {
    const { opensslCode, certain } = errors[at] as Discovery;
    if (nodeCodeOf(opensslCode) === nodeCode) return true;
    // After EE_KEY_TOO_SMALL OpenSSL repeats that code where it would have raised the error of trust.
    if (weakLeaf && nodeCode === UNSPECIFIED && TRUST_CODES.has(opensslCode)) return true;
    if (certain) return false;
  }
  return false;
}

/**
 * Name constraints, and the name of a proxy certificate, are checked after everything that is enumerated. So Node itself
 * shows whether they failed, and nothing but other errors of theirs can be hidden, which have the same keyword.
 */
function hasLateChecks({ path }: Enumeration): boolean {
  return path.certificates.some(({ extensions }) => extensions.nameConstraints || extensions.proxy);
}

const TRUST_CODES: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function isSame(one: Discovery, other: Discovery): boolean {
  return (
    one.opensslCode === other.opensslCode &&
    one.depth === other.depth &&
    one.certificate.der.equals(other.certificate.der)
  );
}

function toFinding({ opensslCode, depth, certificate }: Discovery): Finding {
  return { keyword: keywordOf(opensslCode), opensslCode, depth, certificate: describeCertificate(certificate) };
}

/** Node's own error, where the enumeration has none of that name: it is reported at the leaf. */
function unnamed(enumerations: readonly Enumeration[], nodeCode: string): Finding {
  const leaf = enumerations[0]?.path.certificates[0];
  return {
    keyword: keywordOf(nodeCode),
    opensslCode: nodeCode,
    depth: 0,
    certificate: leaf === undefined ? null : describeCertificate(leaf),
  };
}
