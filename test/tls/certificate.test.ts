import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import t from 'tap';
import { splitPem } from '../../src/tls/anchors.js';
import { type Certificate, parseCertificate, readSubject } from '../../src/tls/certificate.js';
import { bits, integer, nothing, oid, sequence, time, tlv } from './pki/der-writer.js';
import { testKey } from './pki/keys.js';
import { dns, makeCertificate, name, type Plan } from './pki/make-certificate.js';

const root: Plan = { subject: 'Root', key: 'ec-1', basicConstraints: { ca: true }, keyUsage: 0x06 };
const leaf: Plan = { subject: 'leaf', key: 'ec-3', serial: 200, names: [dns('a.example')], innerDigest: 'sha384' };

t.test('the fields of a certificate', async (t) => {
  const certificate = parseCertificate(makeCertificate(leaf, root));
  t.match(certificate, {
    version: 3,
    serialNumber: '00c8',
    notBefore: { text: '200101000000Z' },
    notAfter: { text: '490101000000Z' },
    key: { type: 'EC', curve: 'prime256v1' },
    innerAlgorithm: { signature: { name: 'ECDSA-SHA384' } },
    outerAlgorithm: { signature: { name: 'ECDSA-SHA256' } },
    extensions: { basicConstraints: null, authorityKeyIdentifier: { issuer: null } },
  });
  const issuer = parseCertificate(makeCertificate(root));
  t.equal(certificate.issuer, issuer.subject);
  t.not(certificate.subject, issuer.subject);
  t.equal(issuer.extensions.keyUsage, 6);
  t.equal(readSubject(certificate.der), certificate.subject);
  for (const version of [1, 2] as const)
    t.equal(parseCertificate(makeCertificate({ ...root, version })).version, version);
  const der = makeCertificate(leaf, root);
  const x509 = new X509Certificate(der);
  t.equal(parseCertificate(der, x509).x509, x509, "OpenSSL's reading is not done twice");
});

t.test("Node's own roots can all be read, and as OpenSSL reads them", async (t) => {
  const wrong: string[] = [];
  const serial = (hex: string): string => hex.replace(/^0+/, '').toUpperCase();
  for (const pem of rootCertificates) {
    const [der] = splitPem(pem) as [Buffer];
    try {
      const read: Certificate = parseCertificate(der);
      const same =
        serial(read.serialNumber) === serial(read.x509.serialNumber) &&
        new Date(read.x509.validTo).getTime() === (read.notAfter.seconds ?? 0) * 1000 &&
        read.extensions.basicConstraints?.ca !== false;
      if (!same) wrong.push(read.x509.subject);
    } catch (error) {
      wrong.push(String(error));
    }
  }
  t.same(wrong, []);
  t.ok(rootCertificates.length > 100);
});

t.test('what is no certificate', async (t) => {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const parts = {
    version: tlv(0xa0, integer(2)),
    serial: integer(1),
    algorithm,
    issuer: name('a'),
    validity: sequence(time('200101000000Z'), time('490101000000Z')),
    subject: name('b'),
    key: testKey('ec-1').spki,
  };
  const build = (
    change: Partial<Record<keyof typeof parts, Buffer>>,
    behind: Buffer[] = [],
    outside: Buffer[] = [],
  ): Buffer =>
    sequence(
      sequence(...Object.values({ ...parts, ...change }), ...behind),
      algorithm,
      bits(Buffer.from('3006', 'hex')),
      ...outside,
    );
  t.equal(parseCertificate(build({})).version, 3);
  t.equal(
    parseCertificate(build({}, [tlv(0x81, Buffer.from('0001', 'hex')), tlv(0x82, Buffer.from('0001', 'hex'))])).version,
    3,
    'unique ids',
  );
  const cases: [string, Buffer, RegExp][] = [
    ['version 4', build({ version: tlv(0xa0, integer(3)) }), /unknown version/],
    ['two versions', build({ version: tlv(0xa0, integer(2), integer(2)) }), /something follows/],
    ['no serial number', build({ serial: nothing }), /was expected/],
    [
      'three dates',
      build({ validity: sequence(time('200101000000Z'), time('490101000000Z'), nothing) }),
      /something follows/,
    ],
    ['extensions twice', build({}, [tlv(0xa3, sequence(), sequence())]), /something follows/],
    ['a fourth field', build({}, [], [nothing]), /something follows/],
    ['something behind', Buffer.concat([build({}), Buffer.from([0])]), /something follows/],
    ['something behind the extensions', build({}, [tlv(0xa3, sequence()), nothing]), /something follows/],
    ['nothing', Buffer.alloc(0), /was expected/],
  ];
  for (const [name, der, message] of cases) t.throws(() => parseCertificate(der), message, name);
  t.throws(() => readSubject(Buffer.from('3000', 'hex')));
});
