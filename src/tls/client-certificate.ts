import type { KeyObject, X509Certificate } from 'node:crypto';
import { TlsError } from './error.js';

/** The option `sslConfig`, as the CTRL function has it. */
export interface SslConfig {
  /** The client's certificate as PEM text; certificates of the authorities above it may follow. */
  readonly localCertificate: string;
  readonly privateKey: {
    /** PEM text, without a passphrase. */
    readonly key: string;
    /** `RSA` stands for RSA-PSS, too. For Ed25519 use `tls.cert` and `tls.key`. */
    readonly algorithm: 'RSA' | 'DSA' | 'EC';
  };
}

/** The options of `tls` that have to do with the client certificate, already known to be of their types. */
export interface KeyOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly minVersion?: string;
  readonly maxVersion?: string;
}

/** What `tls.connect` needs for a client certificate. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
  /** With a key that TLS 1.3 has no signature for, where Node would send no certificate without a word. */
  readonly maxVersion?: 'TLSv1.2';
}

/** Loaded for those who have a client certificate: most programs have none. */
const crypto = () => process.getBuiltinModule('node:crypto');

/** Where the parts come from, for the texts of errors. */
interface Names {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string;
}

const SSL_CONFIG: Names = { cert: 'sslConfig.localCertificate', key: 'sslConfig.privateKey.key', passphrase: '' };
const TLS: Names = { cert: 'tls.cert', key: 'tls.key', passphrase: 'tls.passphrase' };

/**
 * The client certificate of a connection, checked before connecting: Node sends none and raises no error where the key's type
 * is not the certificate's, where one of the two is missing, and for DSA and most EC curves on TLS 1.3.
 *
 * @param sslConfig the option `sslConfig`, from outside: see {@link SslConfig}. `undefined` and an empty mapping mean none.
 * @param tls the options of the same purpose under Node's names.
 * @returns what to pass to `tls.connect`, or null where there is no client certificate.
 * @throws TlsError `WS_TLS_OPTION` that names the option, what is wrong with it, and what is allowed: a name that does not
 * exist, one of the two missing, text that is no PEM, a key of another algorithm, a key of another certificate, a
 * passphrase that is missing or wrong, a key without a signature in TLS 1.3 where minVersion is TLSv1.3, or both options given.
 *
 * Source: webSocketOpen of WinCC OA for `sslConfig`; the checks are a decision of this project.
 *
 * @example
 * parseClientCertificate({ localCertificate: pem, privateKey: { key: keyPem, algorithm: 'EC' } }, {})
 */
export function parseClientCertificate(sslConfig: unknown, tls: KeyOptions): ClientCertificate | null {
  const config = parseSslConfig(sslConfig);
  if (config === null) return tls.cert === undefined && tls.key === undefined ? withoutPassphrase(tls) : fromTls(tls);
  for (const name of ['cert', 'key', 'passphrase'] as const) {
    if (tls[name] !== undefined)
      throw refused(`tls.${name}`, `is given beside sslConfig: one client certificate, one option`);
  }
  const key = readKey(config.privateKey.key, undefined, SSL_CONFIG);
  checkAlgorithm(key, config.privateKey.algorithm);
  return checkPair(config.localCertificate, config.privateKey.key, key, tls, SSL_CONFIG);
}

function withoutPassphrase(tls: KeyOptions): null {
  if (tls.passphrase !== undefined) throw refused('tls.passphrase', 'is given without tls.cert and tls.key');
  return null;
}

function fromTls(tls: KeyOptions): ClientCertificate {
  if (tls.cert === undefined) throw refused('tls.cert', 'is missing: tls.key is of no use without it');
  if (tls.key === undefined) throw refused('tls.key', 'is missing: tls.cert is of no use without it');
  const key = readKey(tls.key, tls.passphrase, TLS);
  return checkPair(tls.cert, tls.key, key, tls, TLS);
}

const ALLOWED_CONFIG =
  "allowed is { localCertificate: PEM text, privateKey: { key: PEM text, algorithm: 'RSA', 'DSA' or 'EC' } }";
const ALGORITHMS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['rsa', 'rsa-pss']],
  ['DSA', ['dsa']],
  ['EC', ['ec']],
]);

function parseSslConfig(value: unknown): SslConfig | null {
  if (value === undefined) return null;
  const { localCertificate, privateKey } = mapping('sslConfig', value, ['localCertificate', 'privateKey']);
  if (localCertificate === undefined && privateKey === undefined) return null;
  if (localCertificate === undefined) throw refused('sslConfig.localCertificate', `is missing: ${ALLOWED_CONFIG}`);
  if (privateKey === undefined) throw refused('sslConfig.privateKey', `is missing: ${ALLOWED_CONFIG}`);
  const { key, algorithm } = mapping('sslConfig.privateKey', privateKey, ['key', 'algorithm']);
  if (typeof localCertificate !== 'string') throw refused(SSL_CONFIG.cert, `must be PEM text: ${ALLOWED_CONFIG}`);
  if (typeof key !== 'string') throw refused(SSL_CONFIG.key, `must be PEM text: ${ALLOWED_CONFIG}`);
  if (!ALGORITHMS.has(algorithm)) {
    const shown =
      typeof algorithm === 'string' ? JSON.stringify(algorithm.slice(0, 40)) : `of type ${typeof algorithm}`;
    const text = `is ${shown}; allowed are 'RSA', 'DSA' and 'EC'; for other keys use tls.cert and tls.key`;
    throw refused('sslConfig.privateKey.algorithm', text);
  }
  return { localCertificate, privateKey: { key, algorithm: algorithm as SslConfig['privateKey']['algorithm'] } };
}

/** The own properties of an object from outside; a name that is not allowed is an error. */
function mapping<Name extends string>(
  option: string,
  value: unknown,
  allowed: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused(option, `must be an object: ${ALLOWED_CONFIG}`);
  }
  const found = new Map<string, unknown>(Object.entries(value));
  for (const name of found.keys()) {
    if (!allowed.some((each) => each === name)) {
      throw refused(`${option}.${name.slice(0, 40)}`, `does not exist: ${ALLOWED_CONFIG}`);
    }
  }
  const entries = allowed.map((name) => [name, found.get(name)] as const);
  return Object.fromEntries(entries) as Partial<Record<Name, unknown>>;
}

const KEY_LABEL = /^(?:RSA |DSA |EC |ENCRYPTED )?PRIVATE KEY$/;

function readKey(pem: string, passphrase: string | undefined, names: Names): KeyObject {
  const blocks = pemBlocks(pem);
  const block = blocks.find(({ label }) => KEY_LABEL.test(label));
  if (block === undefined) throw refused(names.key, `holds no private key as PEM text: ${found(blocks)}`);
  const encrypted = block.label.startsWith('ENCRYPTED') || block.text.includes('Proc-Type: 4,ENCRYPTED');
  if (encrypted && passphrase === undefined) {
    const where =
      names.passphrase === '' ? 'use tls.cert, tls.key and tls.passphrase for it' : `give ${names.passphrase}`;
    throw refused(names.key, `is behind a passphrase: ${where}`);
  }
  try {
    return crypto().createPrivateKey(passphrase === undefined ? { key: pem } : { key: pem, passphrase });
  } catch (cause) {
    if (encrypted)
      throw refused(names.passphrase, `does not open ${names.key}: it is wrong, or the key is damaged`, cause);
    throw refused(names.key, 'cannot be read: the key is damaged, or of a kind that Node does not know', cause);
  }
}

function checkAlgorithm(key: KeyObject, algorithm: SslConfig['privateKey']['algorithm']): void {
  const type = key.asymmetricKeyType ?? 'unknown';
  if (ALGORITHMS.get(algorithm)?.includes(type)) return;
  const fits = [...ALGORITHMS].find(([, types]) => types.includes(type))?.[0];
  const instead = fits === undefined ? 'use tls.cert and tls.key for it' : `write '${fits}'`;
  throw refused('sslConfig.privateKey.algorithm', `is '${algorithm}', but the key is of type ${type}: ${instead}`);
}

function checkPair(cert: string, keyText: string, key: KeyObject, tls: KeyOptions, names: Names): ClientCertificate {
  const type = key.asymmetricKeyType ?? 'unknown';
  if (!KEY_TYPES.has(type)) {
    throw refused(
      names.key,
      `is of type ${type}, which makes no signatures in TLS; allowed are ${[...KEY_TYPES].join(', ')}`,
    );
  }
  checkCertificates(cert, key, names);
  const result = { cert, key: keyText, ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }) };
  const obsolete = withoutTls13(key);
  if (obsolete === null) return result;
  if (tls.minVersion === 'TLSv1.3') {
    throw refused(
      'tls.minVersion',
      `is 'TLSv1.3', which has no signature for ${obsolete} in ${names.key}: use 'TLSv1.2'`,
    );
  }
  // A maximum that is lower already stays in force.
  const lower = tls.maxVersion !== undefined && tls.maxVersion !== 'TLSv1.3';
  return lower ? result : { ...result, maxVersion: 'TLSv1.2' };
}

const KEY_TYPES: ReadonlySet<string> = new Set(['rsa', 'rsa-pss', 'ec', 'ed25519', 'ed448', 'dsa']);
const CURVES_OF_TLS13: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/**
 * Names a key that TLS 1.3 has no signature for (RFC 8446 section 4.2.3), else null. OpenSSL 3.5 has some for brainpool
 * curves, 3.0 has none; on TLS 1.2 such a key works, or the server says that it does not.
 */
function withoutTls13(key: KeyObject): string | null {
  if (key.asymmetricKeyType === 'dsa') return 'a DSA key';
  if (key.asymmetricKeyType !== 'ec') return null;
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return CURVES_OF_TLS13.has(curve) ? null : `a key on the curve ${curve ?? 'without a name'}`;
}

function checkCertificates(cert: string, key: KeyObject, names: Names): void {
  const all = pemBlocks(cert);
  const blocks = all.filter(({ label }) => CERTIFICATE_LABEL.test(label));
  if (blocks.length === 0) throw refused(names.cert, `holds no certificate as PEM text: ${found(all)}`);
  const fitting = blocks.findIndex(({ text }, index) => parseCertificate(text, index, names).checkPrivateKey(key));
  if (fitting === 0) return;
  if (fitting > 0) {
    throw refused(
      names.cert,
      `must begin with the certificate of the key, which is number ${fitting + 1} of ${blocks.length}`,
    );
  }
  throw refused(names.key, `is not the key of ${names.cert}: the public key in the certificate is another one`);
}

function parseCertificate(text: string, index: number, names: Names): X509Certificate {
  try {
    return new (crypto().X509Certificate)(text);
  } catch (cause) {
    throw refused(names.cert, `cannot be read: certificate number ${index + 1} in it is damaged`, cause);
  }
}

const CERTIFICATE_LABEL = /^(?:X509 |TRUSTED )?CERTIFICATE$/;

/** A block of PEM text (RFC 7468), from its first to its last line. */
interface PemBlock {
  readonly label: string;
  readonly text: string;
}

/** The blocks of a PEM text in order; what is between them, or has no end, is left out. Linear: no search starts twice. */
function pemBlocks(pem: string): PemBlock[] {
  const [, ...parts] = pem.split('-----BEGIN ');
  const blocks: PemBlock[] = [];
  for (const part of parts) {
    const label = part.slice(0, Math.max(0, part.indexOf('-----')));
    const last = `-----END ${label}-----`;
    const end = part.indexOf(last);
    if (label !== '' && end !== -1) blocks.push({ label, text: `-----BEGIN ${part.slice(0, end)}${last}\n` });
  }
  return blocks;
}

const found = (blocks: readonly PemBlock[]): string =>
  blocks.length === 0
    ? "there is no '-----BEGIN ...-----' block in it"
    : `there is ${blocks
        .map(({ label }) => JSON.stringify(label.slice(0, 40)))
        .slice(0, 8)
        .join(', ')} in it`;

const refused = (option: string, text: string, cause?: unknown): TlsError =>
  new TlsError('WS_TLS_OPTION', `${option} ${text}`, { option, cause });
