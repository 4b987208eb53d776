import type { SslErrorKeyword } from './keyword.js';

/** One error of a connection, on one certificate. */
export interface Finding {
  readonly keyword: SslErrorKeyword;
  /** OpenSSL's name without `X509_V_ERR_`; '' for the host check and for the missing certificate. */
  readonly opensslCode: string;
  /** 0 is the server's own certificate. */
  readonly depth: number;
  readonly certificate: CertificateFacts | null;
}

/** What a report says about a certificate. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltName: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly serialNumber: string;
  readonly fingerprint256: string;
  readonly key: string;
}
