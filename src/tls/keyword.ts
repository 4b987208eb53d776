/** The names of SSL errors that WinCC OA documents; all of them are names of Qt's QSslError. */
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
export type SslErrorKeyword = (typeof SSL_ERROR_KEYWORDS)[number];

const KEYWORDS: ReadonlyMap<string, SslErrorKeyword> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', 'UnableToGetIssuerCertificate'],
  ['UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UnableToDecryptCertificateSignature'],
  ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'UnableToDecodeIssuerPublicKey'],
  ['CERT_SIGNATURE_FAILURE', 'CertificateSignatureFailed'],
  ['CERT_NOT_YET_VALID', 'CertificateNotYetValid'],
  ['CERT_HAS_EXPIRED', 'CertificateExpired'],
  ['ERROR_IN_CERT_NOT_BEFORE_FIELD', 'InvalidNotBeforeField'],
  ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'InvalidNotAfterField'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SelfSignedCertificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'SelfSignedCertificateInChain'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UnableToGetLocalIssuerCertificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UnableToVerifyFirstCertificate'],
  ['CERT_REVOKED', 'CertificateRevoked'],
  ['PATH_LENGTH_EXCEEDED', 'PathLengthExceeded'],
  ['INVALID_PURPOSE', 'InvalidPurpose'],
  ['CERT_UNTRUSTED', 'CertificateUntrusted'],
  ['CERT_REJECTED', 'CertificateRejected'],
  ['INVALID_CA', 'InvalidCaCertificate'],
]);

/** The keyword of an OpenSSL code; UnspecifiedError for every code that Qt has no name for. */
export function keywordOf(opensslCode: string): SslErrorKeyword {
  return KEYWORDS.get(opensslCode) ?? 'UnspecifiedError';
}
