import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import t from 'tap';
import {
  type AlgorithmIdentifier,
  describeKey,
  fitsKey,
  isStrongKey,
  type KeyFacts,
  readKey,
  readSignatureAlgorithm,
} from '../../src/tls/algorithm.js';
import { DerReader } from '../../src/tls/der.js';
import { bits, integer, nothing, oid, sequence, tlv } from './pki/der-writer.js';

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const facts = (der: Buffer): KeyFacts => readKey(new DerReader(der));
const signature = (der: Buffer): AlgorithmIdentifier => readSignatureAlgorithm(new DerReader(der));

t.test('keys that node:crypto makes', async (t) => {
  const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).publicKey;
  const cases: [KeyObject, string, boolean][] = [
    [generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, 'RSA 2048', true],
    [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, 'RSA 1024', false],
    [generateKeyPairSync('rsa', { modulusLength: 1031 }).publicKey, 'RSA 1031', false],
    [generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey, 'RSA-PSS 2048', true],
    [generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey, 'DSA 1024', false],
    [ec('prime256v1'), 'EC prime256v1', true],
    [ec('secp224r1'), 'EC secp224r1', true],
    [ec('prime192v1'), 'EC prime192v1', false],
    [generateKeyPairSync('ed25519').publicKey, 'Ed25519', true],
    [generateKeyPairSync('ed448').publicKey, 'Ed448', true],
  ];
  for (const [key, text, strong] of cases) {
    t.equal(describeKey(facts(spki(key))), text);
    t.equal(isStrongKey(facts(spki(key))), strong, text);
  }
  const explicit = generateKeyPairSync('ec', { namedCurve: 'secp384r1', paramEncoding: 'explicit' }).publicKey;
  t.match(facts(spki(explicit)), { type: 'EC', bits: 384, curve: '', explicitParameters: true });
  t.equal(describeKey(facts(spki(explicit))), 'EC explicit 384');
  t.match(facts(spki(ec('secp521r1'))), { curve: 'secp521r1', bits: 521 });
});

t.test('keys that are not known', async (t) => {
  const curve = sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.3.132.0.99')), bits(Buffer.from('04', 'hex')));
  t.match(facts(curve), { curve: '1.3.132.0.99', bits: 0 });
  t.equal(isStrongKey(facts(curve)), false, 'a curve of unknown size counts as weak');
  t.throws(() => facts(sequence(sequence(oid('1.2.3')), bits(Buffer.alloc(4)))), /unknown type 1\.2\.3/);
  const zero = sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing), bits(sequence(integer(0), integer(3))));
  t.match(facts(zero), { type: 'RSA', bits: 0 });
});

t.test('algorithms of signatures', async (t) => {
  const cases: [string, string, number][] = [
    ['1.2.840.113549.1.1.11', 'RSA-SHA256', 128],
    ['1.2.840.113549.1.1.5', 'RSA-SHA1', 63],
    ['1.2.840.113549.1.1.4', 'RSA-MD5', 39],
    ['1.2.840.10045.4.3.3', 'ECDSA-SHA384', 192],
    ['1.3.101.112', 'Ed25519', 128],
  ];
  for (const [type, name, securityBits] of cases) {
    t.match(signature(sequence(oid(type), nothing)), { oid: type, signature: { name, securityBits } });
  }
  const unknown = signature(sequence(oid('1.2.3.4')));
  t.equal(unknown.signature, null);
  t.equal(unknown.bytes.toString('hex'), '300506032a0304');
  t.throws(() => signature(sequence(oid('1.2.3.4'), nothing, nothing)), /something follows/);
});

t.test('RSA-PSS: the form in use and no other (RFC 4055, 3.1)', async (t) => {
  const SHA256 = '2.16.840.1.101.3.4.2.1';
  const hash = (type: string, parameters: Buffer = nothing): Buffer => sequence(oid(type), parameters);
  const pss = (...parts: Buffer[]): Buffer => sequence(oid('1.2.840.113549.1.1.10'), sequence(...parts));
  const digest = tlv(0xa0, hash(SHA256));
  const mask = (type: string, mgf = '1.2.840.113549.1.1.8'): Buffer => tlv(0xa1, sequence(oid(mgf), hash(type)));
  const salt = tlv(0xa2, integer(32));
  t.match(signature(pss(digest, mask(SHA256), salt)).signature, {
    name: 'RSA-PSS-SHA256',
    keyType: 'RSA-PSS',
    securityBits: 128,
  });
  t.equal(signature(pss()).signature, null, 'SHA-1 by default');
  t.equal(signature(sequence(oid('1.2.840.113549.1.1.10'), nothing)).signature, null);
  t.equal(signature(pss(digest, mask('2.16.840.1.101.3.4.2.2'), salt)).signature, null, 'two digests');
  t.equal(signature(pss(digest, mask(SHA256, '1.2.3'), salt)).signature, null, 'another mask function');
  t.equal(signature(pss(digest, mask(SHA256), tlv(0xa2, integer(300)))).signature, null, 'a long salt');
  t.equal(signature(pss(digest, mask(SHA256), salt, tlv(0xa3, integer(1)))).signature, null, 'a trailer');
  t.equal(signature(pss(tlv(0xa0, hash('1.3.14.3.2.26')), mask('1.3.14.3.2.26'), salt)).signature, null, 'SHA-1');
  t.throws(() => signature(pss(tlv(0xa0, hash(SHA256, tlv(0x05, Buffer.from('x')))), mask(SHA256), salt)), /NULL/);
});

t.test('which key makes which signature', async (t) => {
  const key = (type: KeyFacts['type']): KeyFacts => ({ type, bits: 2048, curve: '', explicitParameters: false });
  const rsa = signature(sequence(oid('1.2.840.113549.1.1.11'), nothing)).signature;
  const pss = { name: 'RSA-PSS-SHA256', keyType: 'RSA-PSS', securityBits: 128 } as const;
  t.equal(fitsKey(rsa, key('RSA')), true);
  t.equal(fitsKey(rsa, key('RSA-PSS')), false);
  t.equal(fitsKey(rsa, key('EC')), false);
  t.equal(fitsKey(pss, key('RSA-PSS')), true);
  t.equal(fitsKey(pss, key('RSA')), true);
  t.equal(fitsKey(null, key('RSA')), false);
});
