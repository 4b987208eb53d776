import type { Certificate } from './certificate.js';
import type { Discovery } from './discovery.js';
import { KeyUsage } from './extensions.js';
import { isSelfSigned, type Path } from './path.js';

/** Remembers which signatures hold, so that several paths over the same certificates check each of them once. */
export type VerifiedSignatures = Map<Certificate, Map<Certificate, boolean>>;

/** Finds the errors of signatures and dates, from the top down to the leaf (x509_vfy.c, internal_verify). */
export function findSignatureErrors(path: Path, seconds: number, verified: VerifiedSignatures): Discovery[] {
  const { certificates } = path;
  const found: Discovery[] = [];
  const top = certificates.length - 1;
  let first = top;
  // The dates of a self-signed top count, its own signature does not. Of any other top neither does.
  if (!isSelfSigned(certificates[top] as Certificate)) {
    if (top > 0) first = top - 1;
    else found.push(discovery('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 0, certificates[0] as Certificate));
  }
  for (let depth = first; depth >= 0; depth--) {
    const certificate = certificates[depth] as Certificate;
    const issuer = certificates[depth + 1];
    if (issuer !== undefined) found.push(...findIssueErrors(certificate, issuer, depth, verified));
    found.push(...findDateErrors(certificate, depth, seconds));
  }
  return found;
}

function findIssueErrors(
  certificate: Certificate,
  issuer: Certificate,
  depth: number,
  verified: VerifiedSignatures,
): Discovery[] {
  const found: Discovery[] = [];
  const { keyUsage } = issuer.extensions;
  const { proxy } = certificate.extensions;
  const needed = proxy ? KeyUsage.digitalSignature : KeyUsage.keyCertSign;
  if (keyUsage !== null && (keyUsage & needed) === 0) {
    found.push(discovery(proxy ? 'KEYUSAGE_NO_DIGITAL_SIGNATURE' : 'KEYUSAGE_NO_CERTSIGN', depth + 1, issuer));
  }
  if (!isSignedBy(certificate, issuer, verified)) found.push(discovery('CERT_SIGNATURE_FAILURE', depth, certificate));
  return found;
}

/** RFC 5280, 4.1.1.2: both algorithms must be the same. node:crypto does the rest. */
function isSignedBy(certificate: Certificate, issuer: Certificate, verified: VerifiedSignatures): boolean {
  let known = verified.get(certificate);
  if (known === undefined) {
    known = new Map();
    verified.set(certificate, known);
  }
  let answer = known.get(issuer);
  if (answer === undefined) {
    answer =
      certificate.innerAlgorithm.bytes.equals(certificate.outerAlgorithm.bytes) &&
      certificate.x509.verify(issuer.x509.publicKey);
    known.set(issuer, answer);
  }
  return answer;
}

/** RFC 5280, 4.1.2.5. OpenSSL counts the very second of notAfter as expired. */
function findDateErrors(certificate: Certificate, depth: number, seconds: number): Discovery[] {
  const found: Discovery[] = [];
  const { notBefore, notAfter } = certificate;
  if (notBefore.seconds === null) found.push(discovery('ERROR_IN_CERT_NOT_BEFORE_FIELD', depth, certificate));
  else if (notBefore.seconds > seconds) found.push(discovery('CERT_NOT_YET_VALID', depth, certificate));
  if (notAfter.seconds === null) found.push(discovery('ERROR_IN_CERT_NOT_AFTER_FIELD', depth, certificate));
  else if (notAfter.seconds <= seconds) found.push(discovery('CERT_HAS_EXPIRED', depth, certificate));
  return found;
}

function discovery(opensslCode: string, depth: number, certificate: Certificate): Discovery {
  return { opensslCode, depth, certificate, certain: true };
}
