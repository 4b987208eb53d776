import type { SslErrorKeyword } from './keyword.js';

/** What a keyword says of a certificate, and what puts it right. */
export interface Advice {
  /** Continues "the certificate ...". */
  readonly meaning: string;
  /** An imperative without a full stop. */
  readonly remedy: string;
}

const NOT_RAISED = 'is never reported: OpenSSL 3 does not raise it for a server certificate';
const NOTHING_TO_DO = 'list another keyword';
const NO_CRL = 'has been revoked, as a certificate revocation list says; this package reads none';
const REPLACE = 'have the certificate issued anew by a sound authority';

/**
 * For each keyword what it means and what to do about it. Source: the meaning as in OpenSSL's X509_V_ERR_ texts, the remedy a
 * decision of this project.
 */
export const ADVICE: Readonly<Record<SslErrorKeyword, Advice>> = {
  UnableToGetIssuerCertificate: {
    meaning: 'is an anchor whose own issuer is not known',
    remedy: 'add the certificate of its issuer to tls.extraCa',
  },
  UnableToDecryptCertificateSignature: { meaning: 'has a signature that cannot be decrypted', remedy: REPLACE },
  UnableToDecodeIssuerPublicKey: { meaning: 'has a public key that cannot be read', remedy: REPLACE },
  CertificateSignatureFailed: {
    meaning: 'has a signature that is wrong: it was changed, or another key has signed it',
    remedy: 'install the certificate on the server anew; if that does not help, somebody may be in between',
  },
  CertificateNotYetValid: {
    meaning: 'is not valid yet',
    remedy: 'set the clocks of both machines right, or wait',
  },
  CertificateExpired: { meaning: 'is not valid any more', remedy: 'renew the certificate or set the clock right' },
  InvalidNotBeforeField: { meaning: 'has a notBefore that is no time', remedy: REPLACE },
  InvalidNotAfterField: { meaning: 'has a notAfter that is no time', remedy: REPLACE },
  SelfSignedCertificate: {
    meaning: 'is its own issuer and no anchor',
    remedy: 'add it to tls.extraCa if it is the one you expect',
  },
  SelfSignedCertificateInChain: {
    meaning: 'is a root that the server sent and that is no anchor',
    remedy: 'add it to tls.extraCa if it is the authority you expect',
  },
  UnableToGetLocalIssuerCertificate: {
    meaning: 'has an issuer that is no anchor and that the server did not send',
    remedy: 'add the certificate of the issuer to tls.extraCa, or let the server send its intermediate certificates',
  },
  UnableToVerifyFirstCertificate: {
    meaning: 'stands alone, so that its signature cannot be checked',
    remedy: 'do as for UnableToGetLocalIssuerCertificate, which comes with it',
  },
  CertificateRevoked: { meaning: NO_CRL, remedy: REPLACE },
  InvalidCaCertificate: {
    meaning: 'has issued the one below it and is not an authority',
    remedy: 'have the certificate below it issued by an authority',
  },
  PathLengthExceeded: {
    meaning: 'allows fewer authorities below it than there are',
    remedy: 'have the certificate issued by an authority that is allowed to',
  },
  InvalidPurpose: {
    meaning: 'is not for this purpose (server authentication)',
    remedy: 'have it issued with the extended key usage serverAuth',
  },
  CertificateUntrusted: { meaning: NOT_RAISED, remedy: 'list the keyword of the chain at hand instead' },
  CertificateRejected: { meaning: 'is an anchor that is marked as rejected', remedy: 'look at the anchor in tls.ca' },
  SubjectIssuerMismatch: { meaning: NOT_RAISED, remedy: NOTHING_TO_DO },
  AuthorityIssuerSerialNumberMismatch: { meaning: NOT_RAISED, remedy: NOTHING_TO_DO },
  NoPeerCertificate: {
    meaning: 'is missing: the server sent none',
    remedy: 'configure a certificate on the server',
  },
  HostNameMismatch: {
    meaning: 'is for other names than the one that was asked for',
    remedy: 'connect by one of its names or give one as tls.servername',
  },
  NoSslSupport: { meaning: 'is never looked at: Node always has TLS', remedy: NOTHING_TO_DO },
  CertificateBlacklisted: { meaning: 'is on a list of Qt, which this package does not have', remedy: NOTHING_TO_DO },
  UnspecifiedError: {
    meaning: 'breaks a rule that has no keyword of its own',
    remedy: REPLACE,
  },
};

/** What the codes mean that come as UnspecifiedError; each continues "the certificate ...". */
export const UNSPECIFIED: ReadonlyMap<string, string> = new Map([
  ['EE_KEY_TOO_SMALL', 'has a key that is too small'],
  ['CA_KEY_TOO_SMALL', 'has a key that is too small'],
  ['CA_MD_TOO_WEAK', 'is signed with a digest that is too weak'],
  ['UNHANDLED_CRITICAL_EXTENSION', 'has a critical extension that is not known'],
  ['PROXY_CERTIFICATES_NOT_ALLOWED', 'is a proxy certificate'],
  ['KEYUSAGE_NO_CERTSIGN', 'has issued the one below it without the key usage keyCertSign'],
  ['EC_KEY_EXPLICIT_PARAMS', 'has a key on a curve without a name'],
  ['CERT_CHAIN_TOO_LONG', 'has more than 100 above it'],
  ['PERMITTED_VIOLATION', 'has a name that an authority above it does not permit'],
  ['EXCLUDED_VIOLATION', 'has a name that an authority above it excludes'],
]);
