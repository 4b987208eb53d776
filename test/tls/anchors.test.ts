import { rootCertificates } from 'node:tls';
import t from 'tap';
import { createAnchors, type PemSource, splitPem } from '../../src/tls/anchors.js';
import { readSubject } from '../../src/tls/certificate.js';
import { nothing } from './pki/der-writer.js';
import { extension, makeCertificate, type Plan, toPem } from './pki/make-certificate.js';

const plan: Plan = { subject: 'Root', key: 'ec-1', basicConstraints: { ca: true } };
const der = makeCertificate(plan);
const twin = makeCertificate({ ...plan, subject: 'ROOT', key: 'ec-2' });
const other = makeCertificate({ ...plan, subject: 'Other', key: 'ec-2' });
const subject = readSubject(der);
const found = (...sources: PemSource[]): Buffer[] =>
  createAnchors(...sources)
    .bySubject(subject)
    .map((certificate) => certificate.der);

t.test('anchors by their subject', async (t) => {
  t.same(found(), []);
  t.same(found(toPem(other)), []);
  t.same(found(toPem(der)), [der]);
  t.same(found(Buffer.from(toPem(der))), [der]);
  t.same(found([toPem(other), Buffer.from(toPem(der))], toPem(twin)), [der, twin], 'equal names, in the order given');
  t.same(found(toPem(der), [toPem(der)]), [der], 'the same one once');
  t.same(found(`Root CA\n=======\n${toPem(other)}\r\n${toPem(der).replaceAll('\n', '\r\n')}trailing`), [der]);
  t.same(found(toPem(der).replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')), [der]);
  t.same(found(rootCertificates, toPem(der)), [der]);
});

t.test('an index serves many connections', async (t) => {
  const anchors = createAnchors(toPem(der));
  t.equal(anchors.bySubject(subject), anchors.bySubject(subject), 'read once');
  t.same(anchors.bySubject('nobody'), []);
});

t.test('what cannot be seen counts as untrusted', async (t) => {
  const pem = toPem(der);
  const good = toPem(other);
  t.same(found(der), [], 'DER');
  t.same(found(pem.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')), []);
  t.same(found('no PEM'), []);
  t.same(found(`${good.replace('MII', 'M*I')}${pem}`), [], 'behind a block that is no base64');
  t.same(found(`-----BEGIN CERTIFICATE-----\n${pem}`), [], 'behind a block without end');
  t.same(found(pem.replace(/-----END.*/, '')), [], 'without end');
  const garbage = '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n';
  t.same(found(`${garbage}${pem}`), [], 'behind a block that OpenSSL does not read');
  t.same(found(`${pem}${garbage}`), [der], 'in front of it');
  const key = '-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n';
  t.same(found(`${key}${pem}`), [der], 'behind another thing');
});

t.test('an anchor that OpenSSL reads and a strict reader does not', async (t) => {
  const loose = makeCertificate({ ...plan, extra: [extension('1.2.3', nothing), extension('1.2.3', nothing)] });
  const anchors = createAnchors(toPem(loose));
  t.throws(() => anchors.bySubject(subject), /second time/);
  t.same(anchors.bySubject('another'), []);
});

t.test('splitPem', async (t) => {
  t.same(splitPem(`${toPem(der)}${toPem(other)}`), [der, other]);
  t.same(splitPem(''), []);
  t.same(
    splitPem(`-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`),
    [],
    'one long line',
  );
});
