import t from 'tap';
import { CutFrame } from '../../src/frames/cut-frame.js';
import { BINARY_RUN, TEXT_RUN } from '../../src/frames/runs.js';
import { hex } from './support.js';

/** What is kept of a chunk that ends with these bytes. */
const cutAt = (digits: string, limits = TEXT_RUN, most = 65535): CutFrame | null => {
  const chunk = hex(`eeee ${digits}`);
  const cut = CutFrame.at(chunk, 2, chunk.length, limits, most);
  chunk.fill(0xee); // the chunk may be overwritten
  return cut;
};

const joined = (start: string, rest: string, limits = TEXT_RUN): string | Buffer | null => {
  const chunk = hex(`eeee ${rest}`);
  const cut = cutAt(start, limits);
  t.not(cut, null, start);
  const message = cut?.join(chunk, 2, chunk.length) ?? null;
  chunk.fill(0xee);
  return message;
};

t.test('a frame in two parts is one message', async (t) => {
  t.equal(joined('8103', '616263'), 'abc', 'cut behind the header');
  t.equal(joined('810361', '6263'), 'abc');
  t.equal(joined('8104 61c3', 'a462 8100'), 'a\u00e4b', 'in the middle of a character, and more follows');
  t.same(joined('8203 fffe', 'fd', BINARY_RUN), hex('fffefd'));
  t.same(joined('8203 00', '0102 8200', BINARY_RUN), hex('000102'));
  const long = Buffer.alloc(300, 'x').toString('hex');
  t.equal(joined(`817e012c ${long.slice(0, 100)}`, long.slice(100)), 'x'.repeat(300));
  t.same(joined(`827e012c ${long.slice(0, 100)}`, long.slice(100), BINARY_RUN), Buffer.alloc(300, 'x'));
});

t.test('how much has come and is missing', async (t) => {
  t.match(cutAt('8103 61'), { length: 3, missing: 2 });
  t.match(cutAt('817e0080'), { length: 4, missing: 128 });
});

t.test('less than the rest, and what is no UTF-8, the general way has to see', async (t) => {
  t.equal(joined('8103 61', '62'), null);
  t.equal(joined('8103 61', ''), null);
  t.equal(joined('8103 61', '62ff'), null);
  t.equal(joined('8103 61c3', '62'), null, 'a character that is cut off');
  t.equal(cutAt('8103 ff'), null, 'it fails at once');
});

t.test('only what belongs to a run is kept', async (t) => {
  for (const [digits, why] of [
    ['', 'nothing'],
    ['81', 'a cut header'],
    ['817e', 'a cut header'],
    ['817e00', 'a cut header'],
    ['8101 61', 'a whole frame'],
    ['8181 00000000', 'masked'],
    ['81fe 0080 00000000', 'masked'],
    ['817f 0000000000000100', 'a 64-bit length'],
    ['817e 007d 61', 'a length that is not minimal'],
    ['817e 0801 61', 'longer than those of a run'],
  ] as const) {
    t.equal(cutAt(digits), null, why);
  }
  t.equal(cutAt('817e 0800 61', TEXT_RUN, 2047), null, 'longer than any may be');
  t.not(cutAt('817e 0800 61', TEXT_RUN, 2048), null);
});

t.test("the memory of a text is used again, that of bytes is the receiver's", async (t) => {
  const text = cutAt('8103 61') as CutFrame;
  text.release();
  t.equal((cutAt('8103 61') as CutFrame).bytes, text.bytes);
  const bytes = cutAt('8203 61', BINARY_RUN) as CutFrame;
  bytes.release();
  t.not((cutAt('8203 61', BINARY_RUN) as CutFrame).bytes, bytes.bytes);
});
