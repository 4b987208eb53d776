import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { certificate, pem } from './certs.js';

const VALID = ['2020-01-01', '2050-01-01'];
const EXPIRED = ['2020-01-01', '2021-01-01'];
const FUTURE = ['2049-01-01', '2050-01-01'];
const LOCALHOST = 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1';
const ELSEWHERE = 'DNS:elsewhere.example';
const SERVER = ['1.3.6.1.5.5.7.3.1'];
const CLIENT = ['1.3.6.1.5.5.7.3.2'];

type Claim = readonly [
  name: string,
  issuer: string,
  subject: string,
  serial: string,
  dates: readonly string[],
  san: string | undefined,
  purposes: readonly string[] | undefined,
  key: string,
];

const claims: readonly Claim[] = [
  ['ca', 'ca', 'Test CA', '1000', VALID, undefined, undefined, 'ec'],
  ['unknown-ca', 'unknown-ca', 'Unknown CA', '1001', VALID, undefined, undefined, 'ec'],
  ['expired-ca', 'expired-ca', 'Expired CA', '1002', EXPIRED, undefined, undefined, 'ec'],
  ['intermediate', 'ca', 'Intermediate', '1003', VALID, undefined, undefined, 'ec'],
  ['expired-intermediate', 'ca', 'Expired Intermediate', '1004', EXPIRED, undefined, undefined, 'ec'],
  ['pathlen-intermediate', 'ca', 'Path Length 0', '1005', VALID, undefined, undefined, 'ec'],
  ['below-pathlen', 'pathlen-intermediate', 'Below Path Length 0', '1006', VALID, undefined, undefined, 'ec'],
  ['not-a-ca', 'ca', 'Not a CA', '1007', VALID, undefined, SERVER, 'ec'],
  ['server', 'ca', 'localhost', '2000', VALID, LOCALHOST, SERVER, 'ec'],
  ['expired', 'ca', 'localhost', '2001', EXPIRED, LOCALHOST, SERVER, 'ec'],
  ['not-yet-valid', 'ca', 'localhost', '2002', FUTURE, LOCALHOST, SERVER, 'ec'],
  ['wrong-host', 'ca', 'elsewhere.example', '2003', VALID, ELSEWHERE, SERVER, 'ec'],
  ['expired-wrong-host', 'ca', 'elsewhere.example', '2004', EXPIRED, ELSEWHERE, SERVER, 'ec'],
  ['client-auth-only', 'ca', 'localhost', '2005', VALID, LOCALHOST, CLIENT, 'ec'],
  ['rsa-1024', 'ca', 'localhost', '2006', VALID, LOCALHOST, SERVER, 'rsa'],
  ['self-signed', 'self-signed', 'localhost', '3000', VALID, LOCALHOST, SERVER, 'ec'],
  ['self-signed-expired', 'self-signed-expired', 'localhost', '3001', EXPIRED, LOCALHOST, SERVER, 'ec'],
  [
    'self-signed-expired-wrong-host',
    'self-signed-expired-wrong-host',
    'elsewhere.example',
    '3002',
    EXPIRED,
    ELSEWHERE,
    SERVER,
    'ec',
  ],
  ['under-unknown-ca', 'unknown-ca', 'localhost', '4000', VALID, LOCALHOST, SERVER, 'ec'],
  ['under-intermediate', 'intermediate', 'localhost', '4001', VALID, LOCALHOST, SERVER, 'ec'],
  ['under-expired-intermediate', 'expired-intermediate', 'localhost', '4002', VALID, LOCALHOST, SERVER, 'ec'],
  ['under-pathlen', 'below-pathlen', 'localhost', '4003', VALID, LOCALHOST, SERVER, 'ec'],
  ['under-not-a-ca', 'not-a-ca', 'localhost', '4004', VALID, LOCALHOST, SERVER, 'ec'],
  ['under-expired-ca', 'expired-ca', 'localhost', '4005', VALID, LOCALHOST, SERVER, 'ec'],
  ['client-rsa', 'ca', 'Client RSA', '5000', VALID, undefined, CLIENT, 'rsa'],
  ['client-rsa-pss', 'ca', 'Client RSA-PSS', '5001', VALID, undefined, CLIENT, 'rsa-pss'],
  ['client-ec', 'ca', 'Client EC', '5002', VALID, undefined, CLIENT, 'ec'],
  ['client-ed25519', 'ca', 'Client Ed25519', '5003', VALID, undefined, CLIENT, 'ed25519'],
  ['client-dsa', 'ca', 'Client DSA', '5004', VALID, undefined, CLIENT, 'dsa'],
  ['client-secp256k1', 'ca', 'Client secp256k1', '5005', VALID, undefined, CLIENT, 'ec'],
];

const day = (text: string): string => new Date(text).toISOString().replace('T00:00:00.000Z', '');

for (const [name, issuer, subject, serial, [from, to], san, purposes, key] of claims) {
  t.test(name, async (t) => {
    const made = certificate(name);
    const by = certificate(issuer);
    t.equal(made.subject, `CN=${subject}\nO=websocket-open test`);
    t.equal(made.issuer, by.subject);
    t.ok(made.verify(by.publicKey), 'signed by its issuer');
    t.equal(made.serialNumber, serial);
    t.equal(day(made.validFrom), from);
    t.equal(day(made.validTo), to);
    t.equal(made.subjectAltName, san);
    t.same(made.keyUsage, purposes, 'extended key usage');
    t.equal(made.ca, /-ca$|^ca$|intermediate$|^below/.test(name) && !/^(under|not)/.test(name));
    const privateKey = createPrivateKey(pem(`${name}.key`));
    t.equal(privateKey.asymmetricKeyType, key);
    t.ok(made.checkPrivateKey(privateKey), 'has its key beside it');
  });
}

t.test('the bad signature differs from the good one in one bit', async (t) => {
  const good = certificate('server').raw;
  const bad = certificate('bad-signature').raw;
  t.equal(bad.length, good.length);
  t.same(bad.subarray(0, -1), good.subarray(0, -1));
  t.equal((bad.at(-1) ?? 0) ^ (good.at(-1) ?? 0), 1);
  t.notOk(certificate('bad-signature').verify(certificate('ca').publicKey));
});

const bundles: Record<string, readonly string[]> = {
  'under-unknown-ca': ['unknown-ca'],
  'under-intermediate': ['intermediate'],
  'under-expired-intermediate': ['expired-intermediate'],
  'under-pathlen': ['below-pathlen', 'pathlen-intermediate'],
  'under-not-a-ca': ['not-a-ca'],
};

t.test('a bundle is the certificate and those above it', async (t) => {
  for (const [name, above] of Object.entries(bundles)) {
    t.equal(pem(`${name}-bundle.pem`), [name, ...above].map((each) => pem(`${each}.pem`)).join(''), name);
  }
});

t.test('other forms of the key of client-ec', async (t) => {
  const key = createPrivateKey(pem('client-ec.key')).export({ type: 'pkcs8', format: 'der' });
  const encrypted = createPrivateKey({ key: pem('client-ec-encrypted.key'), passphrase: 'secret' });
  t.same(encrypted.export({ type: 'pkcs8', format: 'der' }), key);
  t.match(pem('client-ec-encrypted.key'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  t.match(
    pem('client-ec-sec1.key'),
    /^-----BEGIN EC PARAMETERS-----\n[^-]*-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----/,
  );
});

t.test('every file is claimed here and every certificate is in the README', async (t) => {
  const root = fileURLToPath(new URL('../../certs/', import.meta.url));
  const names = [...claims.map(([name]) => name), 'bad-signature'];
  const expected = names.flatMap((name) => [`${name}.key`, `${name}.pem`]);
  expected.push(...Object.keys(bundles).map((name) => `${name}-bundle.pem`));
  expected.push('client-ec-encrypted.key', 'client-ec-sec1.key');
  t.same(readdirSync(`${root}made`).sort(), expected.sort());
  const readme = readFileSync(`${root}README.md`, 'utf8');
  for (const name of names) t.ok(readme.includes(`\`${name}\``), name);
});

t.test('the script, in an empty folder, makes the same facts; a second run changes nothing', async (t) => {
  const folder = t.testdir();
  const script = fileURLToPath(new URL('../../certs/make.sh', import.meta.url));
  execFileSync(script, [folder]);
  const files = readdirSync(folder).sort();
  t.same(files, readdirSync(new URL('../../certs/made/', import.meta.url)).sort());
  const read = (): string[] => files.map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  const facts = (text: string): string => {
    const { subject, issuer, serialNumber, validFrom, validTo, subjectAltName, keyUsage, ca } = new X509Certificate(
      text,
    );
    return JSON.stringify({ subject, issuer, serialNumber, validFrom, validTo, subjectAltName, keyUsage, ca });
  };
  for (const file of files.filter((file) => file.endsWith('.pem'))) {
    t.equal(facts(readFileSync(`${folder}/${file}`, 'utf8')), facts(pem(file)), file);
  }
  const before = read();
  execFileSync(script, [folder]);
  t.same(read(), before);
});
