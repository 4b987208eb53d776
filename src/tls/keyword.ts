/**
 * The 25 keywords that `ignoreSslErrors` knows: the names of Qt's QSslError, as the documentation of WinCC OA lists them.
 */
export const SSL_ERROR_KEYWORDS = [
  'UnableToGetIssuerCertificate',
  'UnableToDecryptCertificateSignature',
  'UnableToDecodeIssuerPublicKey',
  'CertificateSignatureFailed',
  'CertificateNotYetValid',
  'CertificateExpired',
  'InvalidNotBeforeField',
  'InvalidNotAfterField',
  'SelfSignedCertificate',
  'SelfSignedCertificateInChain',
  'UnableToGetLocalIssuerCertificate',
  'UnableToVerifyFirstCertificate',
  'CertificateRevoked',
  'InvalidCaCertificate',
  'PathLengthExceeded',
  'InvalidPurpose',
  'CertificateUntrusted',
  'CertificateRejected',
  'SubjectIssuerMismatch',
  'AuthorityIssuerSerialNumberMismatch',
  'NoPeerCertificate',
  'HostNameMismatch',
  'NoSslSupport',
  'CertificateBlacklisted',
  'UnspecifiedError',
] as const;

/** One kind of SSL error, by Qt's name for it. */
export type SslErrorKeyword = (typeof SSL_ERROR_KEYWORDS)[number];

/** A row of the table: OpenSSL's name (without `X509_V_ERR_`; Node's `code`), its number in OpenSSL 3, the keyword. */
export type OpensslRow = readonly [opensslCode: string, number: number, keyword: SslErrorKeyword];

/**
 * OpenSSL's verify errors and the keyword of each, in the order of their numbers. Every code that is not in the table is
 * UnspecifiedError. Source: Qt's mapping. The numbers are for reading only: INVALID_CA is 24 in OpenSSL 1.1.1, 79 in 3.
 */
export const OPENSSL_CODES: readonly OpensslRow[] = [
  ['UNABLE_TO_GET_ISSUER_CERT', 2, 'UnableToGetIssuerCertificate'],
  ['UNABLE_TO_GET_CRL', 3, 'UnspecifiedError'],
  ['UNABLE_TO_DECRYPT_CERT_SIGNATURE', 4, 'UnableToDecryptCertificateSignature'],
  ['UNABLE_TO_DECRYPT_CRL_SIGNATURE', 5, 'UnspecifiedError'],
  ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 6, 'UnableToDecodeIssuerPublicKey'],
  ['CERT_SIGNATURE_FAILURE', 7, 'CertificateSignatureFailed'],
  ['CRL_SIGNATURE_FAILURE', 8, 'UnspecifiedError'],
  ['CERT_NOT_YET_VALID', 9, 'CertificateNotYetValid'],
  ['CERT_HAS_EXPIRED', 10, 'CertificateExpired'],
  ['CRL_NOT_YET_VALID', 11, 'UnspecifiedError'],
  ['CRL_HAS_EXPIRED', 12, 'UnspecifiedError'],
  ['ERROR_IN_CERT_NOT_BEFORE_FIELD', 13, 'InvalidNotBeforeField'],
  ['ERROR_IN_CERT_NOT_AFTER_FIELD', 14, 'InvalidNotAfterField'],
  ['ERROR_IN_CRL_LAST_UPDATE_FIELD', 15, 'UnspecifiedError'],
  ['ERROR_IN_CRL_NEXT_UPDATE_FIELD', 16, 'UnspecifiedError'],
  ['OUT_OF_MEM', 17, 'UnspecifiedError'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 18, 'SelfSignedCertificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 19, 'SelfSignedCertificateInChain'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 20, 'UnableToGetLocalIssuerCertificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 21, 'UnableToVerifyFirstCertificate'],
  ['CERT_CHAIN_TOO_LONG', 22, 'UnspecifiedError'],
  ['CERT_REVOKED', 23, 'CertificateRevoked'],
  ['PATH_LENGTH_EXCEEDED', 25, 'PathLengthExceeded'],
  ['INVALID_PURPOSE', 26, 'InvalidPurpose'],
  ['CERT_UNTRUSTED', 27, 'CertificateUntrusted'],
  ['CERT_REJECTED', 28, 'CertificateRejected'],
  ['HOSTNAME_MISMATCH', 62, 'UnspecifiedError'],
  ['INVALID_CA', 79, 'InvalidCaCertificate'],
];

const byCode: ReadonlyMap<string, SslErrorKeyword> = new Map(OPENSSL_CODES.map(([code, , keyword]) => [code, keyword]));
const keywords: ReadonlySet<string> = new Set(SSL_ERROR_KEYWORDS);

/**
 * The keyword of an OpenSSL verify error.
 *
 * @param opensslCode OpenSSL's name without `X509_V_ERR_`, which is also Node's `authorizationError`: `'CERT_HAS_EXPIRED'`.
 * @returns the keyword; `'UnspecifiedError'` for every code that the table does not have. Source: Qt's mapping.
 */
export function keywordOf(opensslCode: string): SslErrorKeyword {
  return byCode.get(opensslCode) ?? 'UnspecifiedError';
}

/** Whether Node has a name for a code of OpenSSL's: those are the codes of the table. Every other one is `UNSPECIFIED` there. */
export function isNodeCode(opensslCode: string): boolean {
  return byCode.has(opensslCode);
}

/** Whether a value is one of the 25 keywords, written exactly (case counts). */
export function isKeyword(value: unknown): value is SslErrorKeyword {
  return typeof value === 'string' && keywords.has(value);
}

/** A name longer than this is compared by its beginning only: the longest keyword has 35 letters. */
const MAX_NAME_CHARACTERS = 64;

/**
 * The keyword that somebody most likely meant: the one of an OpenSSL or Node code, else the one with the smallest edit
 * distance, where case does not count. Linear in nothing but the first 64 characters. Source: decision of this project.
 */
export function nearestKeyword(name: string): SslErrorKeyword {
  const bounded = name.slice(0, MAX_NAME_CHARACTERS);
  if (bounded === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'HostNameMismatch';
  const ofCode = byCode.get(bounded.replace(/^X509_V_ERR_/, ''));
  if (ofCode !== undefined) return ofCode;
  let nearest: SslErrorKeyword = SSL_ERROR_KEYWORDS[0];
  let least = Number.POSITIVE_INFINITY;
  for (const keyword of SSL_ERROR_KEYWORDS) {
    const distance = editDistance(bounded.toLowerCase(), keyword.toLowerCase());
    if (distance < least) [least, nearest] = [distance, keyword];
  }
  return nearest;
}

/**
 * How many letters must be taken out and put in, one row of the matrix at a time. Replacing a letter counts twice, so that a
 * part of a keyword is nearer to it than to a short one that shares little.
 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substituted = at(row, j) + (a[i] === b[j] ? 0 : 2);
      next.push(Math.min(substituted, at(row, j + 1) + 1, at(next, j) + 1));
    }
    row = next;
  }
  return at(row, b.length);
}

// Every index above is inside the row; the type of an array cannot say so.
const at = (row: readonly number[], index: number): number => row[index] as number;

/** The sentence about a name that is no keyword: which one it is, and the nearest one. */
export function notAKeyword(name: string): string {
  const shown = JSON.stringify(name.length > MAX_NAME_CHARACTERS ? `${name.slice(0, MAX_NAME_CHARACTERS)}...` : name);
  if (name === 'all') return `'all' stands alone, not in a list: write ignoreSslErrors: 'all'`;
  return `${shown} is not one of the ${SSL_ERROR_KEYWORDS.length} keywords; the nearest is '${nearestKeyword(name)}'`;
}
