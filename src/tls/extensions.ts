import { DerError, DerReader, Tag } from './der.js';
import { readGeneralNames } from './general-name.js';

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | null;
}

/** RFC 5280, 4.2.1.1; each part may be absent. */
export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: string | null;
  readonly issuer: string | null;
  readonly serialNumber: string | null;
}

/** What the path needs of a certificate's extensions; null where the extension is absent. */
export interface Extensions {
  /** The first critical extension that OpenSSL does not process, as an object identifier: UNHANDLED_CRITICAL_EXTENSION. */
  readonly unknownCritical: string | null;
  readonly basicConstraints: BasicConstraints | null;
  /** The bits of `KeyUsage`, the first of them being 0x80. */
  readonly keyUsage: number | null;
  readonly extendedKeyUsage: readonly string[] | null;
  /** The old Netscape certificate type. */
  readonly netscapeType: number | null;
  readonly subjectKeyIdentifier: string | null;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | null;
  /** Name constraints are there: their check is the last that OpenSSL makes. */
  readonly nameConstraints: boolean;
  /** A proxy certificate (RFC 3820). */
  readonly proxy: boolean;
}

/** RFC 5280, 4.2.1.3. Of decipherOnly, which is in a second octet, nothing here depends. */
export const KeyUsage = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
} as const;

const Oid = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  netscapeType: '2.16.840.1.113730.1.1',
  proxyCertInfo: '1.3.6.1.5.5.7.1.14',
  ipAddressBlocks: '1.3.6.1.5.5.7.1.7',
  autonomousSystems: '1.3.6.1.5.5.7.1.8',
} as const;

/** The extensions that OpenSSL processes, so that they may be critical: X509_supported_extension(). */
const PROCESSED: ReadonlySet<string> = new Set([
  Oid.keyUsage,
  Oid.subjectAltName,
  Oid.basicConstraints,
  Oid.nameConstraints,
  Oid.crlDistributionPoints,
  Oid.extendedKeyUsage,
  Oid.netscapeType,
  Oid.proxyCertInfo,
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.36', // policyConstraints
  '2.5.29.54', // inhibitAnyPolicy
  '1.3.6.1.5.5.7.48.1.5', // OCSP no check
]);

const MAX_EXTENSIONS = 100;

type Draft = { -readonly [Key in keyof Extensions]: Extensions[Key] };

/** What a certificate without extensions has. */
export const NO_EXTENSIONS: Extensions = {
  unknownCritical: null,
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  netscapeType: null,
  subjectKeyIdentifier: null,
  authorityKeyIdentifier: null,
  nameConstraints: false,
  proxy: false,
};

/**
 * Reads Extensions (RFC 5280, 4.1.2.9). OpenSSL marks a certificate as invalid when an extension that it uses is malformed
 * or is there twice; then it is no issuer, no certificate authority, and verification may stop half-way. All of that
 * throws here, and the verdict refuses.
 */
export function readExtensions(reader: DerReader): Extensions {
  const draft: Draft = { ...NO_EXTENSIONS };
  const seen = new Set<string>();
  const list = reader.enter(Tag.sequence);
  while (list.more) {
    const extension = list.enter(Tag.sequence);
    const type = extension.read(Tag.objectIdentifier);
    const oid = extension.objectIdentifier(type);
    const flag = extension.optional(Tag.boolean);
    const critical = flag !== null && extension.boolean(flag);
    const value = extension.enter(Tag.octetString);
    extension.end();
    if (seen.has(oid)) throw new DerError(`the extension ${oid} for the second time (RFC 5280, 4.2)`, type.start);
    if (seen.size === MAX_EXTENSIONS) throw new DerError(`more than ${MAX_EXTENSIONS} extensions`, type.start);
    seen.add(oid);
    if (critical && !PROCESSED.has(oid)) draft.unknownCritical ??= oid;
    const read = READERS.get(oid);
    if (read === undefined) continue;
    read(value, draft);
    value.end();
  }
  if (draft.proxy) checkProxy(draft, seen);
  return draft;
}

const READERS: ReadonlyMap<string, (value: DerReader, draft: Draft) => void> = new Map([
  [Oid.basicConstraints, readBasicConstraints],
  [Oid.keyUsage, readKeyUsage],
  [Oid.extendedKeyUsage, readExtendedKeyUsage],
  [Oid.netscapeType, readNetscapeType],
  [Oid.subjectKeyIdentifier, readSubjectKeyIdentifier],
  [Oid.authorityKeyIdentifier, readAuthorityKeyIdentifier],
  [Oid.subjectAltName, (value: DerReader) => void readGeneralNames(value.enter(Tag.sequence))],
  [Oid.nameConstraints, readNameConstraints],
  [Oid.crlDistributionPoints, readDistributionPoints],
  [Oid.proxyCertInfo, readProxy],
  [Oid.ipAddressBlocks, refuse],
  [Oid.autonomousSystems, refuse],
]);

function readBasicConstraints(value: DerReader, draft: Draft): void {
  const constraints = value.enter(Tag.sequence);
  const ca = constraints.optional(Tag.boolean);
  const length = constraints.optional(Tag.integer);
  constraints.end();
  const hex = length === null ? null : constraints.integer(length);
  // Negative ones are invalid; OpenSSL drops those that do not fit a long. No path is longer than 100.
  if (hex !== null && (hex.length > 8 || Number.parseInt(hex.slice(0, 2), 16) > 0x7f)) {
    throw new DerError('a path length that is negative or absurd', value.bytes.length);
  }
  draft.basicConstraints = {
    ca: ca !== null && constraints.boolean(ca),
    pathLength: hex === null ? null : Number.parseInt(hex, 16),
  };
}

function readKeyUsage(value: DerReader, draft: Draft): void {
  const element = value.read(Tag.bitString);
  const bits = value.bitString(element);
  // RFC 5280, 4.2.1.3: at least one bit must be set. OpenSSL looks at two octets.
  if (((bits[0] ?? 0) | (bits[1] ?? 0)) === 0) throw new DerError('a keyUsage that allows nothing', element.start);
  draft.keyUsage = bits[0] ?? 0;
}

function readExtendedKeyUsage(value: DerReader, draft: Draft): void {
  const purposes = value.enter(Tag.sequence);
  const oids: string[] = [];
  while (purposes.more) oids.push(purposes.objectIdentifier(purposes.read(Tag.objectIdentifier)));
  draft.extendedKeyUsage = oids;
}

function readNetscapeType(value: DerReader, draft: Draft): void {
  draft.netscapeType = value.bitString(value.read(Tag.bitString))[0] ?? 0;
}

function readSubjectKeyIdentifier(value: DerReader, draft: Draft): void {
  draft.subjectKeyIdentifier = value.contents(value.read(Tag.octetString)).toString('hex');
}

function readAuthorityKeyIdentifier(value: DerReader, draft: Draft): void {
  const parts = value.enter(Tag.sequence);
  const keyIdentifier = parts.optional(0x80);
  const issuer = parts.optional(0xa1);
  const serialNumber = parts.optional(0x82);
  parts.end();
  draft.authorityKeyIdentifier = {
    keyIdentifier: keyIdentifier && parts.contents(keyIdentifier).toString('hex'),
    issuer: issuer && readGeneralNames(parts.inside(issuer)),
    serialNumber: serialNumber && parts.integer(serialNumber),
  };
}

/** RFC 5280, 4.2.1.10. Only the grammar: whether a name is allowed is what OpenSSL checks last of all and Node then shows. */
function readNameConstraints(value: DerReader, draft: Draft): void {
  const constraints = value.enter(Tag.sequence);
  for (const tag of [0xa0, 0xa1]) {
    const element = constraints.optional(tag);
    if (element === null) continue;
    const subtrees = constraints.inside(element);
    while (subtrees.more) {
      const subtree = subtrees.enter(Tag.sequence);
      const base = subtree.next();
      readGeneralNames(new DerReader(value.bytes, base.start, base.to));
      for (const bound of [0x80, 0x81]) {
        const element = subtree.optional(bound);
        if (element !== null) subtree.integer(element);
      }
      subtree.end();
    }
  }
  constraints.end();
  draft.nameConstraints = true;
}

/** RFC 5280, 4.2.1.13. Revocation lists are not looked at, but OpenSSL takes a malformed pointer to one as an invalid certificate. */
function readDistributionPoints(value: DerReader): void {
  const points = value.enter(Tag.sequence);
  while (points.more) {
    const point = points.enter(Tag.sequence);
    const name = point.optional(0xa0);
    const reasons = point.optional(0x81);
    const issuer = point.optional(0xa2);
    point.end();
    if (reasons !== null) point.bitString(reasons);
    if (issuer !== null) readGeneralNames(point.inside(issuer));
    if (name === null) {
      if (issuer === null || issuer.to === issuer.from)
        throw new DerError('an empty distribution point', value.bytes.length);
      continue;
    }
    const choice = point.inside(name);
    readGeneralNames(choice.enter(0xa0));
    choice.end();
  }
}

/** RFC 3820, 3.8. */
function readProxy(value: DerReader, draft: Draft): void {
  const info = value.enter(Tag.sequence);
  const length = info.optional(Tag.integer);
  if (length !== null) info.integer(length);
  const policy = info.enter(Tag.sequence);
  policy.objectIdentifier(policy.read(Tag.objectIdentifier));
  policy.optional(Tag.octetString);
  policy.end();
  info.end();
  draft.proxy = true;
}

/** RFC 3820, 3.7: a proxy certificate is no certificate authority and has no alternative names. */
function checkProxy(draft: Draft, seen: ReadonlySet<string>): void {
  const wrong = draft.basicConstraints?.ca === true || seen.has(Oid.subjectAltName) || seen.has(Oid.issuerAltName);
  if (wrong) throw new DerError('a proxy certificate that is a certificate authority or has alternative names', 0);
}

/** RFC 3779 adds checks at the very end of a verification; no web or device certificate has these extensions. */
function refuse(value: DerReader): never {
  throw new DerError('an extension of RFC 3779, whose rules are not known here', value.bytes.length);
}
