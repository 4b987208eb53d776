import { X509Certificate } from 'node:crypto';
import {
  type CertificateFacts,
  describeBytes,
  type Finding,
  presentedNames,
  type SslErrorKeyword,
} from '../tls/index.js';

/** What was found about the server of a connection that stands. */
export interface TlsReport {
  /** Every SSL error of the connection, all of them ignored; empty for a connection without any. */
  readonly findings: readonly Finding[];
  /** The certificates as the server sent them, its own first. */
  readonly chain: readonly CertificateFacts[];
  /** The exact `ignoreSslErrors` list that accepts this connection, `[]` if none is needed; null where only `'all'` does. */
  readonly acceptedBy: readonly SslErrorKeyword[] | null;
  /** The name or address that the certificate was checked against. */
  readonly hostName: string;
  /** The names and addresses the server's certificate is for. */
  readonly presentedNames: readonly string[];
  /** The version of TLS, such as `TLSv1.3`. */
  readonly protocol: string | null;
  /** The cipher suite's name as the RFCs write it. */
  readonly cipher: string;
  /** The findings for a terminal: a line each, with what to do; `''` if there are none. */
  readonly text: string;
}

/** What is known of a TLS socket beside the judgement. */
export interface SocketFacts {
  readonly hostName: string;
  /** The certificates as sent. */
  readonly sent: readonly X509Certificate[];
  readonly protocol: string | null;
  readonly cipher: string;
}

/**
 * The report of a connection without a finding. It keeps bytes only, which are read on first use: objects of node:crypto are larger, a connection
 * may last for months, and most of them are never asked.
 */
export function cleanReport({ hostName, sent, protocol, cipher }: SocketFacts): TlsReport {
  const ders = sent.map(({ raw }) => raw);
  let chain: readonly CertificateFacts[] | undefined;
  let names: readonly string[] | undefined;
  return {
    findings: [],
    get chain() {
      chain ??= ders.map((der) => describeBytes(der));
      return chain;
    },
    acceptedBy: [],
    hostName,
    get presentedNames() {
      names ??= namesOf(ders);
      return names;
    },
    protocol,
    cipher,
    text: '',
  };
}

/** The names that the first of these certificates is for. */
export function namesOf([leaf]: readonly Buffer[]): readonly string[] {
  return leaf === undefined ? [] : presentedNames(new X509Certificate(leaf));
}
