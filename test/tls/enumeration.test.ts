import t from 'tap';
import { createAnchors } from '../../src/tls/anchors.js';
import { parseCertificate } from '../../src/tls/certificate.js';
import { enumerateErrors } from '../../src/tls/enumeration.js';
import { FIXTURE_TIME } from './pki/fixture.js';
import { CLIENT_AUTH, makeCertificate, type Plan, toPem } from './pki/make-certificate.js';

const CA = { basicConstraints: { ca: true }, keyUsage: 0x06 } as const;
const root: Plan = { subject: 'root', key: 'ec-1', ...CA };
const middle: Plan = { subject: 'middle', key: 'ec-2', ...CA };
const leaf: Plan = { subject: 'leaf', key: 'weak-rsa', extendedKeyUsage: [CLIENT_AUTH], notAfter: '210101000000Z' };

function codes(sent: [Plan, Plan][], anchors: [Plan, Plan][]): string[][] {
  const certificates = sent.map(([plan, signer]) => parseCertificate(makeCertificate(plan, signer)));
  const index = createAnchors(anchors.map(([plan, signer]) => toPem(makeCertificate(plan, signer))));
  return enumerateErrors(certificates, index, FIXTURE_TIME / 1000).map(({ errors }) =>
    errors.map(({ opensslCode, depth }) => `${opensslCode}@${depth}`),
  );
}

const END = ['INVALID_PURPOSE@0', 'CERT_HAS_EXPIRED@0'];
const KEY = 'EE_KEY_TOO_SMALL@0';

t.test('the steps in their order, for every end of a path', async (t) => {
  t.same(codes([[leaf, root]], [[root, root]]), [[KEY, ...END]]);
  t.same(codes([[leaf, leaf]], []), [[KEY, 'DEPTH_ZERO_SELF_SIGNED_CERT@0', ...END]]);
  t.same(
    codes(
      [
        [leaf, root],
        [root, root],
      ],
      [],
    ),
    [[KEY, 'SELF_SIGNED_CERT_IN_CHAIN@1', ...END]],
  );
  t.same(
    codes(
      [
        [leaf, middle],
        [middle, root],
      ],
      [],
    ),
    [[KEY, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY@1', ...END]],
  );
  t.same(codes([[leaf, middle]], [[middle, root]]), [[KEY, 'UNABLE_TO_GET_ISSUER_CERT@1', ...END]]);
  const [endless] = codes(
    [[leaf, middle]],
    [
      [middle, root],
      [root, middle],
    ],
  );
  t.equal(endless?.[1], 'CERT_CHAIN_TOO_LONG@101');
});

t.test('weak digests come after the extensions and before the signatures', async (t) => {
  const old: Plan = { ...leaf, digest: 'sha1', corruptSignature: true };
  t.same(codes([[old, root]], [[root, root]]), [
    [KEY, 'INVALID_PURPOSE@0', 'CA_MD_TOO_WEAK@0', 'CERT_SIGNATURE_FAILURE@0', 'CERT_HAS_EXPIRED@0'],
  ]);
});

t.test('one list for every path', async (t) => {
  const twin: Plan = { ...root, key: 'ec-5', subjectKeyIdentifier: null };
  const lists = codes(
    [[leaf, root]],
    [
      [root, root],
      [twin, twin],
    ],
  );
  t.same(lists, [
    [KEY, ...END],
    [KEY, 'INVALID_PURPOSE@0', 'CERT_SIGNATURE_FAILURE@0', 'CERT_HAS_EXPIRED@0'],
  ]);
});
