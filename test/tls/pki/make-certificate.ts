import { createHash, type KeyObject, sign } from 'node:crypto';
import { bits, boolean, flags, integer, nothing, octets, oid, sequence, set, text, time, tlv } from './der-writer.js';
import { type KeyName, testKey } from './keys.js';

/** How to make a certificate. Everything has a good default, everything can be wrong. */
export interface Plan {
  readonly subject: string;
  readonly key: KeyName;
  /** What the issuer field says; default: the signer's subject. */
  readonly issuer?: string;
  /** String types of the two names; default UTF8String. */
  readonly subjectType?: number;
  readonly issuerType?: number;
  readonly version?: 1 | 2 | 3;
  readonly serial?: number;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly basicConstraints?: { readonly ca?: boolean; readonly pathLength?: number } | null;
  readonly keyUsage?: number | null;
  readonly extendedKeyUsage?: readonly string[] | null;
  readonly netscapeType?: number;
  readonly subjectKeyIdentifier?: string | null;
  readonly authorityKeyIdentifier?: { keyId?: string; issuer?: string; serial?: number } | null;
  readonly names?: readonly Buffer[] | null;
  /** Whole extensions, as extension() makes them. */
  readonly extra?: readonly Buffer[];
  readonly digest?: Digest;
  /** The algorithm that the signed part names, if not the one of the signature. */
  readonly innerDigest?: Digest;
  readonly corruptSignature?: boolean;
}

export type Digest = 'sha1' | 'sha256' | 'sha384' | 'md5' | 'unknown';

export const NOT_BEFORE = '200101000000Z';
export const NOT_AFTER = '490101000000Z';
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const RSA: Record<Digest, string> = {
  md5: '1.2.840.113549.1.1.4',
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  unknown: '1.2.840.113549.1.1.99',
};
const ECDSA: Record<Digest, string> = {
  md5: '1.2.840.10045.4.1',
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  unknown: '1.2.840.10045.4.99',
};

export function extension(type: string, value: Uint8Array, critical = false): Buffer {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));
}

export function dns(name: string): Buffer {
  return text(0x82, name);
}

/** `CN=value`; a plus joins attributes in one relative name, a slash separates relative names. */
export function name(value: string, type = 0x0c): Buffer {
  const relative = value
    .split('/')
    .map((rdn) => set(...rdn.split('+').map((part) => sequence(oid('2.5.4.3'), stringOf(part, type)))));
  return sequence(...(value === '' ? [] : relative));
}

function stringOf(value: string, type: number): Buffer {
  if (type === 0x1e) return tlv(type, Buffer.from(value, 'utf16le').swap16());
  return text(type, value);
}

/** Makes a certificate that `signer` signs; a plan that is its own signer is self-signed. */
export function makeCertificate(plan: Plan, signer: Plan = plan): Buffer {
  const { privateKey } = testKey(signer.key);
  const outer = algorithm(privateKey, plan.digest ?? 'sha256');
  const inner = algorithm(privateKey, plan.innerDigest ?? plan.digest ?? 'sha256');
  const version = plan.version ?? 3;
  const extensions = version === 3 ? extensionsOf(plan, signer) : [];
  const signed = sequence(
    ...(version === 1 ? [] : [tlv(0xa0, integer(version - 1))]),
    integer(plan.serial ?? 1),
    inner,
    name(plan.issuer ?? signer.subject, plan.issuerType ?? signer.subjectType),
    sequence(time(plan.notBefore ?? NOT_BEFORE), time(plan.notAfter ?? NOT_AFTER)),
    name(plan.subject, plan.subjectType),
    testKey(plan.key).spki,
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  );
  const signature = signWith(privateKey, signed, plan.digest ?? 'sha256');
  if (plan.corruptSignature === true)
    signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
  return sequence(signed, outer, bits(signature));
}

export function keyIdentifier(key: KeyName): string {
  return createHash('sha1').update(testKey(key).spki).digest('hex');
}

export function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extensionsOf(plan: Plan, signer: Plan): Buffer[] {
  const list: Buffer[] = [];
  const { basicConstraints, keyUsage, extendedKeyUsage, netscapeType, names } = plan;
  if (basicConstraints) {
    const { ca, pathLength } = basicConstraints;
    const parts = [...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])];
    list.push(extension('2.5.29.19', sequence(...parts), true));
  }
  if (keyUsage !== undefined && keyUsage !== null) list.push(extension('2.5.29.15', flags(keyUsage), true));
  if (extendedKeyUsage) list.push(extension('2.5.29.37', sequence(...extendedKeyUsage.map(oid))));
  if (netscapeType !== undefined) list.push(extension('2.16.840.1.113730.1.1', flags(netscapeType)));
  const own = plan.subjectKeyIdentifier === undefined ? keyIdentifier(plan.key) : plan.subjectKeyIdentifier;
  if (own !== null) list.push(extension('2.5.29.14', octets(Buffer.from(own, 'hex'))));
  const authority = plan.authorityKeyIdentifier === undefined ? authorityOf(signer) : plan.authorityKeyIdentifier;
  if (authority) list.push(extension('2.5.29.35', authorityKeyIdentifier(authority)));
  if (names) list.push(extension('2.5.29.17', sequence(...names)));
  return [...list, ...(plan.extra ?? [])];
}

function authorityOf(signer: Plan): { keyId?: string } | null {
  const keyId = signer.subjectKeyIdentifier === undefined ? keyIdentifier(signer.key) : signer.subjectKeyIdentifier;
  return keyId === null || (signer.version ?? 3) < 3 ? null : { keyId };
}

function authorityKeyIdentifier({
  keyId,
  issuer,
  serial,
}: {
  keyId?: string;
  issuer?: string;
  serial?: number;
}): Buffer {
  return sequence(
    ...(keyId === undefined ? [] : [tlv(0x80, Buffer.from(keyId, 'hex'))]),
    ...(issuer === undefined ? [] : [tlv(0xa1, tlv(0xa4, name(issuer)))]),
    ...(serial === undefined ? [] : [tlv(0x82, Buffer.from([serial]))]),
  );
}

function algorithm(key: KeyObject, digest: Digest): Buffer {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return sequence(oid(ECDSA[digest]));
    case 'ed25519':
      return sequence(oid('1.3.101.112'));
    case 'rsa-pss':
      return sequence(
        oid('1.2.840.113549.1.1.10'),
        sequence(
          tlv(0xa0, sequence(oid('2.16.840.1.101.3.4.2.1'), nothing)),
          tlv(0xa1, sequence(oid('1.2.840.113549.1.1.8'), sequence(oid('2.16.840.1.101.3.4.2.1'), nothing))),
          tlv(0xa2, integer(32)),
        ),
      );
    default:
      return sequence(oid(RSA[digest]), nothing);
  }
}

function signWith(key: KeyObject, signed: Buffer, digest: Digest): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, signed, key);
  const hash = digest === 'unknown' || (digest === 'md5' && key.asymmetricKeyType === 'ec') ? 'sha1' : digest;
  if (key.asymmetricKeyType === 'rsa-pss') return sign('sha256', signed, { key, saltLength: 32 });
  return sign(hash, signed, key);
}
