import t from 'tap';
import { createUtf8Writer, writeUtf8 } from '../../src/frames/utf8.js';

const ways = { 'this runtime': writeUtf8, 'the documented way': createUtf8Writer({}) };

for (const [name, write] of Object.entries(ways)) {
  t.test(`${name}: UTF-8 where it was asked for, and how many bytes it took`, async (t) => {
    for (const [text, wanted] of [
      ['', ''],
      ['Hello', '48656c6c6f'],
      ['a\u00e4\u20ac\u{1f600}', '61c3a4e282acf09f9880'],
      ['\ud83d', 'efbfbd'],
      ['a'.repeat(1000), '61'.repeat(1000)],
    ] as const) {
      const bytes = Buffer.alloc(4000, 0x55);
      const length = wanted.length / 2;
      t.equal(write(bytes, text, 7, text.length * 3), length);
      t.equal(bytes.toString('hex', 7, 7 + length), wanted);
      t.ok(bytes.every((byte, i) => byte === 0x55 || (i >= 7 && i < 7 + length)));
    }
  });
}

t.test('the method of the runtime is called on the Buffer', async (t) => {
  const calls: unknown[] = [];
  const write = createUtf8Writer({
    utf8Write(...args) {
      calls.push(this, ...args);
      return 5;
    },
  });
  const bytes = Buffer.alloc(8);
  t.equal(write(bytes, 'Hello', 1, 6), 5);
  t.strictSame(calls, [bytes, 'Hello', 1, 6]);
  t.equal(calls[0], bytes);
});
