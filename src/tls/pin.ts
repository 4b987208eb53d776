import type { X509Certificate } from 'node:crypto';
import { TlsError } from './error.js';

/** A pin in its one spelling: `sha256/` and the base64 of 32 bytes, 44 characters with the padding. */
export type Pin = `sha256/${string}`;

/** The two pins that name a certificate. */
export interface CertificatePins {
  /** SHA-256 of the certificate as DER: changes with every renewal. */
  readonly certificate: Pin;
  /** SHA-256 of its SubjectPublicKeyInfo as DER: stays as long as the key stays. */
  readonly publicKey: Pin;
}

const MAX_PINS = 256;

/**
 * Checks the option `pin` of `connect()`.
 *
 * @param value an array of `'sha256/<base64>'`, each the SHA-256 of a certificate or of its public key. Default (`undefined`):
 * nothing is pinned.
 * @returns the pins; empty means not pinned.
 * @throws TlsError `WS_TLS_OPTION` naming the entry that is wrong. An empty array is an error, too: it would switch the check
 * off where somebody meant to have it.
 *
 * Source: decision of this project; the format is the one of RFC 7469 section 2.4 and of curl.
 */
export function parsePins(value: unknown): readonly Pin[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refused(`pin must be an array of pins: ${FORMAT}`);
  if (value.length === 0)
    throw refused('pin: an empty array pins nothing; leave the option out or list at least one pin');
  if (value.length > MAX_PINS) throw refused(`pin: ${value.length} pins are more than the ${MAX_PINS} allowed`);
  return Object.freeze(Array.from(value, parsePin));
}

const FORMAT = "a pin is 'sha256/' and the base64 of the 32 bytes of a SHA-256, 44 characters that end in '='";

function parsePin(value: unknown, index: number): Pin {
  if (typeof value !== 'string') throw refused(`pin[${index}] is of type ${typeof value}: ${FORMAT}`);
  const base64 = value.startsWith('sha256/') ? value.slice('sha256/'.length) : '';
  // Decoded and encoded again, so that the two spellings of the last two bits do not pass as two pins.
  const bytes = Buffer.from(base64.slice(0, 64), 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== base64) {
    const shown = value.length > 80 ? `${value.slice(0, 80)}...` : value;
    throw refused(`pin[${index}] is ${JSON.stringify(shown)}: ${FORMAT}`);
  }
  return value as Pin;
}

const refused = (message: string): TlsError => new TlsError('WS_TLS_OPTION', message, { option: 'pin' });

/**
 * Whether the server's own certificate is one of the pinned ones. Both hashes are made and every pin is looked at, whichever
 * matches: what it costs does not tell which.
 *
 * @param pins from {@link parsePins}; with none, every certificate passes.
 * @param leaf the server's own certificate, never one above it. One that is not strict DER matches no pin.
 */
export function checkPins(pins: readonly Pin[], leaf: X509Certificate): boolean {
  if (pins.length === 0) return true;
  let presented: CertificatePins;
  try {
    presented = pinOf(leaf);
  } catch {
    return false;
  }
  let matches = 0;
  for (const pin of pins) matches += Number(pin === presented.certificate) + Number(pin === presented.publicKey);
  return matches > 0;
}

/**
 * The pins of a certificate, to write into the option `pin`. On the command line the one of the public key is
 * `openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`.
 *
 * @throws RangeError for a certificate with a length that DER does not allow.
 *
 * @example
 * pinOf(new X509Certificate(pem)).publicKey // 'sha256/...='
 */
export function pinOf(certificate: X509Certificate): CertificatePins {
  return { certificate: sha256(certificate.raw), publicKey: sha256(subjectPublicKeyInfo(certificate.raw)) };
}

function sha256(der: Buffer): Pin {
  // Loaded for those who pin: most programs do not.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `sha256/${createHash('sha256').update(der).digest('base64')}`;
}

/**
 * The bytes of the SubjectPublicKeyInfo as they stand in the certificate (RFC 5280 section 4.1). Exporting `publicKey` would
 * encode it anew, and fails for a key that this OpenSSL does not know.
 */
function subjectPublicKeyInfo(certificate: Buffer): Buffer {
  const tbsCertificate = frame(certificate, 0).content;
  let at = frame(certificate, tbsCertificate).content;
  if (certificate[at] === 0xa0) at = frame(certificate, at).end; // version
  // serialNumber, signature, issuer, validity, subject
  for (let field = 0; field < 5; field++) at = frame(certificate, at).end;
  return certificate.subarray(at, frame(certificate, at).end);
}

/**
 * Where the content of a TLV begins and ends. OpenSSL has parsed the certificate, so the tags are known to be single octets;
 * but it takes BER, too. The indefinite length 0x80 must not be read as a short one: a name could then hold the public key of
 * somebody else, where this reader would find it.
 */
function frame(der: Buffer, at: number): { readonly content: number; readonly end: number } {
  const first = der.readUInt8(at + 1);
  if (first < 0x80) return { content: at + 2, end: at + 2 + first };
  const content = at + 2 + (first & 0x7f);
  return { content, end: content + der.readUIntBE(at + 2, first & 0x7f) };
}
