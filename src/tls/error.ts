import type { CertificateFacts } from './facts.js';
import type { Finding } from './findings.js';
import type { SslErrorKeyword } from './keyword.js';

/**
 * What went wrong, for a switch:
 * - `WS_TLS_CERTIFICATE`: the verdict refused the connection; `findings`, `acceptedBy` and `reason` say why
 * - `WS_TLS_PIN`: the server's certificate is none of the pinned ones
 * - `WS_TLS_OPTION`: `ignoreSslErrors`, `pin`, `sslConfig` or an option of `tls` makes no sense; `option` names it
 * - `WS_TLS_HANDSHAKE`: the TLS handshake failed, or the server ended it with an alert; `cause` has the origin
 */
export type TlsErrorCode = 'WS_TLS_CERTIFICATE' | 'WS_TLS_PIN' | 'WS_TLS_OPTION' | 'WS_TLS_HANDSHAKE';

/** The facts that a TlsError holds; each has an empty default. */
export interface TlsErrorFacts {
  readonly findings?: readonly Finding[];
  readonly chain?: readonly CertificateFacts[];
  readonly hostName?: string | null;
  readonly presentedNames?: readonly string[];
  readonly acceptedBy?: readonly SslErrorKeyword[] | null;
  readonly reason?: string;
  readonly address?: string;
  readonly option?: string;
  readonly cause?: unknown;
}

/**
 * The error of everything that has to do with TLS. The text of a refusal is made for a terminal: every finding on a line of
 * its own with what to do, and the `ignoreSslErrors` list that would accept this very connection.
 *
 * Source: decision of this project.
 */
export class TlsError extends Error {
  static {
    TlsError.prototype.name = 'TlsError';
  }

  readonly code: TlsErrorCode;
  /** Every error of the certificates in OpenSSL's order, HostNameMismatch first; empty where the code is not about them. */
  readonly findings: readonly Finding[];
  /** The certificates as the server sent them, its own first. */
  readonly chain: readonly CertificateFacts[];
  /** The name the certificate was checked against, or null where none was checked. */
  readonly hostName: string | null;
  /** The names the server's certificate is for. */
  readonly presentedNames: readonly string[];
  /** The exact `ignoreSslErrors` list that would accept this very connection; null where no list would. */
  readonly acceptedBy: readonly SslErrorKeyword[] | null;
  /** The refusal in one sentence. */
  readonly reason: string;
  /** IP address and port of the peer, where known. */
  readonly address: string | undefined;
  /** The option that makes no sense, such as `tls.crl`; only with `WS_TLS_OPTION`. */
  readonly option: string | undefined;

  constructor(code: TlsErrorCode, message: string, facts: TlsErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.findings = facts.findings ?? [];
    this.chain = facts.chain ?? [];
    this.hostName = facts.hostName ?? null;
    this.presentedNames = facts.presentedNames ?? [];
    this.acceptedBy = facts.acceptedBy ?? null;
    this.reason = facts.reason ?? message;
    this.address = facts.address;
    this.option = facts.option;
  }
}
