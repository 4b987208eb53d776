import t from 'tap';
import { EMPTY_MESSAGE, scratch, TAIL, zlibWindowBits } from '../../src/frames/permessage-deflate.js';
import { inflateBySpec } from './deflate-support.js';

t.test('the tail completes the empty stored block that an empty message is', async (t) => {
  const { bytes, blocks } = inflateBySpec(Buffer.concat([EMPTY_MESSAGE, TAIL]));
  t.equal(bytes.length, 0);
  t.strictSame(blocks, [1, 0, 0]);
});

t.test('zlib is asked for the window that was agreed on, but for 8 bits', async (t) => {
  t.strictSame([8, 9, 10, 11, 12, 13, 14, 15].map(zlibWindowBits), [9, 9, 10, 11, 12, 13, 14, 15]);
});

t.test('there is one scratch memory', async (t) => {
  t.equal(scratch(), scratch());
  t.equal(scratch().length, 131072);
});
