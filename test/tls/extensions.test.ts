import t, { type Test } from 'tap';
import { DerReader } from '../../src/tls/der.js';
import { type Extensions, KeyUsage, NO_EXTENSIONS, readExtensions } from '../../src/tls/extensions.js';
import { readName } from '../../src/tls/name.js';
import { bits, boolean, flags, integer, octets, oid, sequence, tlv } from './pki/der-writer.js';
import { dns, extension, name } from './pki/make-certificate.js';

const read = (...list: Buffer[]): Extensions => readExtensions(new DerReader(sequence(...list)));
const fails = (t: Test, message: RegExp, name: string, ...list: Buffer[]): void =>
  void t.throws(() => read(...list), message, name);

t.test('none', async (t) => {
  t.same(read(), NO_EXTENSIONS);
  t.same(read(extension('1.2.3', Buffer.from('any'))), NO_EXTENSIONS, 'one that nobody knows');
});

t.test('critical ones', async (t) => {
  t.equal(read(extension('1.2.3', integer(1), true), extension('1.2.4', integer(1), true)).unknownCritical, '1.2.3');
  t.equal(
    read(extension('2.5.29.14', octets(Buffer.from('01', 'hex')), true)).unknownCritical,
    '2.5.29.14',
    'not processed',
  );
  for (const type of ['2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54', '1.3.6.1.5.5.7.48.1.5']) {
    t.equal(read(extension(type, integer(1), true)).unknownCritical, null, type);
  }
  const explicitly = sequence(oid('1.2.3'), boolean(false), octets(integer(1)));
  t.equal(read(explicitly).unknownCritical, null, 'FALSE written out is common and clear');
  fails(t, /neither/, 'BOOLEAN 01', sequence(oid('1.2.3'), tlv(0x01, Buffer.from([1])), octets(integer(1))));
});

t.test('a list that is wrong', async (t) => {
  fails(t, /second time/, 'twice', extension('1.2.3', integer(1)), extension('1.2.3', integer(1)));
  fails(t, /more than 100/, 'too many', ...Array.from({ length: 101 }, (_, at) => extension(`1.2.${at}`, integer(1))));
  fails(t, /something follows/, 'more in one', sequence(oid('1.2.3'), octets(integer(1)), integer(1)));
  fails(t, /something follows/, 'more behind a value', extension('2.5.29.14', Buffer.concat([octets(), integer(1)])));
});

t.test('basicConstraints', async (t) => {
  const value = (...parts: Buffer[]): Extensions['basicConstraints'] =>
    read(extension('2.5.29.19', sequence(...parts))).basicConstraints;
  t.same(value(), { ca: false, pathLength: null });
  t.same(value(boolean(true)), { ca: true, pathLength: null });
  t.same(value(boolean(true), integer(0)), { ca: true, pathLength: 0 });
  t.same(value(integer(300)), { ca: false, pathLength: 300 }, 'a path length without CA counts for OpenSSL');
  t.throws(() => value(boolean(true), tlv(0x02, Buffer.from([0xff]))), /negative/);
  t.throws(() => value(boolean(true), tlv(0x02, Buffer.from('0100000000', 'hex'))), /absurd/);
  t.throws(() => value(integer(0), boolean(true)), /something follows/);
});

t.test('keyUsage and Netscape type', async (t) => {
  t.equal(read(extension('2.5.29.15', flags(0x06))).keyUsage, 0x06);
  t.equal(KeyUsage.keyCertSign & 0x06, 0x04);
  t.equal(read(extension('2.5.29.15', bits(Buffer.from('0080', 'hex'), 7))).keyUsage, 0, 'decipherOnly alone');
  fails(t, /allows nothing/, 'empty', extension('2.5.29.15', flags(0)));
  fails(t, /allows nothing/, 'zero', extension('2.5.29.15', bits(Buffer.from([0]))));
  t.equal(read(extension('2.16.840.1.113730.1.1', flags(0x40))).netscapeType, 0x40);
  t.equal(read(extension('2.16.840.1.113730.1.1', flags(0))).netscapeType, 0);
});

t.test('extended key usage and key identifiers', async (t) => {
  t.same(read(extension('2.5.29.37', sequence(oid('1.2.3'), oid('1.2.4')))).extendedKeyUsage, ['1.2.3', '1.2.4']);
  t.same(read(extension('2.5.29.37', sequence())).extendedKeyUsage, []);
  t.equal(read(extension('2.5.29.14', octets(Buffer.from('ab', 'hex')))).subjectKeyIdentifier, 'ab');
  const authority = sequence(
    tlv(0x80, Buffer.from('cd', 'hex')),
    tlv(0xa1, tlv(0xa4, name('Root'))),
    tlv(0x82, Buffer.from([5])),
  );
  t.same(read(extension('2.5.29.35', authority)).authorityKeyIdentifier, {
    keyIdentifier: 'cd',
    issuer: readName(new DerReader(name('root'))),
    serialNumber: '05',
  });
  const none = { keyIdentifier: null, issuer: null, serialNumber: null };
  t.same(read(extension('2.5.29.35', sequence())).authorityKeyIdentifier, none);
  fails(
    t,
    /something follows/,
    'another order',
    extension('2.5.29.35', sequence(tlv(0x82, Buffer.from([5])), tlv(0x80))),
  );
});

t.test('names and name constraints: the grammar', async (t) => {
  t.same(read(extension('2.5.29.17', sequence(dns('a')))), NO_EXTENSIONS);
  fails(t, /of the kind/, 'alternative name', extension('2.5.29.17', sequence(integer(1))));
  const subtree = (...more: Buffer[]): Buffer => sequence(dns('a'), ...more);
  const constraints = (...parts: Buffer[]): Buffer => extension('2.5.29.30', sequence(...parts), true);
  t.equal(read(constraints(tlv(0xa0, subtree()), tlv(0xa1, subtree(), subtree()))).nameConstraints, true);
  t.equal(
    read(constraints(tlv(0xa1, subtree(tlv(0x80, Buffer.from([0])), tlv(0x81, Buffer.from([1])))))).nameConstraints,
    true,
  );
  fails(t, /something follows/, 'another order', constraints(tlv(0xa1, subtree()), tlv(0xa0, subtree())));
  fails(t, /something follows/, 'a third bound', constraints(tlv(0xa0, subtree(tlv(0x82, Buffer.from([1]))))));
  fails(t, /of the kind/, 'no name', constraints(tlv(0xa0, sequence(integer(1)))));
});

t.test('distribution points of revocation lists', async (t) => {
  const point = (...parts: Buffer[]): Buffer => extension('2.5.29.31', sequence(sequence(...parts)));
  const full = tlv(0xa0, tlv(0xa0, dns('crl')));
  t.same(read(point(full)), NO_EXTENSIONS);
  t.same(read(point(full, tlv(0x81, Buffer.from('0640', 'hex')), tlv(0xa2, tlv(0xa4, name('a'))))), NO_EXTENSIONS);
  t.same(read(point(tlv(0xa2, tlv(0xa4, name('a'))))), NO_EXTENSIONS);
  fails(t, /empty distribution point/, 'nothing', point());
  fails(t, /empty distribution point/, 'an issuer without a name', point(tlv(0xa2)));
  fails(t, /was expected/, 'a name relative to the issuer', point(tlv(0xa0, tlv(0xa1))));
  fails(t, /something follows/, 'two names', point(tlv(0xa0, tlv(0xa0, dns('a')), tlv(0xa0, dns('a')))));
});

t.test('proxy certificates (RFC 3820)', async (t) => {
  const info = (...parts: Buffer[]): Buffer => extension('1.3.6.1.5.5.7.1.14', sequence(...parts), true);
  const policy = sequence(oid('1.3.6.1.5.5.7.21.1'));
  t.equal(read(info(policy)).proxy, true);
  t.equal(read(info(integer(1), sequence(oid('1.2.3'), octets()))).proxy, true);
  fails(t, /proxy/, 'a CA', info(policy), extension('2.5.29.19', sequence(boolean(true))));
  fails(t, /proxy/, 'with an alternative name', info(policy), extension('2.5.29.17', sequence(dns('a'))));
  fails(t, /proxy/, 'with an issuer name', info(policy), extension('2.5.29.18', sequence(dns('a'))));
});

t.test('RFC 3779 is refused', async (t) => {
  for (const type of ['1.3.6.1.5.5.7.1.7', '1.3.6.1.5.5.7.1.8'])
    fails(t, /RFC 3779/, type, extension(type, sequence()));
});
