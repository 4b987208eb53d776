import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls, {
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import {
  type Anchors,
  type CertificateFacts,
  type ClientCertificate,
  certificateRefused,
  createAnchors,
  type Finding,
  findingsText,
  type Ignore,
  judge,
  type Pin,
  parseClientCertificate,
  parseIgnore,
  parsePins,
  parseTlsOptions,
  presentedNames,
  type ReportFacts,
  type SslErrorKeyword,
  TlsError,
  type TlsSettings,
  type Verdict,
} from '../tls/index.js';
import { anchorsInForce, runtimeAnchors } from './anchors.js';
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

/**
 * Connects by TLS. Node judges nothing: `secureConnect` comes whatever the certificate is like, and before it nothing may
 * be written. {@link judgeSocket} judges there.
 *
 * @param host The name that the certificate is for.
 * @param to Where to connect, or `socket`, a connection to do it on.
 */
export function connectTls(host: string, security: Security, to: ConnectionOptions & { onread?: OnRead }): TLSSocket {
  const { servername, ALPNProtocols, minDHSize } = security.options;
  const trust = trustOf(security);
  const options: ConnectionOptions = {
    ...to,
    // RFC 6066 section 3: neither an address nor a dot at the end.
    servername: servername ?? (isIP(host) === 0 ? host.replace(/\.$/, '') : ''),
    secureContext: trust.context,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(ALPNProtocols && { ALPNProtocols: [...ALPNProtocols] }),
    ...(minDHSize !== undefined && { minDHSize }),
  };
  const socket = tls.connect(options);
  socket.getPeerCertificate = noCertificate;
  trustOfSockets.set(socket, trust);
  logKeys(socket, security.keylog);
  return socket.setNoDelay(true);
}

/**
 * Before `secureConnect` Node makes objects of all certificates of a chain without an error, only to hand them to
 * `checkServerIdentity`. That costs more than our verdict, and on Node 24 and 26 it ends the process if one of them, maybe just
 * sent along, has an EC key on a curve without a NIST name.
 */
const noCertificate = (): DetailedPeerCertificate => Object.create(null);

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
  const { verdict, facts, report } = examineSocket(socket, url, security, address);
  if (verdict.accepted) return report;
  throw certificateRefused(verdict, facts);
}

/** Everything that is found about a connection at `secureConnect`. */
export interface Examination {
  readonly verdict: Verdict;
  /** For the text of a report. */
  readonly facts: ReportFacts;
  readonly report: TlsReport;
}

/** Examines a connection at `secureConnect`, once: the certificates cannot be asked for again. */
export function examineSocket(
  socket: TLSSocket,
  { host }: { readonly host: string },
  security: Security,
  address: string | undefined,
): Examination {
  const hostName = security.options.servername || host;
  const time = Date.now();
  const sent = sentCertificates(socket);
  const evidence = {
    authorizationError: chainError(socket),
    sent,
    anchors: (trustOfSockets.get(socket) ?? trustOf(security)).anchors,
    hostName,
    time,
    resumed: socket.isSessionReused(),
    opensslVersion: process.versions.openssl,
  };
  const verdict = judge(evidence, security);
  const facts = factsOf(hostName, sent[0]?.raw, security.ignore, time, address);
  return { verdict, facts, report: reportOf(verdict, facts, socket) };
}

/** The names are read on first use, from bytes: the connection keeps no object of node:crypto. */
function factsOf(
  hostName: string,
  leaf: Buffer | undefined,
  ignore: Ignore,
  now: number,
  address: string | undefined,
): ReportFacts {
  let names: readonly string[] | undefined = leaf === undefined ? [] : undefined;
  return {
    hostName,
    ...(address !== undefined && { address }),
    get presentedNames() {
      names ??= presentedNames(new X509Certificate(leaf as Buffer));
      return names;
    },
    ignore,
    now,
  };
}

function reportOf(verdict: Verdict, facts: ReportFacts, socket: TLSSocket): TlsReport {
  const { findings, acceptedBy } = verdict;
  return {
    findings,
    get chain() {
      return verdict.chain;
    },
    acceptedBy,
    hostName: facts.hostName,
    get presentedNames() {
      return facts.presentedNames;
    },
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? '',
    get text() {
      return findingsText(findings, facts);
    },
  };
}

/** One more than OpenSSL's longest chain: the verdict refuses such a chain for its length. */
const MAX_SENT = 102;

/** The certificates as sent. They can be asked for once: the call takes the chain away. */
function sentCertificates(socket: TLSSocket): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && sent.length < MAX_SENT) {
    sent.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return sent;
}

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

/** The verdict goes by the anchors that OpenSSL had for this very socket, whatever has been set meanwhile. */
const trustOfSockets = new WeakMap<TLSSocket, Trust>();

const MAX_TRUSTS = 16;
const trusts = new Map<string, Trust>();
let trustsInForce: unknown;

function trustOf({ options, certificate }: Security): Trust {
  const inForce = anchorsInForce();
  if (inForce !== trustsInForce) trusts.clear();
  trustsInForce = inForce;
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
