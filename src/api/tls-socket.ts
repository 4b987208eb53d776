import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import tls, {
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { TlsError, type TlsSettings } from '../tls/index.js';
import { anchorsInForce, runtimeAnchors } from './anchors.js';
import { logKeys } from './key-log.js';
import type { OnRead } from './reads.js';
import type { Security } from './secure.js';

/**
 * Connects by TLS. Node judges nothing: `secureConnect` comes whatever the certificate is like, and before it nothing may
 * be written. `judgeSocket` judges there.
 *
 * @param host The name that the certificate is for.
 * @param to Where to connect, or `socket`, a connection to do it on.
 */
export function connectTls(host: string, security: Security, to: ConnectionOptions & { onread?: OnRead }): TLSSocket {
  const { servername, ALPNProtocols, minDHSize } = security.options;
  const trust = trustOf(security);
  // `to` comes last for the reason that is told in socket.ts.
  const options: ConnectionOptions = {
    // RFC 6066 section 3: neither an address nor a dot at the end.
    servername: servername ?? (isIP(host) === 0 ? host.replace(/\.$/, '') : ''),
    secureContext: trust.context,
    rejectUnauthorized: false,
    checkServerIdentity: noError,
    ...(ALPNProtocols && { ALPNProtocols: [...ALPNProtocols] }),
    ...(minDHSize !== undefined && { minDHSize }),
    ...to,
  };
  const socket = tls.connect(options);
  socket.getPeerCertificate = noCertificate;
  trustOfSockets.set(socket, trust);
  logKeys(socket, security.keylog);
  return socket.setNoDelay(true);
}

const noError = (): undefined => undefined;

/**
 * Before `secureConnect` Node makes objects of all certificates of a chain without an error, only to hand them to
 * `checkServerIdentity`. That costs more than our verdict, and on Node 24 and 26 it ends the process if one of them, maybe just
 * sent along, has an EC key on a curve without a NIST name.
 */
const noCertificate = (): DetailedPeerCertificate => Object.create(null);

/** What connections with the same options share: making a context costs a millisecond, reading anchors tens of them. */
export interface Trust {
  readonly context: SecureContext;
  /** The anchors as PEM texts. Only a chain with an error is looked up, so a clean connection reads none. */
  readonly anchors: () => readonly string[];
}

/** The verdict goes by the anchors that OpenSSL had for this very socket, whatever has been set meanwhile. */
const trustOfSockets = new WeakMap<TLSSocket, Trust>();

/** What a socket of {@link connectTls} trusts; for any other one, what the options say now. */
export function trustOfSocket(socket: TLSSocket, security: Security): Trust {
  return trustOfSockets.get(socket) ?? trustOf(security);
}

const MAX_TRUSTS = 16;
const trusts = new Map<string, Trust>();
let trustsInForce: unknown;
/** The last one, and for what: without any option it is the same object for every connection, which need not be looked through again. */
let lastSecurity: Security | undefined;
let lastTrust: Trust | undefined;

function trustOf(security: Security): Trust {
  const inForce = anchorsInForce();
  if (inForce !== trustsInForce) {
    trusts.clear();
    lastTrust = undefined;
  }
  trustsInForce = inForce;
  if (lastTrust === undefined || security !== lastSecurity) lastTrust = knownTrustOf(security);
  lastSecurity = security;
  return lastTrust;
}

function knownTrustOf({ options, certificate }: Security): Trust {
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
  return {
    context: makeContext({ ...options, ...(ca && { ca: [...ca] }) } as SecureContextOptions),
    anchors: () => ca ?? runtimeAnchors(),
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
