import { isStrongKey } from './algorithm.js';
import type { Certificate } from './certificate.js';
import type { Discovery } from './discovery.js';
import type { Path } from './path.js';

// OpenSSL's security level 2. Whether the runtime is at this level cannot be asked for (Node 20 and 22: level 1, 24 and
// 26: level 2), so none of these errors is certain to be raised, and all of them count.
const LEVEL_2_BITS = 112;

/** The leaf's key is looked at before anything else (x509_vfy.c, x509_verify_x509). */
export function findLeafKeyErrors(leaf: Certificate): Discovery[] {
  if (isStrongKey(leaf.key)) return [];
  return [{ opensslCode: 'EE_KEY_TOO_SMALL', depth: 0, certificate: leaf, certain: false }];
}

/** Keys of the issuers, and digests of every signature but that of the top (x509_vfy.c, check_auth_level). */
export function findStrengthErrors(path: Path): Discovery[] {
  const found: Discovery[] = [];
  path.certificates.forEach((certificate, depth) => {
    const add = (opensslCode: string): void => void found.push({ opensslCode, depth, certificate, certain: false });
    if (depth > 0 && !isStrongKey(certificate.key)) add('CA_KEY_TOO_SMALL');
    const bits = certificate.outerAlgorithm.signature?.securityBits ?? 0;
    if (depth < path.certificates.length - 1 && bits < LEVEL_2_BITS) add('CA_MD_TOO_WEAK');
  });
  return found;
}
