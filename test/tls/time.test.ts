import t from 'tap';
import { DerReader } from '../../src/tls/der.js';
import { parseTime, readTime } from '../../src/tls/time.js';
import { text } from './pki/der-writer.js';

const seconds = (iso: string): number => Date.parse(iso) / 1000;

t.test('RFC 5280, 4.1.2.5: what a date looks like', async (t) => {
  t.equal(parseTime('491231235959Z', true), seconds('2049-12-31T23:59:59Z'));
  t.equal(parseTime('500101000000Z', true), seconds('1950-01-01T00:00:00Z'));
  t.equal(parseTime('700101000000Z', true), 0);
  t.equal(parseTime('20240229120000Z', false), seconds('2024-02-29T12:00:00Z'));
  t.equal(parseTime('99991231235959Z', false), 253402300799);
  t.equal(parseTime('00010101000000Z', false), seconds('0001-01-01T00:00:00Z'), 'a year below 100 is that year');
});

t.test('everything else is malformed', async (t) => {
  const wrong = {
    utc: ['4912312359Z', '491231235959', '491231235959+0100', '491231235959z', '20491231235959Z', '491331000000Z'],
    fields: [
      '230229000000Z',
      '230431000000Z',
      '230001000000Z',
      '230100000000Z',
      '230101240000Z',
      '230101006000Z',
      '230101000060Z',
    ],
    general: ['20231231235959', '20231231235959.5Z', '231231235959Z', '20231231235959+0000', '2023123123595Z ', ''],
  };
  for (const value of [...wrong.utc, ...wrong.fields]) t.equal(parseTime(value, true), null, value);
  for (const value of wrong.general) t.equal(parseTime(value, false), null, value);
});

t.test('the two types and no other', async (t) => {
  t.same(readTime(new DerReader(text(0x17, '700101000001Z'))), { text: '700101000001Z', seconds: 1 });
  t.same(readTime(new DerReader(text(0x18, '19700101000001Z'))), { text: '19700101000001Z', seconds: 1 });
  t.same(readTime(new DerReader(text(0x18, 'soon'))), { text: 'soon', seconds: null });
  t.throws(() => readTime(new DerReader(text(0x0c, '700101000001Z'))), /tag 0x18 was expected/);
});
