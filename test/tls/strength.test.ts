import t from 'tap';
import { parseCertificate } from '../../src/tls/certificate.js';
import type { Path } from '../../src/tls/path.js';
import { findLeafKeyErrors, findStrengthErrors } from '../../src/tls/strength.js';
import { makeCertificate, type Plan } from './pki/make-certificate.js';

const root: Plan = { subject: 'root', key: 'rsa-1' };
const middle: Plan = { subject: 'middle', key: 'ec-2' };
const leaf: Plan = { subject: 'leaf', key: 'ec-3' };

function errors(...plans: Plan[]): string[] {
  const certificates = plans.map((plan, at) => parseCertificate(makeCertificate(plan, plans[at + 1] ?? plan)));
  const path: Path = { certificates, untrusted: certificates.length, end: 'anchor' };
  return findStrengthErrors(path).map(({ opensslCode, depth }) => `${opensslCode}@${depth}`);
}

t.test("the leaf's key is an error of its own", async (t) => {
  const weak = parseCertificate(makeCertificate({ ...leaf, key: 'weak-rsa' }));
  t.match(findLeafKeyErrors(weak), [{ opensslCode: 'EE_KEY_TOO_SMALL', depth: 0, certain: false }]);
  t.same(findLeafKeyErrors(parseCertificate(makeCertificate(leaf))), []);
  t.same(errors({ ...leaf, key: 'weak-rsa' }, root), [], 'and none here');
});

t.test('keys of issuers', async (t) => {
  t.same(errors(leaf, middle, root), []);
  t.same(errors(leaf, { ...middle, key: 'weak-ec' }, { ...root, key: 'weak-rsa' }), [
    'CA_KEY_TOO_SMALL@1',
    'CA_KEY_TOO_SMALL@2',
  ]);
});

t.test('digests, but for the top', async (t) => {
  t.same(errors({ ...leaf, digest: 'sha1' }, { ...middle, digest: 'md5' }, { ...root, digest: 'sha1' }), [
    'CA_MD_TOO_WEAK@0',
    'CA_MD_TOO_WEAK@1',
  ]);
  t.same(errors({ ...leaf, digest: 'sha1' }), [], 'a single certificate is the top');
  t.same(errors({ ...leaf, digest: 'unknown' }, root), ['CA_MD_TOO_WEAK@0'], 'of which nothing is known');
});
