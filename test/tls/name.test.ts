import t from 'tap';
import { DerReader } from '../../src/tls/der.js';
import { readName } from '../../src/tls/name.js';
import { oid, sequence, set, text, tlv } from './pki/der-writer.js';

const CN = '2.5.4.3';
const attribute = (value: Buffer, type = CN): Buffer => sequence(oid(type), value);
const canonical = (...rdns: Buffer[][]): string => readName(new DerReader(sequence(...rdns.map((rdn) => set(...rdn)))));
const cn = (tag: number, bytes: string | Buffer): string =>
  canonical([attribute(tlv(tag, Buffer.from(bytes as string)))]);

t.test('names that OpenSSL takes as equal', async (t) => {
  const plain = cn(0x0c, 'plant root');
  t.equal(cn(0x13, 'plant root'), plain, 'the string type does not matter');
  t.equal(cn(0x16, 'plant root'), plain);
  t.equal(cn(0x14, 'plant root'), plain);
  t.equal(cn(0x1a, 'plant root'), plain);
  t.equal(cn(0x1e, Buffer.from('plant root', 'utf16le').swap16()), plain);
  t.equal(cn(0x1c, Buffer.concat([...'plant root'].map((one) => Buffer.from([0, 0, 0, one.charCodeAt(0)])))), plain);
  t.equal(cn(0x0c, 'Plant  ROOT'), plain, 'nor case, nor how much space');
  t.equal(cn(0x0c, '  plant\t root '), plain);
  t.equal(cn(0x14, Buffer.from('Fabrik S\u00fcd', 'latin1')), cn(0x0c, 'fabrik s\u00fcd'), 'T61 is read as Latin-1');
  const a = attribute(text(0x0c, 'a'));
  const b = attribute(text(0x0c, 'b'), '2.5.4.10');
  t.equal(canonical([a, b]), canonical([b, a]), 'a SET has no order');
});

t.test('names that are different', async (t) => {
  const plain = cn(0x0c, 'root');
  t.not(cn(0x0c, 'ro ot'), plain);
  t.not(cn(0x0c, 'r\u00f6\u00f6t'), cn(0x0c, 'R\u00d6\u00d6T'), 'case folds in ASCII only');
  t.not(cn(0x04, 'root'), plain, 'other types are compared as bytes');
  t.not(cn(0x04, 'root'), cn(0x04, 'ROOT'));
  const a = attribute(text(0x0c, 'a'));
  const b = attribute(text(0x0c, 'b'));
  t.not(canonical([a], [b]), canonical([b], [a]));
  t.not(canonical([a], [b]), canonical([a, b]));
  t.not(canonical([a]), canonical([attribute(text(0x0c, 'a'), '2.5.4.10')]));
  t.equal(canonical(), '', 'an empty name is a name');
});

t.test('what is no name', async (t) => {
  t.throws(() => canonical([]), /without attributes/);
  t.throws(() => cn(0x1e, 'odd'), /odd length/);
  t.throws(() => cn(0x1e, Buffer.from('d800', 'hex')), /does not exist/);
  t.throws(() => cn(0x1c, 'abc'), /multiple of four/);
  t.throws(() => cn(0x1c, Buffer.from('00110000', 'hex')), /does not exist/);
  t.throws(() => cn(0x0c, Buffer.from('ff', 'hex')), 'UTF-8 is checked');
  const long = attribute(Buffer.concat([text(0x0c, 'a'), text(0x0c, 'b')]));
  t.throws(() => canonical([long]), /something follows/);
});
