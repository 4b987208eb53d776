import type { CertificateFacts, Finding } from './findings.js';
import type { SslErrorKeyword } from './keyword.js';

export type Ignore = 'all' | readonly SslErrorKeyword[];

export interface Verdict {
  readonly accepted: boolean;
  readonly findings: readonly Finding[];
  readonly chain: readonly CertificateFacts[];
  readonly acceptedBy: readonly SslErrorKeyword[] | null;
  readonly refusal: null | {
    readonly kind: 'findings' | 'unexplained' | 'unparsable' | 'resumed' | 'no-certificate' | 'pin';
    readonly detail: string;
  };
}
