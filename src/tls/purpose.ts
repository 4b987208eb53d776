import type { Certificate } from './certificate.js';
import type { Discovery } from './discovery.js';
import { KeyUsage } from './extensions.js';
import { isSelfSigned, type Path } from './path.js';

// RFC 5280, 4.2.1.12, and the two "server gated cryptography" purposes of Microsoft and Netscape.
const SERVER_PURPOSES: ReadonlySet<string> = new Set([
  '1.3.6.1.5.5.7.3.1',
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
]);

const NETSCAPE_SSL_SERVER = 0x40;
const NETSCAPE_SSL_CA = 0x04;
const NETSCAPE_ANY_CA = 0x07;

/** What makes a certificate a certificate authority; 'no' if nothing does. */
export type Authority = 'no' | 'basic-constraints' | 'version-1' | 'key-usage' | 'netscape';

/**
 * Finds the errors of extensions and purposes, from the leaf up (x509_vfy.c, check_extensions).
 *
 * Newer patch releases of OpenSSL 3 ask an authority below the top for basicConstraints, older ones take the old ways
 * as well. Which one the runtime is cannot be told for sure, so that error counts without being certain.
 */
export function findExtensionErrors(path: Path): Discovery[] {
  const found: Discovery[] = [];
  const { certificates } = path;
  let below = 0;
  let afterProxy = false;
  certificates.forEach((certificate, depth) => {
    const add = (opensslCode: string, certain = true): void => {
      found.push({ opensslCode, depth, certificate, certain });
    };
    const { extensions } = certificate;
    const authority = authorityOf(certificate);
    if (extensions.unknownCritical !== null) add('UNHANDLED_CRITICAL_EXTENSION');
    if (extensions.proxy) add('PROXY_CERTIFICATES_NOT_ALLOWED');
    if (afterProxy) {
      if (authority !== 'no') add('INVALID_NON_CA');
    } else if (depth > 0) {
      if (authority === 'no') add('INVALID_CA');
      else if (authority !== 'basic-constraints' && depth + 1 < certificates.length) add('INVALID_CA', false);
    }
    if (certificates.length > 1 && certificate.key.explicitParameters) add('EC_KEY_EXPLICIT_PARAMS');
    if (!servesPurpose(certificate, depth > 0 && !afterProxy)) add('INVALID_PURPOSE');
    const pathLength = extensions.basicConstraints?.pathLength ?? null;
    if (depth > 1 && pathLength !== null && below > pathLength) add('PATH_LENGTH_EXCEEDED');
    // RFC 5280, 6.1.4 (l): self-issued certificates and the leaf do not count.
    if (depth > 0 && certificate.subject !== certificate.issuer) below++;
    afterProxy = extensions.proxy;
  });
  return found;
}

/** What OpenSSL's check_ca() takes as a certificate authority, and why. */
export function authorityOf(certificate: Certificate): Authority {
  const { keyUsage, basicConstraints, netscapeType } = certificate.extensions;
  if (keyUsage !== null && (keyUsage & KeyUsage.keyCertSign) === 0) return 'no';
  if (basicConstraints !== null) return basicConstraints.ca ? 'basic-constraints' : 'no';
  if (certificate.version === 1 && isSelfSigned(certificate)) return 'version-1';
  if (keyUsage !== null) return 'key-usage';
  return netscapeType !== null && (netscapeType & NETSCAPE_ANY_CA) !== 0 ? 'netscape' : 'no';
}

/** Whether a certificate may be a TLS server's, or the authority of one (v3_purp.c, check_purpose_ssl_server). */
function servesPurpose(certificate: Certificate, mustBeAuthority: boolean): boolean {
  const { extendedKeyUsage, keyUsage, netscapeType } = certificate.extensions;
  if (extendedKeyUsage !== null && !extendedKeyUsage.some((oid) => SERVER_PURPOSES.has(oid))) return false;
  if (mustBeAuthority) {
    const authority = authorityOf(certificate);
    return authority === 'netscape' ? ((netscapeType ?? 0) & NETSCAPE_SSL_CA) !== 0 : authority !== 'no';
  }
  if (netscapeType !== null && (netscapeType & NETSCAPE_SSL_SERVER) === 0) return false;
  const { digitalSignature, keyEncipherment, keyAgreement } = KeyUsage;
  return keyUsage === null || (keyUsage & (digitalSignature | keyEncipherment | keyAgreement)) !== 0;
}
