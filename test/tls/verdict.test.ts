import { createHash, X509Certificate } from 'node:crypto';
import t from 'tap';
import { SSL_ERROR_KEYWORDS, type SslErrorKeyword } from '../../src/tls/keyword.js';
import type { Pin } from '../../src/tls/pin.js';
import { type Evidence, judge, type Verdict } from '../../src/tls/verdict.js';
import { integer, nothing, oid, sequence, tlv } from './pki/der-writer.js';
import { evidence } from './pki/evidence.js';
import { dns, extension, makeCertificate, type Plan } from './pki/make-certificate.js';
import { HOST } from './pki/scenario.js';
import { expectedLists } from './pki/table.js';

const CA = { basicConstraints: { ca: true }, keyUsage: 0x06 } as const;
const EXPIRED = { notAfter: '210101000000Z' } as const;
const root: Plan = { subject: 'root', key: 'ec-1', ...CA };
const leaf: Plan = { subject: 'leaf', key: 'ec-3', serial: 3, names: [dns(HOST)] };
const rootDer = makeCertificate(root);
const goodDer = makeCertificate(leaf, root);
const expiredDer = makeCertificate({ ...leaf, ...EXPIRED }, root);

function judgeList(given: Evidence, ignore: 'all' | readonly SslErrorKeyword[] = []): Verdict {
  return judge(given, { ignore, pins: [] });
}

function keywords(verdict: Verdict): SslErrorKeyword[] {
  return verdict.findings.map(({ keyword }) => keyword);
}

t.test('the table of expected lists', async (t) => {
  const numbers: Record<string, string> = {
    CERT_SIGNATURE_FAILURE: '7',
    CERT_NOT_YET_VALID: '9',
    CERT_HAS_EXPIRED: '10',
    DEPTH_ZERO_SELF_SIGNED_CERT: '18',
    SELF_SIGNED_CERT_IN_CHAIN: '19',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: '20',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: '21',
    PATH_LENGTH_EXCEEDED: '25',
    INVALID_PURPOSE: '26',
    INVALID_CA: '79',
  };
  const rows = expectedLists();
  t.equal(rows.length, 37);
  for (const { name, chain, openssl, keywords: expected, node } of rows) {
    const given = evidence(chain, node);
    const verdict = judgeList(given);
    t.same(keywords(verdict), expected, name);
    const codes = verdict.findings.filter(({ opensslCode }) => opensslCode !== '');
    t.equal(codes.map(({ opensslCode, depth }) => `${numbers[opensslCode]}@${depth}`).join(' '), openssl, name);
    const list = [...new Set(expected)];
    t.same(verdict.acceptedBy, list, name);
    t.equal(verdict.accepted, expected.length === 0, name);
    t.equal(judgeList(given, list).accepted, true, `${name}, with its list`);
    for (const left of list) {
      const shorter = list.filter((keyword) => keyword !== left);
      t.equal(judgeList(given, shorter).accepted, false, `${name}, without ${left}`);
    }
  }
});

t.test('certificates that node:crypto has read already are judged as their bytes are', async (t) => {
  for (const { name, chain, node } of expectedLists()) {
    const given = evidence(chain, node);
    const read = chain.sent.map((der) => new X509Certificate(der));
    const [bytes, objects] = [judgeList(given), judgeList({ ...given, sent: read })];
    t.same({ ...objects }, { ...bytes }, name);
    t.equal(objects.chain.length, chain.sent.length);
  }
});

t.test('one keyword is not a way around the others: the hole that Node leaves', async (t) => {
  const stranger = makeCertificate({ ...leaf, ...EXPIRED, names: [dns('other.example')] });
  const given = evidence({ sent: [stranger], anchors: [rootDer] }, 'CERT_HAS_EXPIRED');
  const verdict = judgeList(given, ['CertificateExpired']);
  t.equal(verdict.accepted, false);
  t.same(keywords(verdict), ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired']);
  t.same(verdict.refusal, { kind: 'findings', detail: 'not ignored: HostNameMismatch, SelfSignedCertificate' });
  t.match(verdict.findings[2], { depth: 0, certificate: { subject: 'CN=leaf', notAfter: '2021-01-01T00:00:00Z' } });
});

t.test('a chain that OpenSSL accepts is not second-guessed', async (t) => {
  const given = evidence({ sent: [expiredDer], anchors: [] }, null);
  t.match(judgeList(given), { accepted: true, findings: [], acceptedBy: [], refusal: null });
  t.match(judgeList({ ...given, hostName: 'other.example' }), { accepted: false, acceptedBy: ['HostNameMismatch'] });
});

t.test("Node's error must be the last one found", async (t) => {
  for (const code of [
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNSPECIFIED',
    'CERT_REVOKED',
    'NEVER_HEARD',
    '',
  ]) {
    const given = evidence({ sent: [expiredDer], anchors: [rootDer] }, code, { opensslVersion: '3.0.19' });
    const verdict = judgeList(given, SSL_ERROR_KEYWORDS);
    t.match(verdict, { accepted: false, acceptedBy: null, refusal: { kind: 'unexplained' } }, code);
    t.match(verdict.refusal?.detail, /OpenSSL 3\.0\.19/);
    const last =
      code === 'CERT_NOT_YET_VALID' || code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ? undefined : 'UnspecifiedError';
    if (last !== undefined && code !== 'CERT_REVOKED') t.ok(keywords(verdict).includes(last), `${code} is reported`);
    t.match(judgeList(given, 'all'), { accepted: true, acceptedBy: null, refusal: null }, `${code}, all ignored`);
  }
});

t.test('an error that Node has no name for adds UnspecifiedError', async (t) => {
  const critical = makeCertificate({ ...leaf, extra: [extension('1.2.3', integer(1), true)] }, root);
  const given = evidence({ sent: [critical], anchors: [rootDer] }, 'UNSPECIFIED');
  t.match(judgeList(given).findings, [
    { keyword: 'UnspecifiedError', opensslCode: 'UNHANDLED_CRITICAL_EXTENSION', depth: 0 },
  ]);
  t.equal(judgeList(given, ['UnspecifiedError']).accepted, true);

  const constrained: Plan = {
    ...root,
    extra: [extension('2.5.29.30', sequence(tlv(0xa0, sequence(dns('a.example')))), true)],
  };
  const chain = {
    sent: [makeCertificate({ ...leaf, ...EXPIRED }, constrained)],
    anchors: [makeCertificate(constrained)],
  };
  t.same(judgeList(evidence(chain, 'UNSPECIFIED')).acceptedBy, ['CertificateExpired', 'UnspecifiedError']);
  t.same(judgeList(evidence(chain, 'CERT_HAS_EXPIRED')).acceptedBy, ['CertificateExpired'], 'the constraints hold');
});

t.test('weak keys and digests count in every chain that has another error, at any level', async (t) => {
  const weak = makeCertificate({ ...leaf, key: 'weak-rsa' });
  const given = evidence({ sent: [weak], anchors: [] }, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  const expected = ['UnspecifiedError', 'SelfSignedCertificate'];
  t.same(judgeList(given).acceptedBy, expected, 'at level 1');
  t.equal(judgeList(given, ['SelfSignedCertificate']).accepted, false);
  t.same(judgeList({ ...given, authorizationError: 'UNSPECIFIED' }).acceptedBy, expected, 'at level 2');
  const digest = makeCertificate({ ...leaf, digest: 'sha1', ...EXPIRED }, root);
  const old = evidence({ sent: [digest], anchors: [rootDer] }, 'CERT_HAS_EXPIRED');
  t.same(judgeList(old).acceptedBy, ['UnspecifiedError', 'CertificateExpired']);
  const alone = evidence(
    { sent: [makeCertificate({ ...leaf, digest: 'sha1' }, root)], anchors: [rootDer] },
    'UNSPECIFIED',
  );
  t.same(judgeList(alone).acceptedBy, ['UnspecifiedError'], 'and alone where the runtime minds');
});

t.test('no certificate is refused, also by the list that names it', async (t) => {
  const given = evidence({ sent: [], anchors: [rootDer] }, 'UNABLE_TO_GET_ISSUER_CERT');
  for (const ignore of [[], ['NoPeerCertificate'], SSL_ERROR_KEYWORDS, 'all'] as const) {
    t.match(judgeList(given, ignore), {
      accepted: false,
      acceptedBy: null,
      refusal: { kind: 'no-certificate' },
      chain: [],
    });
  }
  t.same(judgeList(given).findings, [{ keyword: 'NoPeerCertificate', opensslCode: '', depth: 0, certificate: null }]);
  t.equal(judgeList({ ...given, authorizationError: null }).accepted, false);
});

t.test('a resumed session is refused, also when all is ignored', async (t) => {
  const given = evidence({ sent: [goodDer], anchors: [rootDer] }, null, { resumed: true });
  for (const ignore of [[], 'all'] as const) {
    t.match(judgeList(given, ignore), { accepted: false, acceptedBy: null, refusal: { kind: 'resumed' } });
  }
});

t.test('a certificate that cannot be read refuses whatever the list says', async (t) => {
  const twice = makeCertificate({ ...leaf, extra: [extension('1.2.3', nothing), extension('1.2.3', nothing)] }, root);
  const empty = makeCertificate({ ...root, subject: 'empty', keyUsage: 0 });
  const cases: [string, readonly Buffer[], string][] = [
    ['a duplicate extension', [twice], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['an empty keyUsage on a certificate that is not needed', [expiredDer, empty], 'CERT_HAS_EXPIRED'],
    ['garbage behind', [expiredDer, Buffer.from('garbage')], 'CERT_HAS_EXPIRED'],
    ['garbage in front', [Buffer.from('30820000', 'hex')], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['PEM instead of DER', [Buffer.from('-----BEGIN CERTIFICATE-----')], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ];
  for (const [name, sent, code] of cases) {
    const given = evidence({ sent, anchors: [rootDer] }, code);
    const verdict = judgeList(given, SSL_ERROR_KEYWORDS);
    t.match(verdict, { accepted: false, acceptedBy: null, refusal: { kind: 'unparsable' } }, name);
    t.ok(verdict.findings.length > 0, `${name}: what can be said is said`);
    t.equal(verdict.chain.length, sent.length, name);
    t.equal(judgeList(given, 'all').accepted, true, `${name}, all ignored`);
  }
});

t.test('an unknown signature algorithm refuses whatever the list says', async (t) => {
  const strange = makeCertificate({ ...leaf, digest: 'unknown' }, root);
  const given = evidence({ sent: [strange], anchors: [rootDer] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  const verdict = judgeList(given, SSL_ERROR_KEYWORDS);
  t.match(verdict, {
    accepted: false,
    acceptedBy: null,
    refusal: { kind: 'unexplained', detail: /1\.2\.840\.10045\.4\.99/ },
  });
  const outer = makeCertificate({ ...leaf, digest: 'unknown', innerDigest: 'sha256' }, root);
  t.equal(
    judgeList(evidence({ sent: [outer], anchors: [rootDer] }, 'CERT_SIGNATURE_FAILURE'), SSL_ERROR_KEYWORDS).accepted,
    false,
  );
});

t.test('a chain of more than a hundred is refused', async (t) => {
  const plans = Array.from(
    { length: 103 },
    (_, at): Plan => ({ ...root, subject: `ca ${at}`, key: 'ec-2', serial: at + 1 }),
  );
  const ders = plans.map((plan, at) => makeCertificate(plan, plans[at + 1] ?? root));
  const first = makeCertificate(leaf, plans[0]);
  const sent = evidence({ sent: [first, ...ders.slice(0, 101)], anchors: [rootDer] }, 'CERT_CHAIN_TOO_LONG');
  t.match(judgeList(sent, SSL_ERROR_KEYWORDS), { accepted: false, acceptedBy: null, refusal: { kind: 'too-long' } });
  t.equal(judgeList(sent, 'all').accepted, true);
  // The rest of the path may also come out of the anchors.
  const anchored = evidence({ sent: [first, ...ders.slice(0, 50)], anchors: ders.slice(50) }, 'CERT_CHAIN_TOO_LONG');
  const verdict = judgeList(anchored, SSL_ERROR_KEYWORDS);
  t.match(verdict, { accepted: false, acceptedBy: null, refusal: { kind: 'too-long' } });
  t.equal(verdict.findings[0]?.opensslCode, 'CERT_CHAIN_TOO_LONG');
});

t.test('of equal-named anchors every one that OpenSSL may take is followed', async (t) => {
  const twin = makeCertificate({ ...root, key: 'ec-5', subjectKeyIdentifier: null });
  const sent = [makeCertificate({ ...leaf, ...EXPIRED, authorityKeyIdentifier: null }, root)];
  for (const anchors of [
    [rootDer, twin],
    [twin, rootDer],
  ]) {
    const given = evidence({ sent, anchors }, 'CERT_HAS_EXPIRED');
    const list = [...(judgeList(given).acceptedBy ?? [])].sort();
    t.same(list, ['CertificateExpired', 'CertificateSignatureFailed']);
    t.equal(judgeList(given, ['CertificateExpired']).accepted, false);
  }
});

t.test('pins are checked always and ignored never', async (t) => {
  const hash = (bytes: Buffer): Pin => `sha256/${createHash('sha256').update(bytes).digest('base64')}`;
  const wrong = hash(Buffer.from('another certificate'));
  const clean = evidence({ sent: [goodDer], anchors: [rootDer] }, null);
  const broken = evidence(
    { sent: [Buffer.from('3000', 'hex')], anchors: [rootDer] },
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  );
  for (const ignore of [[], SSL_ERROR_KEYWORDS, 'all'] as const) {
    t.match(judge(clean, { ignore, pins: [wrong] }), { accepted: false, acceptedBy: null, refusal: { kind: 'pin' } });
    t.match(judge(broken, { ignore, pins: [wrong] }), { accepted: false, acceptedBy: null, refusal: { kind: 'pin' } });
    t.equal(judge(clean, { ignore, pins: [wrong, hash(goodDer)] }).accepted, true);
  }
  const expired = evidence({ sent: [expiredDer], anchors: [rootDer] }, 'CERT_HAS_EXPIRED');
  t.equal(
    judge(expired, { ignore: [], pins: [hash(expiredDer)] }).accepted,
    false,
    'a pin that matches ignores nothing',
  );
});

t.test('whatever goes wrong inside refuses and does not throw', async (t) => {
  const trap = (): never => {
    throw new Error('broken anchors');
  };
  const given = evidence({ sent: [expiredDer], anchors: [] }, 'CERT_HAS_EXPIRED');
  const lookup = judgeList({ ...given, anchors: { bySubject: trap } }, SSL_ERROR_KEYWORDS);
  t.match(lookup, { accepted: false, acceptedBy: null, refusal: { kind: 'unexplained', detail: 'broken anchors' } });
  t.match(judgeList({ ...given, time: Number.NaN }, SSL_ERROR_KEYWORDS), {
    accepted: false,
    refusal: { kind: 'unexplained' },
  });
  const sent = new Proxy([], {
    get: () => {
      throw 'no sent';
    },
  });
  const whole = { ...given, sent };
  t.match(judgeList(whole, SSL_ERROR_KEYWORDS), {
    accepted: false,
    acceptedBy: null,
    refusal: { kind: 'failure', detail: 'no sent' },
  });
  t.match(judgeList(whole, 'all'), { accepted: false, chain: [] });
});

t.test('a proxy certificate whose name is checked last', async (t) => {
  const info = extension('1.3.6.1.5.5.7.1.14', sequence(sequence(oid('1.3.6.1.5.5.7.21.1'))), true);
  const given = evidence(
    { sent: [makeCertificate({ ...leaf, names: null, extra: [info] }, root)], anchors: [rootDer] },
    'UNSPECIFIED',
  );
  const codes = judgeList(given).findings.map(({ opensslCode, depth }) => `${opensslCode}@${depth}`);
  t.same(codes.slice(1), [
    'PROXY_CERTIFICATES_NOT_ALLOWED@0',
    'INVALID_NON_CA@1',
    'INVALID_PURPOSE@1',
    'KEYUSAGE_NO_DIGITAL_SIGNATURE@1',
    'UNSPECIFIED@0',
  ]);
});

t.test('the chain is read when it is asked for, once', async (t) => {
  const verdict = judgeList(evidence({ sent: [goodDer, rootDer], anchors: [rootDer] }, null));
  t.equal(verdict.chain, verdict.chain);
  t.match(verdict.chain, [{ subject: 'CN=leaf', issuer: 'CN=root', key: 'EC prime256v1' }, { subject: 'CN=root' }]);
});
