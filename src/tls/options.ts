import type { SecureVersion } from 'node:tls';
import { TlsError } from './error.js';

/** PEM text, or its bytes. */
export type Pem = string | Uint8Array;

/** The option `tls` of `connect()`: options of `node:tls` under their own names, and `extraCa`. See {@link TlsSettings}. */
export interface TlsOptions extends Omit<TlsSettings, 'ca' | 'extraCa' | 'cert' | 'key'> {
  /** The trust anchors instead of the runtime's own. */
  readonly ca?: Pem | readonly Pem[];
  /** Trust anchors beside the runtime's own or `ca`. */
  readonly extraCa?: Pem | readonly Pem[];
  /** With `key`: the client certificate. */
  readonly cert?: Pem;
  readonly key?: Pem;
}

/**
 * The option `tls` of `connect()` after its check: what goes to `tls.connect` as it is, and `extraCa`, which is ours. Texts
 * given as bytes have become strings. A field that was not given is not there.
 */
export interface TlsSettings {
  /** Sent as SNI and asked for in the host check instead of the name in the url; '' sends none. */
  readonly servername?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly ecdhCurve?: string;
  readonly sigalgs?: string;
  readonly honorCipherOrder?: boolean;
  /** In bits; default of Node 1024. */
  readonly minDHSize?: number;
  /** OpenSSL's SSL_OP_ flags from `node:constants`, for old servers. */
  readonly secureOptions?: number;
  readonly ALPNProtocols?: readonly string[];
  /** The trust anchors instead of the runtime's own, as PEM texts. */
  readonly ca?: readonly string[];
  /** Trust anchors beside the runtime's own or `ca`, as PEM texts. */
  readonly extraCa?: readonly string[];
  /** With `key`: the client certificate; checked by `parseClientCertificate`. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

type Parse = (option: string, value: unknown) => string | number | boolean | readonly string[];

const PARSERS: ReadonlyMap<string, Parse> = new Map<keyof TlsSettings, Parse>([
  ['servername', parseServerName],
  ['minVersion', parseVersion],
  ['maxVersion', parseVersion],
  ['ciphers', parseCiphers],
  ['ecdhCurve', parseName],
  ['sigalgs', parseName],
  ['honorCipherOrder', parseBoolean],
  ['minDHSize', parseBits],
  ['secureOptions', parseCount],
  ['ALPNProtocols', parseProtocols],
  ['ca', parseAnchors],
  ['extraCa', parseAnchors],
  ['cert', parseText],
  ['key', parseText],
  ['passphrase', parseString],
]);

const JUDGED = 'the verdict of this package is always formed';
const SERVER = 'it is for servers';
const CONNECTING = 'connecting is up to connect(): use the url and its own options';
const KEY_IN_ENGINE = 'a key that cannot be read cannot be checked: use tls.cert and tls.key';
const SHOWN = 'the chain would not be shown to the verdict';

/** Options of node:tls that are refused, and what to use instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['rejectUnauthorized', `${JUDGED}: leave it out, or say with ignoreSslErrors which errors may occur`],
  [
    'checkServerIdentity',
    `${JUDGED}, with the host name in it: use tls.servername, pin, or ignoreSslErrors: ['HostNameMismatch']`,
  ],
  [
    'allowPartialTrustChain',
    'it changes which chains have errors: list the root in tls.ca, or use pin for one certificate',
  ],
  ['crl', 'the verdict cannot see what it refuses: there is no support for revocation lists yet'],
  ['session', 'a resumed session carries no certificate that could be judged: leave it out'],
  ['secureContext', 'its anchors and rules cannot be seen: give its parts as tls.ca, tls.cert, tls.key and so on'],
  ['secureProtocol', 'use tls.minVersion and tls.maxVersion'],
  [
    'pfx',
    'its key cannot be checked and its authorities would become anchors: openssl pkcs12 -in FILE gives tls.cert and tls.key',
  ],
  ['pskCallback', `with a shared key there is no certificate, and ${SHOWN}`],
  ['privateKeyEngine', KEY_IN_ENGINE],
  ['privateKeyIdentifier', KEY_IN_ENGINE],
  ['clientCertEngine', KEY_IN_ENGINE],
  ['requestOCSP', 'nothing would look at the answer: leave it out'],
  ['enableTrace', 'run node with --trace-tls'],
  ...['requestCert', 'isServer', 'server', 'SNICallback', 'ALPNCallback', 'dhparam', 'ticketKeys'].map(name(SERVER)),
  ...['sessionTimeout', 'sessionIdContext', 'handshakeTimeout', 'pskIdentityHint'].map(name(SERVER)),
  ...['host', 'port', 'path', 'socket', 'lookup', 'family', 'hints', 'localAddress', 'localPort'].map(name(CONNECTING)),
  ...['timeout', 'signal', 'onread', 'allowHalfOpen', 'highWaterMark', 'keepAlive', 'noDelay'].map(name(CONNECTING)),
  ...['autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'keepAliveInitialDelay'].map(name(CONNECTING)),
]);

function name(reason: string): (option: string) => [string, string] {
  return (option) => [option, reason];
}

/**
 * Checks the option `tls` of `connect()`: which options of node:tls pass, and which are refused because they would weaken the
 * verdict without a word or have no meaning for a client.
 *
 * @param value an object; its own enumerable properties count, one that is `undefined` is not given. Default: none.
 * @returns a new object that holds nothing else.
 * @throws TlsError `WS_TLS_OPTION` for a refused option, saying what to use instead; for a name that does not exist, with
 * those that do; for a value of a wrong form, with what is allowed.
 *
 * Source: decision of this project.
 */
export function parseTlsOptions(value: unknown): TlsSettings {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('tls', `must be an object of options, such as { ca: PEM text }; allowed are ${ALLOWED_NAMES}`);
  }
  const entries: [string, unknown][] = [];
  for (const [option, given] of Object.entries(value)) {
    if (given === undefined) continue;
    entries.push([option, parserOf(option)(`tls.${option}`, given)]);
  }
  // Only names of the table above get here, so that none is a name with a meaning of its own.
  const options: TlsSettings = Object.fromEntries(entries);
  if (options.minVersion !== undefined && options.maxVersion !== undefined && options.minVersion > options.maxVersion) {
    throw refused(
      'tls.minVersion',
      `is '${options.minVersion}', which is above tls.maxVersion '${options.maxVersion}'`,
    );
  }
  return options;
}

const ALLOWED_NAMES: string = [...PARSERS.keys()].join(', ');

function parserOf(option: string): Parse {
  const parser = PARSERS.get(option);
  if (parser !== undefined) return parser;
  const shown = `tls.${option.slice(0, 40)}`;
  const reason = REFUSED.get(option);
  if (reason !== undefined) throw refused(shown, `is not taken: ${reason}`);
  throw refused(shown, `does not exist; allowed are ${ALLOWED_NAMES}`);
}

function parseString(option: string, value: unknown): string {
  if (typeof value !== 'string') throw refused(option, `must be a string, not of type ${typeof value}`);
  if (value.includes('\0')) throw refused(option, 'must not hold a NUL character');
  return value;
}

/** A list in OpenSSL's own language. An empty one would leave its default in force. */
function parseName(option: string, value: unknown): string {
  const text = parseString(option, value);
  if (text === '') throw refused(option, 'must not be empty: leave it out for the default');
  return text;
}

function parseServerName(option: string, value: unknown): string {
  const text = parseString(option, value);
  // RFC 6066 section 3: no address, and no trailing dot. The rest is up to the host check, which matches no odd name.
  if (/^[\d.]+$|[:[\]]|\.$/.test(text))
    throw refused(option, 'must be a DNS name without a dot at its end, not an address');
  return text;
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

function parseVersion(option: string, value: unknown): SecureVersion {
  const version = VERSIONS.find((each) => each === value);
  if (version === undefined) throw refused(option, `must be one of ${VERSIONS.map((each) => `'${each}'`).join(', ')}`);
  return version;
}

/**
 * The ciphers may lower the security level to 1, which is the default of Node 20. At level 0 OpenSSL takes certificates that are
 * signed with MD5 and raises no error that a verdict could see; above 2 it raises some for keys that the verdict takes for strong.
 */
function parseCiphers(option: string, value: unknown): string {
  const text = parseName(option, value);
  const level = /@SECLEVEL=(?![12](?!\d))(\d*)/i.exec(text)?.[1];
  if (level !== undefined) {
    const reason =
      level === '0'
        ? 'at 0 OpenSSL accepts forged signatures without an error'
        : 'above 2 it raises errors that the verdict does not know';
    throw refused(option, `sets the security level to ${level}, allowed are 1 and 2: ${reason}`);
  }
  return text;
}

function parseBoolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw refused(option, `must be true or false, not of type ${typeof value}`);
  return value;
}

function parseCount(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw refused(option, 'must be an integer from 0 to 4294967295');
}

/** Node takes 0 for an error in itself. */
function parseBits(option: string, value: unknown): number {
  const bits = parseCount(option, value);
  if (bits === 0) throw refused(option, 'must be above 0: 1 is the smallest limit');
  return bits;
}

function parseProtocols(option: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 32) {
    throw refused(option, "must be an array of 1 to 32 protocol names, such as ['http/1.1']");
  }
  return Array.from(value, (protocol: unknown) => {
    const text = parseString(option, protocol);
    const bytes = Buffer.byteLength(text);
    if (bytes === 0 || bytes > 255) throw refused(option, 'holds a protocol name that has not 1 to 255 bytes');
    if (text === 'h2')
      throw refused(option, "must not hold 'h2': the opening handshake is HTTP/1.1 (RFC 6455 section 4.1)");
    return text;
  });
}

/** PEM text, as a string or as bytes. */
function parseText(option: string, value: unknown): string {
  if (Array.isArray(value)) throw refused(option, 'must be one PEM text, not an array: a client has one certificate');
  if (value instanceof Uint8Array) return parseString(option, Buffer.from(value).toString('latin1'));
  if (typeof value !== 'string') throw refused(option, `must be PEM text or its bytes, not of type ${typeof value}`);
  return parseString(option, value);
}

/**
 * An anchor text without a certificate would be no anchor for Node, which does not mind: '' even brings the runtime's own ones
 * back. A TRUSTED CERTIFICATE has rules in it that the verdict does not see.
 */
function parseAnchors(option: string, value: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0)
    throw refused(option, 'must not be an empty array: leave it out, or list at least one PEM text');
  return Array.from(texts, (each, index) => {
    const which = Array.isArray(value) ? `${option}[${index}]` : option;
    const text = parseText(which, each);
    if (/-----BEGIN TRUSTED CERTIFICATE-----/.test(text)) {
      throw refused(which, 'holds a TRUSTED CERTIFICATE: openssl x509 -in FILE makes a plain one of it');
    }
    if (!/-----BEGIN (?:X509 )?CERTIFICATE-----/.test(text)) throw refused(which, 'holds no certificate as PEM text');
    return text;
  });
}

const refused = (option: string, text: string): TlsError =>
  new TlsError('WS_TLS_OPTION', `${option} ${text}`, { option });
