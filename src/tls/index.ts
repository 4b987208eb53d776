export { type Anchors, createAnchors, type PemSource } from './anchors.js';
export type { CertificateFacts } from './facts.js';
export type { Finding } from './findings.js';
export { keywordOf, SSL_ERROR_KEYWORDS, type SslErrorKeyword } from './keyword.js';
export {
  type Evidence,
  type Ignore,
  judge,
  type Policy,
  type Refusal,
  type RefusalKind,
  type Verdict,
} from './verdict.js';
