import { X509Certificate } from 'node:crypto';
import { type AlgorithmIdentifier, type KeyFacts, readKey, readSignatureAlgorithm } from './algorithm.js';
import { DerError, DerReader, Tag } from './der.js';
import { type Extensions, NO_EXTENSIONS, readExtensions } from './extensions.js';
import { readName } from './name.js';
import { type CertificateTime, readTime } from './time.js';

/** A certificate as the enumeration needs it (RFC 5280, 4.1). */
export interface Certificate {
  readonly der: Buffer;
  /** OpenSSL's own reading: signatures, fingerprints, and a second opinion on who issued whom. */
  readonly x509: X509Certificate;
  readonly version: number;
  readonly serialNumber: string;
  /** Subject and issuer in a form that is equal when OpenSSL takes the names as equal. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: CertificateTime;
  readonly notAfter: CertificateTime;
  readonly key: KeyFacts;
  readonly extensions: Extensions;
  /** The algorithm inside of the signed part and the one beside the signature; RFC 5280, 4.1.1.2 asks for the same. */
  readonly innerAlgorithm: AlgorithmIdentifier;
  readonly outerAlgorithm: AlgorithmIdentifier;
}

/**
 * Reads a certificate from DER.
 *
 * @param x509 OpenSSL's reading of the same bytes, if there is one already: it costs more than all the rest
 * @throws DerError, or what node:crypto throws, for anything that is not exactly a certificate
 */
export function parseCertificate(der: Buffer, x509?: X509Certificate | null): Certificate {
  const reader = new DerReader(der);
  const whole = reader.enter(Tag.sequence);
  reader.end();
  const signed = whole.enter(Tag.sequence);
  const outerAlgorithm = readSignatureAlgorithm(whole);
  whole.bitString(whole.read(Tag.bitString));
  whole.end();
  return { der, outerAlgorithm, ...readSigned(signed), x509: x509 ?? new X509Certificate(der) };
}

/** Only the canonical subject: what an index of a hundred anchors needs, in a twentieth of the time. */
export function readSubject(der: Buffer): string {
  const signed = new DerReader(der).enter(Tag.sequence).enter(Tag.sequence);
  signed.optional(0xa0);
  // serialNumber, signature, issuer, validity
  for (let field = 0; field < 4; field++) signed.next();
  return readName(signed);
}

/** TBSCertificate. */
function readSigned(signed: DerReader): Omit<Certificate, 'der' | 'x509' | 'outerAlgorithm'> {
  const version = readVersion(signed);
  const serialNumber = signed.integer(signed.read(Tag.integer));
  const innerAlgorithm = readSignatureAlgorithm(signed);
  const issuer = readName(signed);
  const validity = signed.enter(Tag.sequence);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.end();
  const subject = readName(signed);
  const key = readKey(signed);
  // issuerUniqueID and subjectUniqueID
  signed.optional(0x81);
  signed.optional(0x82);
  const explicit = signed.optional(0xa3);
  signed.end();
  let extensions = NO_EXTENSIONS;
  if (explicit !== null) {
    const inner = signed.inside(explicit);
    extensions = readExtensions(inner);
    inner.end();
  }
  return { version, serialNumber, innerAlgorithm, issuer, notBefore, notAfter, subject, key, extensions };
}

function readVersion(signed: DerReader): number {
  if (signed.tag !== 0xa0) return 1;
  const explicit = signed.enter(0xa0);
  const element = explicit.read(Tag.integer);
  const value = explicit.integer(element);
  explicit.end();
  if (value !== '00' && value !== '01' && value !== '02') throw new DerError('an unknown version', element.start);
  return Number(value) + 1;
}
