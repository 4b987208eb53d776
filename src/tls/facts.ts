import { createHash, X509Certificate } from 'node:crypto';
import { describeKey } from './algorithm.js';
import { type Certificate, parseCertificate } from './certificate.js';
import type { CertificateTime } from './time.js';

/** What a report says of a certificate. Texts are for people; whatever cannot be read is an empty text. */
export interface CertificateFacts {
  /** One line, e.g. `CN=device, O=plant`. */
  readonly subject: string;
  readonly issuer: string;
  /** E.g. `DNS:device.local`, `IP Address:10.0.0.1`. */
  readonly subjectAltName: readonly string[];
  /** ISO 8601 in UTC, or the text of the certificate where it is malformed. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly serialNumber: string;
  /** SHA-256 of the certificate, in upper-case hexadecimal octets with colons. */
  readonly fingerprint256: string;
  /** E.g. `RSA 2048`, `EC prime256v1`, `Ed25519`. */
  readonly key: string;
  /** E.g. `ECDSA-SHA256`, or the object identifier. */
  readonly signature: string;
}

const NOTHING: CertificateFacts = {
  subject: '',
  issuer: '',
  subjectAltName: [],
  notBefore: '',
  notAfter: '',
  serialNumber: '',
  fingerprint256: '',
  key: '',
  signature: '',
};

/** The facts of a certificate that was read. */
export function describeCertificate(certificate: Certificate): CertificateFacts {
  const { x509, key, outerAlgorithm, notBefore, notAfter } = certificate;
  return {
    ...describeX509(x509),
    notBefore: describeTime(notBefore),
    notAfter: describeTime(notAfter),
    key: describeKey(key),
    signature: outerAlgorithm.signature?.name ?? outerAlgorithm.oid,
  };
}

/**
 * The facts of what the peer sent, as far as it can be read at all. Never throws.
 *
 * @param x509 OpenSSL's reading of the same bytes, if there is one already
 */
export function describeBytes(der: Buffer, x509?: X509Certificate | null): CertificateFacts {
  const read = x509 ?? attempt(() => new X509Certificate(der));
  if (read === null) return { ...NOTHING, fingerprint256: fingerprint(der) };
  const parsed = attempt(() => parseCertificate(der, read));
  return parsed === null ? describeX509(read) : describeCertificate(parsed);
}

function describeX509(x509: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    subjectAltName: splitNames(x509.subjectAltName ?? ''),
    notBefore: x509.validFrom,
    notAfter: x509.validTo,
    serialNumber: x509.serialNumber,
    fingerprint256: x509.fingerprint256,
    key: '',
    signature: '',
  };
}

/** Node gives one line per attribute, and undefined for a name without any. */
function oneLine(name: string | undefined): string {
  return (name ?? '').trim().split('\n').join(', ');
}

/** Node quotes a name that holds a comma, so commas inside of quotes do not separate. */
function splitNames(names: string): string[] {
  return names.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g)?.map((name) => name.trim()) ?? [];
}

function describeTime(time: CertificateTime): string {
  return time.seconds === null ? time.text : new Date(time.seconds * 1000).toISOString().replace('.000', '');
}

function fingerprint(der: Buffer): string {
  const hex = createHash('sha256').update(der).digest('hex').toUpperCase();
  return hex.replace(/(..)(?!$)/g, '$1:');
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
