import t from 'tap';
import type { CertificateFacts } from '../../src/tls/facts.js';
import { type InspectionFacts, inspectionText } from '../../src/tls/inspection.js';
import type { Verdict } from '../../src/tls/verdict.js';

const leaf: CertificateFacts = {
  subject: 'CN=device.local',
  issuer: 'CN=Plant CA',
  subjectAltName: ['DNS:device.local'],
  notBefore: '2020-01-01T00:00:00Z',
  notAfter: '2021-01-01T00:00:00Z',
  serialNumber: '01',
  fingerprint256: 'AA:BB',
  key: 'EC prime256v1',
  signature: 'ECDSA-SHA256',
};
const facts: InspectionFacts = {
  hostName: 'device.local',
  address: '192.0.2.7:443',
  presentedNames: ['device.local'],
  ignore: [],
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
};
const CHAIN = [
  'device.local (192.0.2.7:443): TLSv1.3, TLS_AES_128_GCM_SHA256',
  'The certificate is for device.local.',
  '  0  CN=device.local, issued by CN=Plant CA',
  '     valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, EC prime256v1, signed with ECDSA-SHA256',
  '     SHA-256 AA:BB',
];

t.test('without errors', async (t) => {
  const verdict: Verdict = { accepted: true, findings: [], chain: [leaf], acceptedBy: [], refusal: null };
  t.equal(inspectionText(verdict, facts), [...CHAIN, 'No SSL errors.'].join('\n'));
});

t.test('with errors and the list that would accept them', async (t) => {
  const verdict: Verdict = {
    accepted: false,
    findings: [{ keyword: 'CertificateExpired', opensslCode: 'CERT_HAS_EXPIRED', depth: 0, certificate: leaf }],
    chain: [leaf],
    acceptedBy: ['CertificateExpired'],
    refusal: { kind: 'findings', detail: 'not ignored: CertificateExpired' },
  };
  const expected = [
    ...CHAIN,
    'SSL errors:',
    '  CertificateExpired: CN=device.local at depth 0 expired at 2021-01-01T00:00:00Z, it is 2026-01-02T03:04:05Z; ' +
      'renew the certificate or set the clock right, or list CertificateExpired',
    'To accept this very connection, and anybody who can show the same errors:',
    "  ignoreSslErrors: ['CertificateExpired']",
  ];
  t.equal(inspectionText(verdict, facts), expected.join('\n'));
});

t.test('what no list accepts, and certificates that hold nothing or too much', async (t) => {
  const odd: CertificateFacts = { ...leaf, subject: '', issuer: 'CN=\u001b[2J\u202e', key: '', signature: '' };
  const verdict: Verdict = {
    accepted: false,
    findings: [],
    chain: [odd],
    acceptedBy: null,
    refusal: { kind: 'pin', detail: 'another\u0007 key' },
  };
  const text = inspectionText(verdict, { ...facts, protocol: null, presentedNames: [] });
  t.strictSame(text.split('\n'), [
    'device.local (192.0.2.7:443): TLS, TLS_AES_128_GCM_SHA256',
    'The certificate is for no name at all.',
    '  0  a certificate without a subject, issued by CN=\\u{1b}[2J\\u{202e}',
    '     valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, a key that cannot be read, signed with what cannot be read',
    '     SHA-256 AA:BB',
    'It would be refused: another\\u{7} key',
    'No ignoreSslErrors list accepts this connection.',
  ]);
});
