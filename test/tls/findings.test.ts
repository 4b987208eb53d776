import t from 'tap';
import { parseCertificate } from '../../src/tls/certificate.js';
import type { Discovery } from '../../src/tls/discovery.js';
import type { Enumeration } from '../../src/tls/enumeration.js';
import { nodeCodeOf, uniteFindings } from '../../src/tls/findings.js';
import { sequence } from './pki/der-writer.js';
import { extension, makeCertificate } from './pki/make-certificate.js';

const certificate = parseCertificate(makeCertificate({ subject: 'leaf', key: 'ec-3' }));
const constrained = parseCertificate(
  makeCertificate({ subject: 'leaf', key: 'ec-3', extra: [extension('2.5.29.30', sequence())] }),
);

/** A list as the enumeration gives it; a question mark stands for an error that is not certain. */
function list(codes: string, of = certificate): Enumeration {
  const errors = codes
    .split(' ')
    .filter(Boolean)
    .map((code): Discovery => {
      const opensslCode = code.replace('?', '');
      return { opensslCode, depth: 0, certificate: of, certain: !code.endsWith('?') };
    });
  return { path: { certificates: [of], untrusted: 1, end: 'self-signed' }, errors };
}

function unite(lists: Enumeration[], nodeCode: string): [string, boolean] {
  const { findings, explained } = uniteFindings(lists, nodeCode);
  return [findings.map(({ opensslCode }) => opensslCode).join(' '), explained];
}

t.test("Node's words", async (t) => {
  t.equal(nodeCodeOf('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED');
  t.equal(nodeCodeOf('UNHANDLED_CRITICAL_EXTENSION'), 'UNSPECIFIED');
  t.equal(nodeCodeOf('UNSPECIFIED'), 'UNSPECIFIED');
});

t.test("the last error is Node's", async (t) => {
  t.same(unite([list('A B CERT_HAS_EXPIRED')], 'CERT_HAS_EXPIRED'), ['A B CERT_HAS_EXPIRED', true]);
  t.same(unite([list('CERT_HAS_EXPIRED INVALID_CA')], 'CERT_HAS_EXPIRED'), ['CERT_HAS_EXPIRED INVALID_CA', false]);
  t.same(unite([list('INVALID_CA UNHANDLED')], 'UNSPECIFIED'), ['INVALID_CA UNHANDLED', true]);
  t.same(unite([list('UNHANDLED INVALID_CA')], 'UNSPECIFIED'), ['UNHANDLED INVALID_CA', false]);
  t.same(unite([list('')], 'CERT_HAS_EXPIRED'), ['CERT_HAS_EXPIRED', false], 'and is in the report in any case');
  t.match(uniteFindings([], 'CERT_REVOKED'), {
    explained: false,
    findings: [{ keyword: 'CertificateRevoked', certificate: null }],
  });
});

t.test('errors that the runtime may not raise', async (t) => {
  t.same(unite([list('INVALID_CA WEAK?')], 'INVALID_CA'), ['INVALID_CA WEAK', true]);
  t.same(unite([list('INVALID_CA WEAK?')], 'UNSPECIFIED'), ['INVALID_CA WEAK', true]);
  t.same(unite([list('WEAK? WEAKER?')], 'INVALID_CA'), ['WEAK WEAKER INVALID_CA', false]);
});

t.test('EE_KEY_TOO_SMALL is repeated for the error of trust', async (t) => {
  const weak = list('EE_KEY_TOO_SMALL? DEPTH_ZERO_SELF_SIGNED_CERT');
  t.same(unite([weak], 'UNSPECIFIED'), ['EE_KEY_TOO_SMALL DEPTH_ZERO_SELF_SIGNED_CERT', true]);
  t.same(unite([weak], 'DEPTH_ZERO_SELF_SIGNED_CERT'), ['EE_KEY_TOO_SMALL DEPTH_ZERO_SELF_SIGNED_CERT', true]);
  const strong = list('INVALID_CA DEPTH_ZERO_SELF_SIGNED_CERT');
  t.same(unite([strong], 'UNSPECIFIED'), ['INVALID_CA DEPTH_ZERO_SELF_SIGNED_CERT UNSPECIFIED', false]);
});

t.test('name constraints come last of all', async (t) => {
  t.same(unite([list('CERT_HAS_EXPIRED', constrained)], 'UNSPECIFIED'), ['CERT_HAS_EXPIRED UNSPECIFIED', true]);
  t.same(unite([list('UNHANDLED', constrained)], 'UNSPECIFIED'), ['UNHANDLED UNSPECIFIED', true]);
  t.same(unite([list('CERT_HAS_EXPIRED', constrained)], 'CERT_HAS_EXPIRED'), ['CERT_HAS_EXPIRED', true]);
});

t.test('several paths: the one that Node shows first, then what the others add', async (t) => {
  const lists = [list('INVALID_CA CERT_REVOKED'), list('INVALID_CA CERT_HAS_EXPIRED')];
  t.same(unite(lists, 'CERT_HAS_EXPIRED'), ['INVALID_CA CERT_HAS_EXPIRED CERT_REVOKED', true]);
  t.same(unite([list('A', constrained), list('A')], 'A'), ['A A A', false], 'the same code of another certificate');
});
