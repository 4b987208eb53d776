import type { Certificate } from './certificate.js';

/** One error of a chain, as OpenSSL would hand it to a verify callback. */
export interface Discovery {
  /** OpenSSL's name without X509_V_ERR_. */
  readonly opensslCode: string;
  readonly depth: number;
  readonly certificate: Certificate;
  /** false: raised only at a security level or by a release that the runtime may not be at. */
  readonly certain: boolean;
}
