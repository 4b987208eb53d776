import t from 'tap';
import { parseCertificate } from '../../src/tls/certificate.js';
import type { Path } from '../../src/tls/path.js';
import { findSignatureErrors } from '../../src/tls/signature.js';
import { oid, sequence } from './pki/der-writer.js';
import { FIXTURE_TIME } from './pki/fixture.js';
import { extension, makeCertificate, type Plan } from './pki/make-certificate.js';

const root: Plan = { subject: 'root', key: 'ec-1', keyUsage: 0x06 };
const middle: Plan = { subject: 'middle', key: 'ec-2', keyUsage: 0x06 };
const leaf: Plan = { subject: 'leaf', key: 'ec-3' };
const BAD = { corruptSignature: true } as const;
const PAST = { notAfter: '210101000000Z' } as const;

function pathOf(plans: readonly Plan[], signers: readonly Plan[] = []): Path {
  const certificates = plans.map((plan, at) =>
    parseCertificate(makeCertificate(plan, signers[at] ?? plans[at + 1] ?? plan)),
  );
  return { certificates, untrusted: certificates.length, end: 'anchor' };
}

function codes(path: Path, seconds = FIXTURE_TIME / 1000): string[] {
  return findSignatureErrors(path, seconds, new Map()).map(({ opensslCode, depth }) => `${opensslCode}@${depth}`);
}

t.test('from the top down', async (t) => {
  t.same(codes(pathOf([leaf, middle, root])), []);
  t.same(
    codes(
      pathOf([
        { ...leaf, ...PAST, ...BAD },
        { ...middle, ...PAST, ...BAD },
        { ...root, ...PAST },
      ]),
    ),
    [
      'CERT_HAS_EXPIRED@2',
      'CERT_SIGNATURE_FAILURE@1',
      'CERT_HAS_EXPIRED@1',
      'CERT_SIGNATURE_FAILURE@0',
      'CERT_HAS_EXPIRED@0',
    ],
  );
});

t.test('where it starts', async (t) => {
  t.same(codes(pathOf([leaf, { ...root, ...BAD }])), [], 'the own signature of a self-signed top is not checked');
  t.same(codes(pathOf([{ ...leaf, ...PAST }], [root])), ['UNABLE_TO_VERIFY_LEAF_SIGNATURE@0', 'CERT_HAS_EXPIRED@0']);
  t.same(codes(pathOf([{ ...leaf, ...PAST }])), ['CERT_HAS_EXPIRED@0'], 'a self-signed leaf');
  const open = pathOf([leaf, { ...middle, ...PAST, ...BAD }], [middle, root]);
  t.same(codes(open), [], 'of another top neither dates nor signature count');
});

t.test('signatures', async (t) => {
  t.same(codes(pathOf([leaf, root], [middle])), ['CERT_SIGNATURE_FAILURE@0']);
  t.same(codes(pathOf([{ ...leaf, innerDigest: 'sha384' }, root])), ['CERT_SIGNATURE_FAILURE@0'], 'RFC 5280, 4.1.1.2');
  t.same(codes(pathOf([leaf, { ...root, keyUsage: 0x02 }])), ['KEYUSAGE_NO_CERTSIGN@1']);
  t.same(codes(pathOf([leaf, { ...root, keyUsage: null }])), []);
  const info = extension('1.3.6.1.5.5.7.1.14', sequence(sequence(oid('1.2.3'))), true);
  t.same(codes(pathOf([{ ...leaf, extra: [info] }, root])), ['KEYUSAGE_NO_DIGITAL_SIGNATURE@1']);
  t.same(
    codes(
      pathOf([
        { ...leaf, extra: [info] },
        { ...root, keyUsage: 0x80 },
      ]),
    ),
    [],
  );
});

t.test('each signature is checked once', async (t) => {
  const path = pathOf([{ ...leaf, ...BAD }, root]);
  const verified = new Map();
  const first = findSignatureErrors(path, FIXTURE_TIME / 1000, verified);
  t.same(findSignatureErrors(path, FIXTURE_TIME / 1000, verified), first);
  t.equal(verified.get(path.certificates[0]).get(path.certificates[1]), false);
});

t.test('dates, to the second', async (t) => {
  const at = (iso: string): string[] => codes(pathOf([leaf]), Date.parse(iso) / 1000);
  t.same(at('2019-12-31T23:59:59Z'), ['CERT_NOT_YET_VALID@0']);
  t.same(at('2020-01-01T00:00:00Z'), []);
  t.same(at('2048-12-31T23:59:59Z'), []);
  t.same(at('2049-01-01T00:00:00Z'), ['CERT_HAS_EXPIRED@0'], 'OpenSSL counts this second as expired');
  // Of the right length: others are no certificate for OpenSSL 3.5, which is in Node 22.23 and later.
  const malformed: Plan = { ...leaf, notBefore: '20010100000ZZ', notAfter: '491301000000Z' };
  t.same(codes(pathOf([malformed])), ['ERROR_IN_CERT_NOT_BEFORE_FIELD@0', 'ERROR_IN_CERT_NOT_AFTER_FIELD@0']);
});
