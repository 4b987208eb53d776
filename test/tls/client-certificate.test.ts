import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion } from 'node:tls';
import t from 'tap';
import { type KeyOptions, parseClientCertificate } from '../../src/tls/client-certificate.js';
import { TlsError } from '../../src/tls/error.js';
import { pem } from '../certs.js';

const pair = (name: string) => ({ cert: pem(`${name}.pem`), key: pem(`${name}.key`) });
const sslConfig = (name: string, algorithm: string) => ({
  localCertificate: pem(`${name}.pem`),
  privateKey: { key: pem(`${name}.key`), algorithm },
});

t.test('what is right', async (t) => {
  t.equal(parseClientCertificate(undefined, {}), null);
  t.equal(parseClientCertificate({}, {}), null, 'an empty mapping');
  t.equal(parseClientCertificate({ localCertificate: undefined, privateKey: undefined }, {}), null);
  t.same(parseClientCertificate(sslConfig('client-rsa', 'RSA'), {}), pair('client-rsa'));
  t.same(parseClientCertificate(sslConfig('client-rsa-pss', 'RSA'), {}), pair('client-rsa-pss'));
  t.same(parseClientCertificate(sslConfig('client-ec', 'EC'), {}), pair('client-ec'));
  t.same(parseClientCertificate(sslConfig('client-dsa', 'DSA'), {}), { ...pair('client-dsa'), maxVersion: 'TLSv1.2' });
  t.same(parseClientCertificate(undefined, pair('client-ed25519')), pair('client-ed25519'));
  t.same(parseClientCertificate(undefined, pair('client-dsa')), { ...pair('client-dsa'), maxVersion: 'TLSv1.2' });
  t.same(parseClientCertificate({}, pair('client-ec')), pair('client-ec'));

  t.same(parseClientCertificate(undefined, { ...pair('client-dsa'), maxVersion: 'TLSv1.3' }), {
    ...pair('client-dsa'),
    maxVersion: 'TLSv1.2',
  });
  t.same(parseClientCertificate(undefined, { ...pair('client-dsa'), maxVersion: 'TLSv1.1' }), pair('client-dsa'));

  const encrypted = { cert: pem('client-ec.pem'), key: pem('client-ec-encrypted.key'), passphrase: 'secret' };
  t.same(parseClientCertificate(undefined, encrypted), encrypted);
  const sec1 = { cert: pem('client-ec.pem'), key: pem('client-ec-sec1.key') };
  t.same(parseClientCertificate(undefined, sec1), sec1, 'parameters in front of the key');
  const chain = { cert: pem('client-ec.pem') + pem('ca.pem'), key: pem('client-ec.key') };
  t.same(parseClientCertificate(undefined, chain), chain);
  const one = `a line of text\n${chain.cert}${chain.key}`.replaceAll('\n', '\r\n');
  t.same(
    parseClientCertificate(undefined, { cert: one, key: one }),
    { cert: one, key: one },
    'one file for both, with CR LF',
  );
});

t.test('a curve that TLS 1.3 has no signature for', async (t) => {
  const { cert, key } = pair('client-secp256k1');
  t.same(parseClientCertificate(undefined, { cert, key }), { cert, key, maxVersion: 'TLSv1.2' });
  t.match(refusal(undefined, { cert, key, minVersion: 'TLSv1.3' }), [
    'tls.minVersion',
    /on the curve secp256k1 in tls\.key/,
  ]);
});

/** The option and the text of the error. */
function refusal(config: unknown, tls: KeyOptions = {}): [option: string | undefined, text: string] {
  try {
    parseClientCertificate(config, tls);
  } catch (error) {
    if (error instanceof TlsError && error.code === 'WS_TLS_OPTION') return [error.option, error.message];
    throw error;
  }
  return [undefined, 'taken'];
}

t.test('sslConfig that makes no sense', async (t) => {
  const good = sslConfig('client-ec', 'EC');
  const { localCertificate, privateKey } = good;
  const allowed =
    /allowed is \{ localCertificate: PEM text, privateKey: \{ key: PEM text, algorithm: 'RSA', 'DSA' or 'EC' \} \}$/;
  for (const value of [null, true, 'x', 1, [good]]) t.match(refusal(value), ['sslConfig', allowed], String(value));
  t.match(refusal({ privateKey }), ['sslConfig.localCertificate', /is missing/]);
  t.match(refusal({ localCertificate }), ['sslConfig.privateKey', /is missing/]);
  t.match(refusal({ ...good, certificate: '' }), ['sslConfig.certificate', /does not exist: allowed is/]);
  t.match(refusal(JSON.parse('{"__proto__":{}}')), ['sslConfig.__proto__', /does not exist/]);
  t.match(refusal({ ...good, privateKey: { ...privateKey, passphrase: 'x' } }), [
    'sslConfig.privateKey.passphrase',
    allowed,
  ]);
  t.match(refusal({ ...good, privateKey: privateKey.key }), ['sslConfig.privateKey', /must be an object/]);
  t.match(refusal({ ...good, privateKey: { algorithm: 'EC' } }), ['sslConfig.privateKey.key', /must be PEM text/]);
  t.match(refusal({ ...good, localCertificate: Buffer.from(localCertificate) }), [
    'sslConfig.localCertificate',
    /must be PEM text/,
  ]);
  const algorithm = 'sslConfig.privateKey.algorithm';
  t.match(refusal(sslConfig('client-ec', 'ec')), [algorithm, /is "ec"; allowed are 'RSA', 'DSA' and 'EC'/]);
  t.match(refusal({ ...good, privateKey: { key: privateKey.key } }), [algorithm, /is of type undefined; allowed/]);
  t.match(refusal(sslConfig('client-ec', 'RSA')), [algorithm, /is 'RSA', but the key is of type ec: write 'EC'$/]);
  t.match(refusal(sslConfig('client-rsa-pss', 'EC')), [algorithm, /but the key is of type rsa-pss: write 'RSA'$/]);
  t.match(refusal(sslConfig('client-ed25519', 'EC')), [
    algorithm,
    /of type ed25519: use tls\.cert and tls\.key for it$/,
  ]);
  const encrypted = { localCertificate, privateKey: { key: pem('client-ec-encrypted.key'), algorithm: 'EC' } };
  t.match(refusal(encrypted), [
    'sslConfig.privateKey.key',
    /is behind a passphrase: use tls\.cert, tls\.key and tls\.passphrase/,
  ]);
  t.match(refusal(good, { cert: localCertificate }), ['tls.cert', /beside sslConfig/]);
  t.match(refusal(good, { key: privateKey.key }), ['tls.key', /beside sslConfig/]);
  t.match(refusal(good, { passphrase: 'x' }), ['tls.passphrase', /beside sslConfig/]);
  t.match(refusal(sslConfig('client-dsa', 'DSA'), { minVersion: 'TLSv1.3' }), [
    'tls.minVersion',
    /has no signature for a DSA key in sslConfig\.privateKey\.key: use 'TLSv1\.2'$/,
  ]);
});

t.test('cert, key and passphrase that make no sense', async (t) => {
  const { cert, key } = pair('client-ec');
  t.match(refusal(undefined, { key }), ['tls.cert', /is missing/]);
  t.match(refusal(undefined, { cert }), ['tls.key', /is missing/]);
  t.match(refusal(undefined, { passphrase: 'x' }), ['tls.passphrase', /without tls\.cert and tls\.key/]);
  const encrypted = pem('client-ec-encrypted.key');
  t.match(refusal(undefined, { cert, key: encrypted }), ['tls.key', /behind a passphrase: give tls\.passphrase$/]);
  for (const passphrase of ['', 'wrong', 'x'.repeat(5000)]) {
    t.match(refusal(undefined, { cert, key: encrypted, passphrase }), ['tls.passphrase', /does not open tls\.key/]);
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const old = privateKey
    .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' })
    .toString();
  t.match(
    refusal(undefined, { cert, key: old }),
    ['tls.key', /behind a passphrase/],
    'the old form of an encrypted key',
  );

  t.match(refusal(undefined, { cert, key: pem('client-rsa.key') }), ['tls.key', /is not the key of tls\.cert/]);
  t.match(
    refusal(undefined, { cert, key: pem('server.key') }),
    ['tls.key', /is not the key of tls\.cert/],
    'of the same kind',
  );
  t.match(refusal(undefined, { cert: pem('ca.pem') + cert, key }), [
    'tls.cert',
    /must begin with the certificate of the key, which is number 2 of 2$/,
  ]);
  t.match(refusal(undefined, { cert: '', key }), ['tls.cert', /no certificate as PEM text: there is no '-----BEGIN/]);
  t.match(refusal(undefined, { cert: key, key: cert }), [
    'tls.key',
    /no private key as PEM text: there is "CERTIFICATE" in it$/,
  ]);
  t.match(refusal(undefined, { cert: key, key }), [
    'tls.cert',
    /no certificate as PEM text: there is "PRIVATE KEY" in it$/,
  ]);
  const cut = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  t.match(refusal(undefined, { cert: cert.repeat(0) + cut, key }), [
    'tls.cert',
    /certificate number 1 in it is damaged$/,
  ]);
  t.match(refusal(undefined, { cert, key: key.replace(/\n.{20}/, '\n') }), ['tls.key', /cannot be read/]);
  t.match(refusal(undefined, { cert, key: key.replace('-----END', '-----ENDE') }), ['tls.key', /holds no private key/]);
  t.match(refusal(undefined, { cert, key: '-----BEGIN ' }), ['tls.key', /holds no private key/]);
  const exchange = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  t.match(refusal(undefined, { cert, key: exchange }), ['tls.key', /of type x25519, which makes no signatures/]);
});

t.test('the text of an error never holds a part of the key', async (t) => {
  const { cert, key } = pair('client-rsa');
  const secret = key.split('\n')[3] as string;
  for (const text of [key.replace('MII', 'MIA'), key.replace('-----END', ''), key.replaceAll('\n', ' '), secret]) {
    const [, message] = refusal(undefined, { cert, key: text });
    t.notOk(message.includes(secret.slice(0, 12)), message);
  }
});

t.test('a PEM text with a hundred thousand beginnings is read in one pass', async (t) => {
  const { key } = pair('client-ec');
  const cert = '-----BEGIN CERTIFICATE-----\n'.repeat(1e5);
  t.match(refusal(undefined, { cert, key }), ['tls.cert', /no certificate/]);
});

/** Connects to a server that asks for a certificate; gives the CN it was shown, '' for none. */
async function shown(options: object, version: SecureVersion): Promise<string> {
  const server = createServer({
    ...pair('server'),
    ca: pem('ca.pem'),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'secureConnection');
  const socket = connect({ host: '127.0.0.1', port, ca: pem('ca.pem'), servername: 'localhost', ...options });
  try {
    await once(socket, 'secureConnect');
    const [peer] = await accepted;
    const subject: unknown = peer.getPeerX509Certificate()?.subject ?? '';
    peer.on('error', () => {});
    peer.destroy();
    return peer.authorized ? String(subject).replace(/^CN=|\n.*$/g, '') : `refused: ${String(subject)}`;
  } finally {
    socket.destroy();
    server.close();
  }
}

const live: readonly [name: string, config: unknown, versions: readonly SecureVersion[], cn: string][] = [
  ['client-rsa', sslConfig('client-rsa', 'RSA'), ['TLSv1.2', 'TLSv1.3'], 'Client RSA'],
  ['client-rsa-pss', sslConfig('client-rsa-pss', 'RSA'), ['TLSv1.2', 'TLSv1.3'], 'Client RSA-PSS'],
  ['client-ec', sslConfig('client-ec', 'EC'), ['TLSv1.2', 'TLSv1.3'], 'Client EC'],
  ['client-ed25519', undefined, ['TLSv1.2', 'TLSv1.3'], 'Client Ed25519'],
  ['client-dsa', sslConfig('client-dsa', 'DSA'), ['TLSv1.2'], 'Client DSA'],
];

t.test('live: every kind of key is shown to the server', async (t) => {
  for (const [name, config, versions, cn] of live) {
    const options = parseClientCertificate(config, config === undefined ? pair(name) : {});
    for (const version of versions) t.equal(await shown({ ...options }, version), cn, `${name} on ${version}`);
  }
  const encrypted = { cert: pem('client-ec.pem'), key: pem('client-ec-encrypted.key'), passphrase: 'secret' };
  t.equal(
    await shown({ ...parseClientCertificate(undefined, encrypted) }, 'TLSv1.3'),
    'Client EC',
    'with a passphrase',
  );
});

t.test('live: what the checks are for, Node connects without the certificate and without an error', async (t) => {
  t.match(await shown(pair('client-dsa'), 'TLSv1.3'), /^refused: $/, 'DSA on TLS 1.3');
  t.match(await shown({ cert: pem('client-ec.pem') }, 'TLSv1.3'), /^refused: $/, 'without a key');
  const server = shown({ ...parseClientCertificate(sslConfig('client-dsa', 'DSA'), {}) }, 'TLSv1.3');
  await t.rejects(server, { code: /PROTOCOL_VERSION$/ }, 'DSA with what we return fails loudly on TLS 1.3');
});
