import t from 'tap';
import { type Anchors, createAnchors } from '../../src/tls/anchors.js';
import { type Certificate, parseCertificate } from '../../src/tls/certificate.js';
import { buildPaths, isSelfSigned, MAX_PATH_DEPTH, type Path } from '../../src/tls/path.js';
import { FIXTURE_TIME } from './pki/fixture.js';
import { makeCertificate, type Plan, toPem } from './pki/make-certificate.js';

const NOW = FIXTURE_TIME / 1000;
const CA = { basicConstraints: { ca: true }, keyUsage: 0x06 } as const;
const PAST = { notAfter: '210101000000Z' } as const;
const root: Plan = { subject: 'root', key: 'ec-1', ...CA };
const middle: Plan = { subject: 'middle', key: 'ec-2', serial: 2, ...CA };
const leaf: Plan = { subject: 'leaf', key: 'ec-3', serial: 3 };

const read = (plan: Plan, signer?: Plan): Certificate => parseCertificate(makeCertificate(plan, signer));
const trusted = (...certificates: Certificate[]): Anchors => createAnchors(certificates.map(({ der }) => toPem(der)));
const names = (path: Path | undefined): string =>
  (path?.certificates ?? []).map(({ x509 }) => `${x509.subject.slice(3)}${x509.serialNumber}`).join(' ');

const rootRead = read(root);
const middleRead = read(middle, root);
const leafRead = read(leaf, middle);

t.test('over what was sent to an anchor', async (t) => {
  const paths = buildPaths([leafRead, middleRead], trusted(rootRead), NOW);
  t.equal(paths.length, 1);
  t.equal(names(paths[0]), 'leaf03 middle02 root01');
  t.match(paths[0], { untrusted: 2, end: 'anchor' });
  const noise = read({ ...root, subject: 'noise' });
  const [shuffled] = buildPaths([leafRead, noise, rootRead, leafRead, middleRead, middleRead], trusted(rootRead), NOW);
  t.equal(names(shuffled), 'leaf03 middle02 root01', 'the order does not matter, nor what has nothing to do with it');
});

t.test('no anchor', async (t) => {
  t.match(buildPaths([leafRead, middleRead], trusted(), NOW), [{ untrusted: 2, end: 'issuer-unknown' }]);
  t.match(buildPaths([leafRead, middleRead, rootRead], trusted(), NOW), [{ untrusted: 3, end: 'self-signed' }]);
  t.match(buildPaths([rootRead], trusted(), NOW), [{ untrusted: 1, end: 'self-signed' }]);
  t.match(buildPaths([leafRead], trusted(rootRead), NOW), [{ untrusted: 1, end: 'issuer-unknown' }]);
});

t.test('a self-signed certificate is an anchor bit for bit', async (t) => {
  t.match(buildPaths([rootRead], trusted(rootRead), NOW), [{ untrusted: 0, end: 'anchor' }]);
  const renewed = read({ ...root, serial: 9 });
  t.match(buildPaths([rootRead], trusted(renewed), NOW), [{ untrusted: 1, end: 'self-signed' }]);
});

t.test('an anchor that is not self-signed does not end a path', async (t) => {
  const [path] = buildPaths([leafRead, rootRead], trusted(middleRead), NOW);
  t.equal(names(path), 'leaf03 middle02', 'and what was sent is not looked at any more');
  t.match(path, { untrusted: 1, end: 'issuer-unknown' });
  const [whole] = buildPaths([leafRead], trusted(middleRead, rootRead), NOW);
  t.match(whole, { untrusted: 1, end: 'anchor' });
});

t.test('the anchors come first', async (t) => {
  const sent = read({ ...middle, serial: 8 }, root);
  const [path] = buildPaths([leafRead, sent], trusted(middleRead, rootRead), NOW);
  t.equal(names(path), 'leaf03 middle02 root01');
});

t.test('among several: valid dates, else the latest', async (t) => {
  const old = read({ ...middle, serial: 8, notAfter: '200601000000Z' }, root);
  const older = read({ ...middle, serial: 7, notAfter: '200301000000Z' }, root);
  const future = read({ ...middle, serial: 6, notBefore: '480101000000Z' }, root);
  const first = (...sent: Certificate[]): string => names(buildPaths([leafRead, ...sent], trusted(rootRead), NOW)[0]);
  t.equal(first(old, future, middleRead), 'leaf03 middle02 root01');
  t.equal(first(older, old), 'leaf03 middle08 root01');
  t.equal(first(old, older), 'leaf03 middle08 root01');
  t.equal(first(old, future), 'leaf03 middle06 root01', 'the one that expires last, valid or not');
  const malformed = read({ ...middle, serial: 5, notAfter: '491301000000Z' }, root);
  t.equal(first(malformed), 'leaf03 middle05 root01');
  t.throws(() => first(old, malformed), { code: 'WS_TLS_PATH', message: /readable dates/ });
});

t.test('every anchor that OpenSSL may take is followed', async (t) => {
  const twin = read({ ...root, key: 'ec-5', subjectKeyIdentifier: null, serial: 5 });
  const expired = read({ ...root, ...PAST, serial: 4 });
  const follow = (...anchors: Certificate[]): string[] =>
    buildPaths([middleRead], trusted(...anchors), NOW)
      .map((path) => names(path))
      .sort();
  t.same(follow(rootRead, twin, expired), ['middle02 root01', 'middle02 root05']);
  const stranger = read({ ...root, key: 'ec-5', serial: 6 });
  t.same(follow(rootRead, stranger), ['middle02 root01'], 'its key identifier tells it apart');
});

t.test('the authority key identifier must not contradict', async (t) => {
  const end = (change: Partial<Plan>): string | undefined =>
    buildPaths([read({ ...leaf, ...change }, root)], trusted(rootRead), NOW)[0]?.end;
  const id = (authorityKeyIdentifier: NonNullable<Plan['authorityKeyIdentifier']>): string | undefined =>
    end({ authorityKeyIdentifier });
  t.equal(id({ keyId: '0102' }), 'issuer-unknown');
  t.equal(id({ serial: 1 }), 'anchor');
  t.equal(id({ serial: 2 }), 'issuer-unknown');
  t.equal(id({ issuer: 'ROOT', serial: 1 }), 'anchor', 'the issuer of the issuer');
  t.equal(id({ issuer: 'other', serial: 1 }), 'issuer-unknown');
  t.equal(end({ authorityKeyIdentifier: null }), 'anchor');
  t.equal(end({ issuer: 'Root', issuerType: 0x13 }), 'anchor', 'names are compared in their canonical form');
  t.equal(end({ issuer: 'roots' }), 'issuer-unknown');
  t.equal(end({ innerDigest: 'unknown' }), 'issuer-unknown', 'nobody makes an unknown signature');
});

t.test('self-signed: the form, not the signature', async (t) => {
  t.equal(isSelfSigned(rootRead), true);
  t.equal(isSelfSigned(read({ ...root, corruptSignature: true })), true);
  t.equal(isSelfSigned(middleRead), false);
  t.equal(
    isSelfSigned(read({ ...root, key: 'rsa-1' }, { ...root, key: 'ec-1' })),
    false,
    'another kind of key signed it',
  );
  t.equal(isSelfSigned(read({ ...root, authorityKeyIdentifier: { keyId: '01' } })), false);
});

t.test('loops end', async (t) => {
  const a: Plan = { subject: 'a', key: 'ec-4', ...CA };
  const b: Plan = { subject: 'b', key: 'ec-5', ...CA };
  const loop = [read(a, b), read(b, a)];
  t.match(buildPaths([read(leaf, a), ...loop], trusted(), NOW), [{ end: 'issuer-unknown', untrusted: 3 }]);
  const [endless] = buildPaths([read(leaf, a)], trusted(...loop), NOW);
  t.equal(endless?.end, 'too-long', 'the anchors may be used again, as in OpenSSL');
  t.equal(endless?.certificates.length, MAX_PATH_DEPTH + 2);
});

t.test('a hundred cross-signed certificates of one name cost no more than their pairs', async (t) => {
  const same: Plan = { subject: 'same', key: 'ec-2', ...CA, subjectKeyIdentifier: null, authorityKeyIdentifier: null };
  const signer: Plan = { ...same, key: 'ec-6' };
  // Self-issued, and not self-signed because the identifier says so: each may have issued each.
  const many = Array.from({ length: 100 }, (_, at) =>
    read(
      { ...same, serial: at + 2, authorityKeyIdentifier: { keyId: '01' }, extra: [], subjectKeyIdentifier: null },
      signer,
    ),
  );
  const first = read({ ...leaf, authorityKeyIdentifier: null }, same);
  const began = process.cpuUsage();
  t.equal(buildPaths([first, ...many], trusted(), NOW).length, 1);
  t.ok(process.cpuUsage(began).user < 20_000_000, 'it ends');
  t.throws(() => buildPaths([first], trusted(...many.slice(0, 40)), NOW), /more than 32 ways/);
});

t.test("OpenSSL's other opinion is noticed", async (t) => {
  const lying: Certificate = {
    ...leafRead,
    issuer: rootRead.subject,
    extensions: { ...leafRead.extensions, authorityKeyIdentifier: null },
  };
  t.throws(() => buildPaths([lying], trusted(rootRead), NOW), /another opinion/);
  const denying: Certificate = {
    ...leafRead,
    extensions: {
      ...leafRead.extensions,
      authorityKeyIdentifier: { keyIdentifier: '00', issuer: null, serialNumber: null },
    },
  };
  t.throws(() => buildPaths([denying, middleRead], trusted(), NOW), /another opinion/);
});

t.test('an issuer without keyCertSign is an issuer: the missing bit is an error of its own', async (t) => {
  const poor: Plan = { ...middle, keyUsage: 0x80 };
  t.match(buildPaths([read(leaf, poor), read(poor, root)], trusted(rootRead), NOW), [{ end: 'anchor', untrusted: 2 }]);
});
