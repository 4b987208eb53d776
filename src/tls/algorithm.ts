import { DerError, DerReader, Tag } from './der.js';

/** The kinds of keys that sign certificates, as OpenSSL tells them apart. */
export type KeyType = 'RSA' | 'RSA-PSS' | 'DSA' | 'EC' | 'Ed25519' | 'Ed448';

export interface KeyFacts {
  readonly type: KeyType;
  /** RSA and DSA: bits of the modulus; EC: bits of the order; Ed25519 and Ed448: what the curve is worth. */
  readonly bits: number;
  /** The curve's name, or its object identifier where this table does not know it; '' where there is no curve. */
  readonly curve: string;
  /** An EC key that writes its curve out instead of naming it: EC_KEY_EXPLICIT_PARAMS. */
  readonly explicitParameters: boolean;
}

export interface SignatureAlgorithm {
  readonly name: string;
  /** The type of key that makes such a signature; an RSA key makes RSA-PSS as well. */
  readonly keyType: KeyType;
  /** Bits of security of the digest against collisions, as OpenSSL counts them (SHA-1: 63, MD5: 39). */
  readonly securityBits: number;
}

/** An AlgorithmIdentifier: its bytes, to compare the inner with the outer, and what this table knows of it. */
export interface AlgorithmIdentifier {
  readonly bytes: Buffer;
  readonly oid: string;
  /** null: unknown here, so nothing can be said about its signature. */
  readonly signature: SignatureAlgorithm | null;
}

const CURVES: ReadonlyMap<string, readonly [name: string, bits: number]> = new Map([
  ['1.2.840.10045.3.1.1', ['prime192v1', 192]],
  ['1.2.840.10045.3.1.7', ['prime256v1', 256]],
  ['1.3.132.0.8', ['secp160r1', 161]],
  ['1.3.132.0.10', ['secp256k1', 256]],
  ['1.3.132.0.33', ['secp224r1', 224]],
  ['1.3.132.0.34', ['secp384r1', 384]],
  ['1.3.132.0.35', ['secp521r1', 521]],
  ['1.3.36.3.3.2.8.1.1.1', ['brainpoolP160r1', 160]],
  ['1.3.36.3.3.2.8.1.1.3', ['brainpoolP192r1', 192]],
  ['1.3.36.3.3.2.8.1.1.5', ['brainpoolP224r1', 224]],
  ['1.3.36.3.3.2.8.1.1.7', ['brainpoolP256r1', 256]],
  ['1.3.36.3.3.2.8.1.1.11', ['brainpoolP384r1', 384]],
  ['1.3.36.3.3.2.8.1.1.13', ['brainpoolP512r1', 512]],
]);

const PSS_DIGESTS: ReadonlyMap<string, readonly [name: string, securityBits: number]> = new Map([
  ['2.16.840.1.101.3.4.2.1', ['SHA256', 128]],
  ['2.16.840.1.101.3.4.2.2', ['SHA384', 192]],
  ['2.16.840.1.101.3.4.2.3', ['SHA512', 256]],
]);

const RSA_PSS_OID = '1.2.840.113549.1.1.10';
const MGF1_OID = '1.2.840.113549.1.1.8';

const SIGNATURES: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  (
    [
      ['1.2.840.113549.1.1.4', 'RSA-MD5', 'RSA', 39],
      ['1.2.840.113549.1.1.5', 'RSA-SHA1', 'RSA', 63],
      ['1.2.840.113549.1.1.14', 'RSA-SHA224', 'RSA', 112],
      ['1.2.840.113549.1.1.11', 'RSA-SHA256', 'RSA', 128],
      ['1.2.840.113549.1.1.12', 'RSA-SHA384', 'RSA', 192],
      ['1.2.840.113549.1.1.13', 'RSA-SHA512', 'RSA', 256],
      ['1.2.840.10045.4.1', 'ECDSA-SHA1', 'EC', 63],
      ['1.2.840.10045.4.3.1', 'ECDSA-SHA224', 'EC', 112],
      ['1.2.840.10045.4.3.2', 'ECDSA-SHA256', 'EC', 128],
      ['1.2.840.10045.4.3.3', 'ECDSA-SHA384', 'EC', 192],
      ['1.2.840.10045.4.3.4', 'ECDSA-SHA512', 'EC', 256],
      ['1.2.840.10040.4.3', 'DSA-SHA1', 'DSA', 63],
      ['2.16.840.1.101.3.4.3.1', 'DSA-SHA224', 'DSA', 112],
      ['2.16.840.1.101.3.4.3.2', 'DSA-SHA256', 'DSA', 128],
      ['1.3.101.112', 'Ed25519', 'Ed25519', 128],
      ['1.3.101.113', 'Ed448', 'Ed448', 224],
    ] as const
  ).map(([oid, name, keyType, securityBits]) => [oid, { name, keyType, securityBits }]),
);

/** Reads an AlgorithmIdentifier (RFC 5280, 4.1.1.2) of a signature. */
export function readSignatureAlgorithm(reader: DerReader): AlgorithmIdentifier {
  const element = reader.read(Tag.sequence);
  const inner = reader.inside(element);
  const oid = inner.objectIdentifier(inner.read(Tag.objectIdentifier));
  const signature = oid === RSA_PSS_OID ? readPss(inner) : (SIGNATURES.get(oid) ?? null);
  if (inner.more) inner.next();
  inner.end();
  return { bytes: reader.whole(element), oid, signature };
}

/**
 * RFC 4055, 3.1. OpenSSL counts parameters that it cannot use as a weak digest, so only the one form that is in use is
 * known here: digest, the mask function with the same digest, and the salt.
 */
function readPss(inner: DerReader): SignatureAlgorithm | null {
  if (inner.tag !== Tag.sequence) return null;
  const parameters = inner.enter(Tag.sequence);
  if (parameters.tag !== 0xa0) return null;
  const digest = readDigest(parameters.enter(0xa0));
  const mask = parameters.enter(0xa1);
  const maskFunction = mask.enter(Tag.sequence);
  const maskOid = maskFunction.objectIdentifier(maskFunction.read(Tag.objectIdentifier));
  const maskDigest = readDigest(maskFunction);
  mask.end();
  const salt = parameters.enter(0xa2);
  const length = salt.integer(salt.read(Tag.integer));
  salt.end();
  const known = PSS_DIGESTS.get(digest);
  const usual = !parameters.more && maskOid === MGF1_OID && maskDigest === digest && /^[0-7].$/.test(length);
  if (known === undefined || !usual) return null;
  return { name: `RSA-PSS-${known[0]}`, keyType: 'RSA-PSS', securityBits: known[1] };
}

/** The AlgorithmIdentifier of a digest and nothing else. */
function readDigest(reader: DerReader): string {
  const algorithm = reader.enter(Tag.sequence);
  reader.end();
  const oid = algorithm.objectIdentifier(algorithm.read(Tag.objectIdentifier));
  const none = algorithm.optional(Tag.null);
  algorithm.end();
  if (none !== null && none.to > none.from) throw new DerError('a NULL with contents', none.start);
  return oid;
}

/** Reads a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). Throws for a type of key that no certificate of TLS has. */
export function readKey(reader: DerReader): KeyFacts {
  const info = reader.enter(Tag.sequence);
  const algorithm = info.enter(Tag.sequence);
  const oid = algorithm.objectIdentifier(algorithm.read(Tag.objectIdentifier));
  const element = info.read(Tag.bitString);
  const key = new DerReader(info.bytes, element.from + 1, element.to);
  info.end();
  switch (oid) {
    case '1.2.840.113549.1.1.1':
      return plain('RSA', modulusBits(key.enter(Tag.sequence)));
    case RSA_PSS_OID:
      return plain('RSA-PSS', modulusBits(key.enter(Tag.sequence)));
    case '1.2.840.10040.4.1':
      return plain('DSA', modulusBits(algorithm.enter(Tag.sequence)));
    case '1.2.840.10045.2.1':
      return curveFacts(algorithm);
    case '1.3.101.112':
      return plain('Ed25519', 256);
    case '1.3.101.113':
      return plain('Ed448', 456);
    default:
      throw new DerError(`a public key of the unknown type ${oid}`, element.start);
  }
}

/**
 * Whether a key reaches 112 bits of security: RSA and DSA 2048, EC 224 (OpenSSL's level 2). OpenSSL rounds, so that
 * RSA keys a few bits shorter than 2048 pass there; here they do not, which can only add a finding.
 */
export function isStrongKey(key: KeyFacts): boolean {
  return key.type === 'EC' ? key.bits >= 224 : key.type.startsWith('Ed') || key.bits >= 2048;
}

/** Whether an issuer's key is of the type that such a signature needs; an RSA key may sign with RSA-PSS too. */
export function fitsKey(algorithm: SignatureAlgorithm | null, key: KeyFacts): boolean {
  if (algorithm === null) return false;
  return algorithm.keyType === key.type || (algorithm.keyType === 'RSA-PSS' && key.type === 'RSA');
}

/** 'RSA 2048', 'EC prime256v1', 'Ed25519': for reports. */
export function describeKey(key: KeyFacts): string {
  if (key.type === 'EC') return key.explicitParameters ? `EC explicit ${key.bits}` : `EC ${key.curve}`;
  return key.type.startsWith('Ed') ? key.type : `${key.type} ${key.bits}`;
}

function plain(type: KeyType, bits: number): KeyFacts {
  return { type, bits, curve: '', explicitParameters: false };
}

/** Bits of the first INTEGER: an RSA key begins with its modulus (RFC 8017, A.1.1), DSA parameters with p (RFC 3279, 2.3.2). */
function modulusBits(reader: DerReader): number {
  return bitLength(reader.integer(reader.read(Tag.integer)));
}

function bitLength(hex: string): number {
  const digits = hex.replace(/^0+/, '');
  return digits === '' ? 0 : digits.length * 4 - Math.clz32(Number.parseInt(digits[0] as string, 16)) + 28;
}

/** RFC 5480, 2.1.1: a name of a curve; the written-out form is X9.62's ECParameters, whose order is the fifth field. */
function curveFacts(algorithm: DerReader): KeyFacts {
  if (algorithm.tag === Tag.objectIdentifier) {
    const oid = algorithm.objectIdentifier(algorithm.next());
    const [curve, bits] = CURVES.get(oid) ?? [oid, 0];
    return { type: 'EC', bits, curve, explicitParameters: false };
  }
  const parameters = algorithm.enter(Tag.sequence);
  parameters.read(Tag.integer);
  parameters.read(Tag.sequence);
  parameters.read(Tag.sequence);
  parameters.read(Tag.octetString);
  return { type: 'EC', bits: modulusBits(parameters), curve: '', explicitParameters: true };
}
