import { createHash } from 'node:crypto';
import t from 'tap';
import { parseCertificate } from '../../src/tls/certificate.js';
import { describeBytes, describeCertificate } from '../../src/tls/facts.js';
import { nothing, text, tlv } from './pki/der-writer.js';
import { dns, extension, makeCertificate, type Plan } from './pki/make-certificate.js';

const plan: Plan = {
  subject: 'Plant/Device 1',
  key: 'rsa-1',
  serial: 255,
  names: [dns('a.example'), tlv(0x87, Buffer.from([10, 0, 0, 1]))],
};

t.test('what a report says', async (t) => {
  const der = makeCertificate(plan, { subject: 'Root', key: 'ec-1' });
  const hash = createHash('sha256').update(der).digest('hex').toUpperCase();
  t.same(describeCertificate(parseCertificate(der)), {
    subject: 'CN=Plant, CN=Device 1',
    issuer: 'CN=Root',
    subjectAltName: ['DNS:a.example', 'IP Address:10.0.0.1'],
    notBefore: '2020-01-01T00:00:00Z',
    notAfter: '2049-01-01T00:00:00Z',
    serialNumber: 'FF',
    fingerprint256: hash.match(/../g)?.join(':'),
    key: 'RSA 2048',
    signature: 'ECDSA-SHA256',
  });
  t.same(describeBytes(der), describeCertificate(parseCertificate(der)));
});

t.test('a name with a comma in it stays one name', async (t) => {
  const der = makeCertificate({ ...plan, names: [text(0x86, 'https://a/,b'), dns('c')] });
  const names = describeBytes(der).subjectAltName;
  t.equal(names.length, 2);
  t.match(names[0], /^URI:.*b/);
  t.equal(describeBytes(makeCertificate({ ...plan, names: null, subject: '' })).subject, '');
});

t.test('malformed dates and unknown algorithms keep their text', async (t) => {
  const der = makeCertificate({ ...plan, notAfter: '491301000000Z', digest: 'unknown' });
  t.match(describeBytes(der), { notAfter: '491301000000Z', signature: '1.2.840.113549.1.1.99' });
});

t.test('what only OpenSSL reads, and what nobody reads', async (t) => {
  const twice = makeCertificate({ ...plan, extra: [extension('1.2.3', nothing), extension('1.2.3', nothing)] });
  t.match(describeBytes(twice), { subject: 'CN=Plant, CN=Device 1', key: '', signature: '' });
  t.match(describeBytes(Buffer.from('no certificate')), {
    subject: '',
    fingerprint256: /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/,
  });
});
