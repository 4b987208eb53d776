import t from 'tap';
import { FINAL_BINARY, FINAL_TEXT, findRun, shortLengthAt } from '../../src/frames/runs.js';
import { frame, hex } from './support.js';

const run = (digits: string, longest = 2048, enough = 2048): unknown => {
  const bytes = hex(`eeee ${digits}`);
  const { end, highBytes } = findRun(bytes, 2, bytes.length, FINAL_TEXT, longest, enough);
  return [end - 2, highBytes];
};

t.test('whole frames with the same first byte are a run', async (t) => {
  t.strictSame(run('8100'), [2, 1]);
  t.strictSame(run('810161 8100 81026162'), [9, 3]);
  t.strictSame(run('810161 820162 810163'), [3, 1], 'another first byte ends it');
  t.strictSame(run('810161 0101 62'), [3, 1]);
  t.strictSame(run('810161 81'), [3, 1], 'a cut header');
  t.strictSame(run('810161 817e'), [3, 1], 'a cut header');
  t.strictSame(run('810161 817e00'), [3, 1], 'a cut header');
  t.strictSame(run('810161 810261'), [3, 1], 'a cut payload');
  t.strictSame(run('8201 61'), [0, 0]);
  t.strictSame(run(''), [0, 0]);
});

t.test('what the general way has to judge ends it', async (t) => {
  t.strictSame(run('810161 8181 00000000 61'), [3, 1], 'masked');
  t.strictSame(run('810161 817f 0000000000000001 61', 65535), [3, 1], '64-bit length');
  t.strictSame(run('810161 81ff 0000000000000001 61', 65535), [3, 1], 'masked, 64-bit length');
  t.strictSame(run('810161 817e 0001 61'), [3, 1], 'a length that is not minimal');
  t.strictSame(run('810161 81fe 0080 00000000'), [3, 1], 'masked, 16-bit length');
  t.strictSame(run('8103616263 8104 61626364', 3), [5, 1], 'longer than the longest');
});

t.test('it is no longer than needed', async (t) => {
  t.strictSame(run('8100 8100 8100', 2048, 3), [4, 2]);
  t.strictSame(run('8100 8100 8100', 2048, 4), [4, 2]);
});

t.test('counts the bytes of its headers that are not ASCII', async (t) => {
  for (const [length, high] of [
    [126, 1],
    [127, 1],
    [128, 2],
    [255, 2],
    [256, 1],
    [0x8000, 2],
    [0x80ff, 3],
    [0xffff, 3],
  ] as const) {
    const bytes = frame(FINAL_BINARY, Buffer.alloc(length));
    const found = findRun(bytes, 0, bytes.length, FINAL_BINARY, 65535, 8192);
    t.strictSame(found, { end: bytes.length, highBytes: high }, `${length}`);
  }
});

t.test('counts no byte of a header that is not in it', async (t) => {
  // Otherwise the count would make up for as many bytes of text that are not ASCII, and c3a4 would be taken for latin1.
  t.strictSame(run('8102 c3a4 817e 8080'), [4, 1], 'too long');
  t.strictSame(run('8102 c3a4 817e 0080 61'), [4, 1], 'cut');
  t.strictSame(run('8102 c3a4 817e 0080 61', 100), [4, 1], 'over the limit');
});

t.test('the length of its frames', async (t) => {
  t.equal(shortLengthAt(hex('00 8100'), 1), 0);
  t.equal(shortLengthAt(hex('00 817d'), 1), 125);
  t.equal(shortLengthAt(hex('817e 007e'), 0), 126);
  t.equal(shortLengthAt(hex('817e fedc'), 0), 0xfedc);
});
