import t from 'tap';
import { DerReader } from '../../src/tls/der.js';
import { readGeneralNames } from '../../src/tls/general-name.js';
import { integer, oid, text, tlv } from './pki/der-writer.js';
import { dns, name } from './pki/make-certificate.js';

const read = (...names: Buffer[]): string | null => readGeneralNames(new DerReader(Buffer.concat(names)));
const directory = (value: string): Buffer => tlv(0xa4, name(value));

t.test('RFC 5280, 4.2.1.6: every kind that is in use', async (t) => {
  t.equal(read(), null);
  const address = tlv(0x87, Buffer.from([127, 0, 0, 1]));
  t.equal(
    read(dns('a.example'), text(0x81, 'a@b'), text(0x86, 'https://a'), address, tlv(0x88, oid('1.2.3').subarray(2))),
    null,
  );
  t.equal(read(tlv(0xa0, oid('1.2.3'), tlv(0xa0, integer(1)))), null, 'otherName');
});

t.test('the first directory name is the one that counts', async (t) => {
  t.equal(read(dns('a'), directory('Plant'), directory('other')), read(directory('plant')));
  t.not(read(directory('plant')), read(directory('other')));
});

t.test('what is malformed', async (t) => {
  t.throws(() => read(tlv(0x88, Buffer.alloc(0))), /OBJECT IDENTIFIER/);
  t.throws(() => read(tlv(0xa0, oid('1.2.3'))), /was expected/);
  t.throws(() => read(tlv(0xa0, oid('1.2.3'), tlv(0xa0, integer(1)), integer(1))), /something follows/);
  t.throws(() => read(tlv(0xa4, name('a'), name('b'))), /something follows/);
  for (const tag of [0xa3, 0xa5, 0x84, 0x0c]) t.throws(() => read(tlv(tag)), /of the kind/, `0x${tag.toString(16)}`);
});
