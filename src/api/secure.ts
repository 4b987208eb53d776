import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import tls, { type ConnectionOptions, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import {
  type Anchors,
  type CertificateFacts,
  type ClientCertificate,
  certificateRefused,
  createAnchors,
  type Finding,
  type Ignore,
  judge,
  type Pin,
  parseClientCertificate,
  parseIgnore,
  parsePins,
  parseTlsOptions,
  presentedNames,
  type ReportFacts,
  TlsError,
  type TlsSettings,
  type Verdict,
} from '../tls/index.js';
import { runtimeAnchors } from './anchors.js';
import { checkKeyLog, type KeyLog, logKeys } from './key-log.js';
import type { OnRead } from './transport.js';

/** Everything that the options say about TLS, checked. */
export interface Security {
  readonly ignore: Ignore;
  readonly pins: readonly Pin[];
  readonly options: TlsSettings;
  readonly certificate: ClientCertificate | null;
  readonly keylog: KeyLog | undefined;
}

/** The options that {@link checkSecurity} reads. */
export interface SecurityOptions {
  readonly ignoreSslErrors?: unknown;
  readonly pin?: unknown;
  readonly sslConfig?: unknown;
  readonly keylog?: unknown;
  readonly tls?: unknown;
}

/** @throws TlsError `WS_TLS_OPTION`; ConnectionError `WS_OPTION` for `keylog` */
export function checkSecurity({ ignoreSslErrors, pin, sslConfig, keylog, tls: given }: SecurityOptions): Security {
  const options = parseTlsOptions(given);
  return {
    ignore: parseIgnore(ignoreSslErrors),
    pins: parsePins(pin),
    options,
    certificate: parseClientCertificate(sslConfig, options),
    keylog: checkKeyLog(keylog),
  };
}

/** The same for a redirect to another host: what was said about the server that the user named is not said about that one. */
export function securityForOthers(security: Security): Security {
  const { servername, cert, key, passphrase, ...options } = security.options;
  return { ...security, ignore: [], certificate: null, options };
}

/** What was found about the server of a connection that stands. */
export interface TlsReport {
  /** Every SSL error of the connection, all of them ignored; empty for a connection without any. */
  readonly findings: readonly Finding[];
  /** The certificates as the server sent them, its own first. */
  readonly chain: readonly CertificateFacts[];
  /** The name or address that the certificate was checked against. */
  readonly hostName: string;
  /** The version of TLS, such as `TLSv1.3`. */
  readonly protocol: string | null;
  /** The cipher suite's name as the RFCs write it. */
  readonly cipher: string;
}

/**
 * Connects by TLS. Node judges nothing: `secureConnect` comes whatever the certificate is like, and before it nothing may
 * be written. {@link judgeSocket} judges there.
 *
 * @param host The name that the certificate is for.
 * @param to Where to connect, or `socket`, a connection to do it on.
 */
export function connectTls(host: string, security: Security, to: ConnectionOptions & { onread?: OnRead }): TLSSocket {
  const { servername, ALPNProtocols, minDHSize } = security.options;
  const options: ConnectionOptions = {
    ...to,
    servername: servername ?? (isIP(host) === 0 ? host : ''),
    secureContext: trustOf(security).context,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(ALPNProtocols && { ALPNProtocols: [...ALPNProtocols] }),
    ...(minDHSize !== undefined && { minDHSize }),
  };
  const socket = tls.connect(options).setNoDelay(true);
  logKeys(socket, security.keylog);
  return socket;
}

/**
 * Judges a connection at `secureConnect`.
 *
 * @throws TlsError `WS_TLS_CERTIFICATE` or `WS_TLS_PIN`
 */
export function judgeSocket(
  socket: TLSSocket,
  url: { readonly host: string },
  security: Security,
  address: string | undefined,
): TlsReport {
  const examination = examineSocket(socket, url, security);
  if (examination.verdict.accepted) return examination.report;
  throw certificateRefused(examination.verdict, factsOf(examination, security, address));
}

/** Everything that is found about a connection at `secureConnect`. */
export interface Examination {
  readonly verdict: Verdict;
  readonly report: TlsReport;
  /** The server's own certificate; `undefined` if it showed none. */
  readonly leaf: X509 | undefined;
  /** The time of the verdict, in milliseconds since 1970. */
  readonly time: number;
}

/** Examines a connection at `secureConnect`, once: the certificates cannot be asked for again. */
export function examineSocket(socket: TLSSocket, { host }: { readonly host: string }, security: Security): Examination {
  const hostName = security.options.servername || host;
  const time = Date.now();
  const sent = sentCertificates(socket);
  const evidence = {
    authorizationError: chainError(socket),
    sent: sent.map(({ raw }) => raw),
    anchors: trustOf(security).anchors,
    hostName,
    time,
    resumed: socket.isSessionReused(),
    opensslVersion: process.versions.openssl,
  };
  const verdict = judge(evidence, security);
  return { verdict, report: reportOf(verdict, hostName, socket), leaf: sent[0], time };
}

/** The facts for the text of a report. */
export function factsOf(examination: Examination, { ignore }: Security, address: string | undefined): ReportFacts {
  const { leaf, report, time } = examination;
  const names = leaf === undefined ? [] : presentedNames(leaf);
  const facts = { hostName: report.hostName, presentedNames: names, ignore, now: time };
  return { ...facts, ...(address !== undefined && { address }) };
}

function reportOf(verdict: Verdict, hostName: string, socket: TLSSocket): TlsReport {
  const { findings } = verdict;
  return {
    findings,
    get chain() {
      return verdict.chain;
    },
    hostName,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? '',
  };
}

/** One more than OpenSSL's longest chain: the verdict refuses such a chain for its length. */
const MAX_SENT = 102;

/** The certificates as sent. They can be asked for once: the call takes the chain away. */
function sentCertificates(socket: TLSSocket): X509[] {
  const sent: X509[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && sent.length < MAX_SENT) {
    sent.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return sent;
}
type X509 = NonNullable<ReturnType<TLSSocket['getPeerX509Certificate']>>;

/** Node's error of the chain. In spite of its type it is a string; anything that cannot be told counts as unknown. */
function chainError({ authorized, authorizationError }: TLSSocket): string | null {
  if (authorized) return null;
  const error: unknown = authorizationError;
  if (typeof error === 'string') return error;
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNSPECIFIED';
}

/** What connections with the same options share: making a context costs a millisecond, reading anchors tens of them. */
interface Trust {
  readonly context: SecureContext;
  readonly anchors: Anchors;
}

const MAX_TRUSTS = 16;
const trusts = new Map<string, Trust>();

function trustOf({ options, certificate }: Security): Trust {
  const { servername, ALPNProtocols, minDHSize, extraCa, cert, key, passphrase, ...rest } = options;
  const contextOptions = { ...rest, ...certificate };
  const isDefault = extraCa === undefined && Object.keys(contextOptions).length === 0;
  const hash = isDefault
    ? ''
    : createHash('sha256')
        .update(JSON.stringify([contextOptions, extraCa]))
        .digest('base64');
  const known = trusts.get(hash);
  if (known !== undefined) return known;
  const made = makeTrust(contextOptions, extraCa);
  const [oldest] = trusts.keys();
  if (trusts.size >= MAX_TRUSTS && oldest !== undefined) trusts.delete(oldest);
  trusts.set(hash, made);
  return made;
}

function makeTrust(options: Omit<TlsSettings, 'extraCa'>, extraCa: readonly string[] | undefined): Trust {
  const given = options.ca;
  const ca = extraCa === undefined ? given : [...(given ?? runtimeAnchors()), ...extraCa];
  let anchors: Anchors | undefined;
  return {
    context: makeContext({ ...options, ...(ca && { ca: [...ca] }) } as SecureContextOptions),
    // Only a chain with an error is looked up, so a clean connection reads no anchor.
    anchors: {
      bySubject(subject) {
        anchors ??= createAnchors(ca ?? runtimeAnchors());
        return anchors.bySubject(subject);
      },
    },
  };
}

/** What OpenSSL makes of its own languages (ciphers, groups, signature algorithms) only OpenSSL can tell. */
function makeContext(options: SecureContextOptions): SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (cause) {
    const names = Object.keys(options).map((name) => `tls.${name}`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `tls: OpenSSL does not take the values given, which are ${names.join(', ')}: ${reason}`;
    throw new TlsError('WS_TLS_OPTION', message, { option: 'tls', cause });
  }
}
