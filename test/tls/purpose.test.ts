import t from 'tap';
import { type Certificate, parseCertificate } from '../../src/tls/certificate.js';
import type { Path } from '../../src/tls/path.js';
import { authorityOf, findExtensionErrors } from '../../src/tls/purpose.js';
import { integer, oid, sequence } from './pki/der-writer.js';
import { CLIENT_AUTH, extension, makeCertificate, type Plan, SERVER_AUTH } from './pki/make-certificate.js';

const CA = { basicConstraints: { ca: true }, keyUsage: 0x06 } as const;
const root: Plan = { subject: 'root', key: 'ec-1', ...CA };
const middle: Plan = { subject: 'middle', key: 'ec-2', ...CA };
const leaf: Plan = { subject: 'leaf', key: 'ec-3' };

const read = (plan: Plan, signer?: Plan): Certificate => parseCertificate(makeCertificate(plan, signer));

/** The errors of a path whose certificates sign each other from the last to the first, each as CODE@depth. */
function errors(...plans: Plan[]): string[] {
  const certificates = plans.map((plan, at) => read(plan, plans[at + 1] ?? plan));
  const path: Path = { certificates, untrusted: certificates.length, end: 'anchor' };
  return findExtensionErrors(path).map(
    ({ opensslCode, depth, certain }) => `${opensslCode}@${depth}${certain ? '' : '?'}`,
  );
}

t.test('what makes an authority', async (t) => {
  const kind = (change: Partial<Plan>, signer?: Plan): string =>
    authorityOf(read({ subject: 'ca', key: 'ec-2', ...change }, signer));
  t.equal(kind(CA), 'basic-constraints');
  t.equal(kind({ basicConstraints: { ca: true } }), 'basic-constraints');
  t.equal(kind({ basicConstraints: { ca: false }, keyUsage: 0x06 }), 'no');
  t.equal(kind({ basicConstraints: { ca: true }, keyUsage: 0x80 }), 'no', 'never without keyCertSign');
  t.equal(kind({ keyUsage: 0x04 }), 'key-usage');
  t.equal(kind({ version: 1 }), 'version-1');
  t.equal(kind({ version: 1 }, root), 'no', 'version 1, but signed by another');
  t.equal(kind({ netscapeType: 0x04 }), 'netscape');
  t.equal(kind({ netscapeType: 0x40 }), 'no');
  t.equal(kind({}), 'no');
});

t.test('a good path', async (t) => {
  t.same(errors({ ...leaf, keyUsage: 0xa0, extendedKeyUsage: [SERVER_AUTH] }, middle, root), []);
  t.same(errors({ ...leaf, key: 'explicit-ec' }), [], 'explicit parameters of a single certificate are not looked at');
});

t.test('the leaf', async (t) => {
  const one = (change: Partial<Plan>): string[] => errors({ ...leaf, ...change }, root);
  t.same(one({ extendedKeyUsage: [CLIENT_AUTH] }), ['INVALID_PURPOSE@0']);
  t.same(one({ extendedKeyUsage: [] }), ['INVALID_PURPOSE@0']);
  t.same(one({ extendedKeyUsage: [CLIENT_AUTH, '2.16.840.1.113730.4.1'] }), []);
  t.same(one({ extendedKeyUsage: ['1.3.6.1.4.1.311.10.3.3'] }), []);
  t.same(one({ keyUsage: 0x40 }), ['INVALID_PURPOSE@0']);
  for (const bit of [0x80, 0x20, 0x08]) t.same(one({ keyUsage: bit }), []);
  t.same(one({ netscapeType: 0x80 }), ['INVALID_PURPOSE@0']);
  t.same(one({ netscapeType: 0x40 }), []);
  t.same(one({ ...CA, keyUsage: 0x86 }), [], 'an authority may be a server');
  t.same(one({ key: 'explicit-ec' }), ['EC_KEY_EXPLICIT_PARAMS@0']);
  t.same(one({ extra: [extension('1.2.3', integer(1), true)] }), ['UNHANDLED_CRITICAL_EXTENSION@0']);
});

t.test('authorities', async (t) => {
  const one = (change: Partial<Plan>): string[] => errors(leaf, { ...middle, ...change }, root);
  t.same(one({ basicConstraints: { ca: false } }), ['INVALID_CA@1', 'INVALID_PURPOSE@1']);
  t.same(one({ extendedKeyUsage: [CLIENT_AUTH] }), ['INVALID_PURPOSE@1']);
  t.same(one({ netscapeType: 0x80 }), [], 'an authority needs no SSL server bit');
  t.same(one({ basicConstraints: null }), ['INVALID_CA@1?'], 'an error of newer releases only');
  t.same(one({ basicConstraints: null, keyUsage: null, netscapeType: 0x04 }), ['INVALID_CA@1?']);
  t.same(one({ basicConstraints: null, keyUsage: null, netscapeType: 0x02 }), ['INVALID_CA@1?', 'INVALID_PURPOSE@1']);
  t.same(errors(leaf, { ...root, version: 1 }), [], 'a top of version 1');
  t.same(errors(leaf, { ...root, basicConstraints: null }), [], 'a top without constraints');
  t.same(errors(leaf, { ...root, keyUsage: 0x02 }), ['INVALID_CA@1', 'INVALID_PURPOSE@1']);
});

t.test('path length: RFC 5280, 6.1.4 (l) and (m)', async (t) => {
  const limit = (plan: Plan, pathLength: number): Plan => ({ ...plan, basicConstraints: { ca: true, pathLength } });
  const upper: Plan = { subject: 'upper', key: 'ec-4', ...CA };
  t.same(errors(leaf, limit(middle, 0), root), []);
  t.same(errors(leaf, middle, limit(upper, 0), root), ['PATH_LENGTH_EXCEEDED@2']);
  t.same(errors(leaf, middle, upper, limit(root, 1)), ['PATH_LENGTH_EXCEEDED@3']);
  t.same(errors(leaf, middle, upper, limit(root, 2)), []);
  t.same(errors(leaf, { ...middle, subject: 'upper' }, limit(upper, 0), root), [], 'self-issued ones do not count');
});

t.test('proxy certificates', async (t) => {
  const info = extension('1.3.6.1.5.5.7.1.14', sequence(sequence(oid('1.3.6.1.5.5.7.21.1'))), true);
  const proxy: Plan = { ...leaf, extra: [info] };
  t.same(errors(proxy, { ...middle, basicConstraints: { ca: false }, keyUsage: 0x80 }, root), [
    'PROXY_CERTIFICATES_NOT_ALLOWED@0',
  ]);
  t.same(errors(proxy, { ...middle, keyUsage: null }, root), ['PROXY_CERTIFICATES_NOT_ALLOWED@0', 'INVALID_NON_CA@1']);
});
