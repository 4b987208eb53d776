import t from 'tap';
import { InflatePasses } from '../../src/frames/inflate-passes.js';
import { hex } from './support.js';

const END = 9;

t.test('zlib gets the payload, the tail, and an empty final block and one octet more', async (t) => {
  const passes = new InflatePasses(hex('f248cdc9c90700'), 5);
  t.strictSame(passes.input, hex('f248cdc9c90700 0000ffff 010000ffff 00'));
});

t.test('one pass', async (t) => {
  const passes = new InflatePasses(Buffer.alloc(7), 5);
  t.equal(passes.add(Buffer.from('Hel')), true);
  t.equal(passes.add(Buffer.from('lo')), true);
  t.equal(passes.add(Buffer.alloc(0)), true);
  t.strictSame(passes.end(7 + END), Buffer.from('Hello'));
  t.equal(passes.finals, 0);
  t.equal(passes.add(Buffer.from('!')), false, 'more than the limit');
});

t.test('a final block at the end, with the octet behind it or without, or in the tail', async (t) => {
  for (const consumed of [6, 7, 11]) {
    const passes = new InflatePasses(hex('010203040506 00'), 5);
    const one = Buffer.from('one');
    passes.add(one);
    t.equal(passes.end(consumed), one, 'no copy');
    t.equal(passes.finals, 1);
  }
});

t.test('a final block in the middle', async (t) => {
  const passes = new InflatePasses(hex('01020304 05060708'), 50);
  passes.add(Buffer.from('one '));
  t.equal(passes.end(4), null);
  t.strictSame(passes.next(), [Buffer.from('one ')]);
  t.strictSame(passes.input, hex('05060708 0000ffff 010000ffff 00'));
  passes.add(Buffer.from('two'));
  t.strictSame(passes.end(4 + END), Buffer.from('one two'));
  t.equal(passes.finals, 1);
  t.strictSame(passes.next(), [Buffer.from('two')]);
});

t.test('a block that ends in the tail, or behind it, was cut off', async (t) => {
  for (const consumed of [8, 15, 17]) {
    const broken = new InflatePasses(Buffer.alloc(7), 5).end(consumed);
    t.match(broken, { code: 'WS_PROTOCOL_DEFLATE', closeCode: 1007, message: /last block is cut off/ }, `${consumed}`);
  }
});

t.test('final blocks are counted: 16, and one for each KiB', async (t) => {
  const allowed = (size: number): number => {
    const passes = new InflatePasses(Buffer.alloc(size, 1), 5);
    for (let i = 0; ; i++) {
      const result = passes.end(1);
      if (result === null) continue;
      t.match(result, { code: 'WS_PROTOCOL_DEFLATE', message: new RegExp(`more than ${i} final blocks`) });
      return i;
    }
  };
  t.equal(allowed(1000), 16);
  t.equal(allowed(10240), 26);
});
