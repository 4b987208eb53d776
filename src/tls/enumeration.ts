import type { Anchors } from './anchors.js';
import type { Certificate } from './certificate.js';
import type { Discovery } from './discovery.js';
import { buildPaths, type Path } from './path.js';
import { findExtensionErrors } from './purpose.js';
import { findSignatureErrors, type VerifiedSignatures } from './signature.js';
import { findLeafKeyErrors, findStrengthErrors } from './strength.js';

/** The errors along one path, in OpenSSL's order. */
export interface Enumeration {
  readonly path: Path;
  readonly errors: readonly Discovery[];
}

/**
 * Finds every error of a chain that OpenSSL's verification with a callback that always goes on would raise, for each
 * path that it may take.
 *
 * @param sent as the peer sent them, the leaf first, at least one
 * @param seconds since the epoch
 * @throws PathError, or what node:crypto throws
 */
export function enumerateErrors(sent: readonly Certificate[], anchors: Anchors, seconds: number): Enumeration[] {
  const verified: VerifiedSignatures = new Map();
  return buildPaths(sent, anchors, seconds).map((path) => ({
    path,
    errors: [
      ...findLeafKeyErrors(path.certificates[0] as Certificate),
      ...findTrustErrors(path),
      ...findExtensionErrors(path),
      ...findStrengthErrors(path),
      ...findSignatureErrors(path, seconds, verified),
    ],
  }));
}

/** Why a path does not end in a trust anchor (x509_vfy.c, the end of build_chain). */
function findTrustErrors(path: Path): Discovery[] {
  const opensslCode = trustCode(path);
  if (opensslCode === null) return [];
  const depth = path.certificates.length - 1;
  return [{ opensslCode, depth, certificate: path.certificates[depth] as Certificate, certain: true }];
}

function trustCode({ end, certificates, untrusted }: Path): string | null {
  switch (end) {
    case 'anchor':
      return null;
    case 'self-signed':
      return certificates.length === 1 ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : 'SELF_SIGNED_CERT_IN_CHAIN';
    case 'issuer-unknown':
      return untrusted < certificates.length ? 'UNABLE_TO_GET_ISSUER_CERT' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
    case 'too-long':
      return 'CERT_CHAIN_TOO_LONG';
  }
}
