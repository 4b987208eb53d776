import t from 'tap';
import type { CertificateFacts } from '../../src/tls/facts.js';
import type { Finding } from '../../src/tls/findings.js';
import { SSL_ERROR_KEYWORDS, type SslErrorKeyword } from '../../src/tls/keyword.js';
import { findingsText, findingText, type ReportFacts, reasonOf, refusalText } from '../../src/tls/report.js';
import type { Verdict } from '../../src/tls/verdict.js';

const leaf: CertificateFacts = {
  subject: 'CN=elsewhere.example\nO=websocket-open test',
  issuer: 'CN=Test CA\nO=websocket-open test',
  subjectAltName: ['DNS:elsewhere.example'],
  notBefore: 'Jan  1 00:00:00 2020 GMT',
  notAfter: 'Jan  1 00:00:00 2021 GMT',
  serialNumber: '3002',
  fingerprint256: 'AA',
  key: 'EC prime256v1',
  signature: 'ecdsa-with-SHA256',
};

const facts: ReportFacts = {
  hostName: 'localhost',
  address: '127.0.0.1:8443',
  presentedNames: ['elsewhere.example'],
  ignore: ['CertificateExpired'],
  now: Date.UTC(2026, 6, 1, 12, 30, 15, 250),
};

const finding = (keyword: SslErrorKeyword, opensslCode: string, depth = 0): Finding => ({
  keyword,
  opensslCode,
  depth,
  certificate: leaf,
});

const findings = [
  finding('HostNameMismatch', ''),
  finding('SelfSignedCertificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
  finding('CertificateExpired', 'CERT_HAS_EXPIRED'),
];

const refused: Verdict = {
  accepted: false,
  findings,
  chain: [leaf],
  acceptedBy: ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired'],
  refusal: { kind: 'findings', detail: 'not all are in the list' },
};

t.test('a refusal, word for word', async (t) => {
  const subject = 'CN=elsewhere.example, O=websocket-open test at depth 0';
  t.equal(
    refusalText(refused, facts),
    [
      'localhost (127.0.0.1:8443) was refused: there are 3 SSL errors, and ignoreSslErrors covers only 1 of them',
      `  HostNameMismatch: ${subject} is for elsewhere.example, not for localhost; ` +
        'connect by one of its names or give one as tls.servername, or list HostNameMismatch',
      `  SelfSignedCertificate: ${subject} is its own issuer and no anchor; ` +
        'add it to tls.extraCa if it is the one you expect, or list SelfSignedCertificate',
      `  CertificateExpired (ignored): ${subject} expired at 2021-01-01T00:00:00Z, it is 2026-07-01T12:30:15Z; ` +
        'renew the certificate or set the clock right',
      'To accept this very connection, and anybody who can show the same errors:',
      "  ignoreSslErrors: ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired']",
    ].join('\n'),
  );
});

t.test('the first line counts', async (t) => {
  const one = { ...refused, findings: findings.slice(0, 1) };
  t.equal(reasonOf(one, []), 'there is 1 SSL error, which ignoreSslErrors does not cover');
  t.equal(reasonOf(refused, []), 'there are 3 SSL errors, and ignoreSslErrors covers none of them');
  t.match(reasonOf(refused, ['CertificateExpired', 'HostNameMismatch']), /covers only 2 of them$/);
  const { address: _, ...withoutAddress } = facts;
  t.match(refusalText(refused, withoutAddress), /^localhost was refused: there are 3/);
});

t.test('a refusal that no list would change', async (t) => {
  const unexplained: Verdict = {
    ...refused,
    acceptedBy: null,
    refusal: { kind: 'unexplained', detail: "Node's error CERT_REVOKED was not found in the chain" },
  };
  const lines = refusalText(unexplained, { ...facts, ignore: 'all' }).split('\n');
  t.match(lines[0], /was refused: Node's error CERT_REVOKED was not found in the chain$/);
  t.equal(lines.filter((line) => line.includes('(ignored)')).length, 3);
  t.equal(lines.at(-1), 'No ignoreSslErrors list accepts this connection.');
});

t.test('CertificateUntrusted listed in vain', async (t) => {
  const text = refusalText(refused, { ...facts, ignore: ['CertificateUntrusted'] });
  t.match(
    text,
    "\nCertificateUntrusted is in your list, but OpenSSL 3 does not raise it; for this chain list 'SelfSignedCertificate'.\n",
  );
  const alone = [
    finding('UnableToGetLocalIssuerCertificate', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
    finding('UnableToVerifyFirstCertificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
  ];
  t.match(
    refusalText({ ...refused, findings: alone }, { ...facts, ignore: ['CertificateUntrusted'] }),
    "list 'UnableToGetLocalIssuerCertificate', 'UnableToVerifyFirstCertificate'.",
  );
  const silent = (ignore: ReportFacts['ignore'], its: Finding[]) =>
    t.notMatch(refusalText({ ...refused, findings: its }, { ...facts, ignore }), /in your list/);
  silent([], findings);
  silent('all', findings);
  silent(['CertificateUntrusted'], [finding('CertificateExpired', 'CERT_HAS_EXPIRED')]);
  silent(['CertificateUntrusted'], [finding('CertificateUntrusted', 'CERT_UNTRUSTED')]);
});

t.test('the fact of each kind', async (t) => {
  const text = (each: Finding, more: Partial<ReportFacts> = {}): string => findingText(each, { ...facts, ...more });
  t.match(
    text(finding('CertificateNotYetValid', 'CERT_NOT_YET_VALID', 1)),
    /at depth 1 is valid from 2020-01-01T00:00:00Z, it is 2026-07-01T12:30:15Z; set the clocks/,
  );
  t.match(
    text(finding('UnableToGetLocalIssuerCertificate', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')),
    /did not send: CN=Test CA, O=websocket-open test; add the certificate of the issuer to tls\.extraCa/,
  );
  t.match(
    text(finding('UnspecifiedError', 'EE_KEY_TOO_SMALL')),
    /has a key that is too small \(EE_KEY_TOO_SMALL\); have/,
  );
  t.match(text(finding('UnspecifiedError', 'OTHER')), /breaks a rule that has no keyword of its own \(OTHER\); have/);
  t.match(text(finding('UnspecifiedError', '')), /\(no code\); have/);
  t.match(
    text({ keyword: 'NoPeerCertificate', opensslCode: '', depth: 0, certificate: null }),
    /^NoPeerCertificate: the certificate is missing: the server sent none; configure/,
  );
  t.match(
    text({ ...finding('CertificateExpired', 'CERT_HAS_EXPIRED'), certificate: { ...leaf, notAfter: 'never\u001b' } }),
    /expired at never\\u\{1b\}, it is/,
  );
  t.match(text(finding('CertificateExpired', 'CERT_HAS_EXPIRED'), { now: Number.NaN }), /it is NaN;/);
  t.match(
    text({ ...finding('InvalidPurpose', 'INVALID_PURPOSE'), certificate: { ...leaf, subject: '' } }),
    /^InvalidPurpose: a certificate without a subject at depth 0 is not for this purpose/,
  );
  for (const keyword of SSL_ERROR_KEYWORDS) {
    const line = text(finding(keyword, 'X'), { ignore: [] });
    t.match(
      line,
      new RegExp(`^${keyword}: CN=elsewhere.example, O=websocket-open test at depth 0 .*; .*, or list ${keyword}$`),
    );
    t.notMatch(line, '\n');
  }
});

t.test('the names against the name', async (t) => {
  const text = (presentedNames: readonly string[]): string =>
    findingText(findings[0] as Finding, { ...facts, presentedNames });
  t.match(text([]), / is for no name at all, not for localhost;/);
  t.match(text(['a', '', 'b']), / is for a, '', b, not for localhost;/);
  t.match(text(Array.from('abcdefgh')), / is for a, b, c, d, e, f, g, h, not/);
  t.match(text(Array.from('abcdefghij')), / is for a, b, c, d, e, f, g, h and 2 more, not/);
  t.ok(text(new Array(1e5).fill('x'.repeat(300))).length < 3000);
});

t.test('findingsText, for a connection that stands', async (t) => {
  t.equal(findingsText([], facts), '');
  const lines = findingsText(findings, { ...facts, ignore: 'all' }).split('\n');
  t.same(
    lines.map((line) => line.split(':')[0]),
    findings.map(({ keyword }) => `${keyword} (ignored)`),
  );
});
