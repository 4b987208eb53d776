/**
 * The errors of a TLS connection: enumerated, named by keyword, and judged, without I/O.
 *
 * @module
 */
export { ADVICE, type Advice } from './advice.js';
export { type Anchors, createAnchors, type PemSource } from './anchors.js';
export { isClean } from './clean.js';
export {
  type ClientCertificate,
  type KeyOptions,
  parseClientCertificate,
  type SslConfig,
} from './client-certificate.js';
export { TlsError, type TlsErrorCode, type TlsErrorFacts } from './error.js';
export { type CertificateFacts, describeBytes } from './facts.js';
export type { Finding } from './findings.js';
export { handshakeFailed } from './handshake-failure.js';
export { type HostName, matchesHostName, parseHostName, presentedNames } from './host-name.js';
export { parseIgnore } from './ignore.js';
export { type InspectionFacts, inspectionText } from './inspection.js';
export {
  isKeyword,
  keywordOf,
  nearestKeyword,
  OPENSSL_CODES,
  type OpensslRow,
  SSL_ERROR_KEYWORDS,
  type SslErrorKeyword,
} from './keyword.js';
export { parseTlsOptions, type TlsOptions, type TlsSettings } from './options.js';
export { type CertificatePins, checkPins, type Pin, parsePins, pinOf } from './pin.js';
export { certificateRefused } from './refusal.js';
export { findingsText, type ReportFacts } from './report.js';
export {
  type Evidence,
  type Ignore,
  judge,
  type Policy,
  type Refusal,
  type RefusalKind,
  type Sent,
  type Verdict,
} from './verdict.js';
