import type { X509Certificate } from 'node:crypto';
import { domainToASCII } from 'node:url';

/** Whether a certificate names this host (ssl-errors, section 4). */
export function matchesHostName(certificate: X509Certificate, hostName: string): boolean {
  const bare = hostName.replace(/^\[(.*)\]$/, '$1');
  if (/^[\d.]+$/.test(bare) || bare.includes(':')) return certificate.checkIP(bare) !== undefined;
  const ascii = domainToASCII(bare.replace(/\.$/, ''));
  return ascii !== '' && certificate.checkHost(ascii, { partialWildcards: false }) !== undefined;
}

export function presentedNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== '');
}
