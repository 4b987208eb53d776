import t from 'tap';
import { DerError, DerReader, Tag } from '../../src/tls/der.js';

const reader = (hex: string): DerReader => new DerReader(Buffer.from(hex, 'hex'));

t.test('elements one after the other', async (t) => {
  const list = reader('3006020101040102').enter(Tag.sequence);
  t.equal(list.more, true);
  t.equal(list.tag, Tag.integer);
  t.equal(list.optional(Tag.null), null);
  t.equal(list.integer(list.read(Tag.integer)), '01');
  const octets = list.optional(Tag.octetString);
  t.match(octets, { tag: Tag.octetString, start: 5, from: 7, to: 8 });
  if (octets !== null) t.equal(list.whole(octets).toString('hex'), '040102');
  t.equal(list.tag, -1);
  list.end();
  t.throws(() => list.read(Tag.integer), { message: /nothing found at byte 8/ });
});

t.test('long lengths', async (t) => {
  t.match(reader(`0481${'80'}${'00'.repeat(128)}`).next(), { from: 3, to: 131 });
  t.match(reader(`04820100${'00'.repeat(256)}`).next(), { from: 4, to: 260 });
});

t.test('what is not DER', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['nothing', '', /no length/],
    ['a tag alone', '30', /no length/],
    ['a high tag number', '1f0100', /above 30/],
    ['an indefinite length', '30800000', /indefinite/],
    ['a length in long form that fits the short one', '04810100', /shortest/],
    ['a length with a leading zero', `0482007f${'00'.repeat(127)}`, /shortest/],
    ['a length of five octets', '04850000000001', /does not fit/],
    ['a length that is cut', '0482', /does not fit/],
    ['an element longer than its parent', '3003020201', /longer than/],
  ];
  for (const [name, hex, message] of cases) {
    t.throws(
      () => {
        const outer = reader(hex);
        outer.inside(outer.next()).next();
      },
      message,
      name,
    );
  }
  t.throws(() => reader('020101').enter(Tag.sequence), { code: 'WS_TLS_DER', offset: 0, name: 'DerError' });
  t.throws(() => reader('0500ff').end(), /something follows/);
  t.ok(new DerError('x', 3) instanceof Error);
});

t.test('BOOLEAN: X.690, 11.1', async (t) => {
  const value = (hex: string): boolean => {
    const one = reader(hex);
    return one.boolean(one.next());
  };
  t.equal(value('0101ff'), true);
  t.equal(value('010100'), false);
  for (const hex of ['010101', '0100', '0102ff00']) t.throws(() => value(hex), /neither/, hex);
});

t.test('INTEGER: X.690, 8.3.2', async (t) => {
  const value = (hex: string): string => {
    const one = reader(hex);
    return one.integer(one.next());
  };
  for (const hex of ['00', '7f', '80', '0080', 'ff7f']) t.equal(value(`020${hex.length / 2}${hex}`), hex);
  for (const hex of ['0200', '02020001', '0202ff80']) t.throws(() => value(hex), /INTEGER/, hex);
});

t.test('BIT STRING: X.690, 8.6 and 11.2', async (t) => {
  const value = (hex: string): string => {
    const one = reader(hex);
    return one.bitString(one.next()).toString('hex');
  };
  t.equal(value('030205a0'), 'a0');
  t.equal(value('030100'), '');
  for (const hex of ['0300', '03020880', '030101', '030205a1']) t.throws(() => value(hex), /BIT STRING/, hex);
});

t.test('OBJECT IDENTIFIER: X.690, 8.19', async (t) => {
  const value = (hex: string): string => {
    const one = reader(hex);
    return one.objectIdentifier(one.next());
  };
  t.equal(value('06092a864886f70d01010b'), '1.2.840.113549.1.1.11');
  t.equal(value('0603551d0f'), '2.5.29.15');
  t.equal(value('0603883703'), '2.999.3', 'the example of X.690, 8.19.5');
  t.equal(value('060127'), '0.39');
  t.equal(
    value('060a2b8180808080808080 01'.replace(' ', '')),
    '1.3.9223372036854775809'.replace('9223372036854775809', '72057594037927937'),
  );
  for (const hex of ['0600', '060181', '0603558001', `0641${'01'.repeat(65)}`])
    t.throws(() => value(hex), /IDENTIFIER/, hex);
});
