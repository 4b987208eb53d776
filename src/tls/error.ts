import type { CertificateFacts } from './facts.js';
import type { Finding } from './findings.js';
import { explainHandshakeFailure } from './handshake-failure.js';
import type { SslErrorKeyword } from './keyword.js';
import { printable } from './printable.js';

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

/**
 * The error of a TLS handshake that failed, or that the server ended with an alert.
 *
 * @param cause what `node:tls` raised. On TLS 1.3 a server that misses a client certificate says so only after
 * `secureConnect`: the same error is made of it.
 */
export function handshakeFailed(cause: unknown, hostName: string, address?: string): TlsError {
  const { code, message } = factsOfCause(cause);
  const explanation = explainHandshakeFailure(code) ?? printable(message);
  const where = address === undefined ? printable(hostName) : `${printable(hostName)} (${printable(address)})`;
  return new TlsError(
    'WS_TLS_HANDSHAKE',
    `TLS with ${where} failed (${printable(code) || 'no code'}): ${explanation}`,
    {
      hostName,
      reason: explanation,
      ...(address === undefined ? {} : { address }),
      cause,
    },
  );
}

function factsOfCause(cause: unknown): { readonly code: string; readonly message: string } {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return { code, message: cause.message };
}
