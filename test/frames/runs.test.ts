import t from 'tap';
import {
  BINARY_RUN,
  decodeAsciiRun,
  FINAL_BINARY,
  FINAL_TEXT,
  findRun,
  type RunLimits,
  shortLengthAt,
  TEXT_RUN,
} from '../../src/frames/runs.js';
import { frame, hex } from './support.js';

const run = (digits: string, limits: Partial<RunLimits> = {}, most = 65535): unknown => {
  const bytes = hex(`eeee ${digits}`);
  const { end, highBytes } = findRun(bytes, 2, bytes.length, FINAL_TEXT, { ...TEXT_RUN, ...limits }, most);
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
  t.strictSame(run('810161 817f 0000000000000001 61', { longest: 65535 }), [3, 1], '64-bit length');
  t.strictSame(run('810161 81ff 0000000000000001 61', { longest: 65535 }), [3, 1], 'masked, 64-bit length');
  t.strictSame(run('810161 817e 0001 61'), [3, 1], 'a length that is not minimal');
  t.strictSame(run('810161 81fe 0080 00000000'), [3, 1], 'masked, 16-bit length');
  t.strictSame(run('8103616263 8104 61626364', { longest: 3 }), [5, 1], 'longer than the longest');
  t.strictSame(run('8103616263 8104 61626364', {}, 3), [5, 1], 'longer than any may be');
});

t.test('it is no longer than its limits allow', async (t) => {
  const empty = '8100 8100 8100';
  t.strictSame(run(empty, { bytes: 3 }), [4, 2]);
  t.strictSame(run(empty, { bytes: 4 }), [4, 2]);
  t.strictSame(run(empty, { bytes: 5 }), [6, 3]);
  const three = '810161'.repeat(3);
  t.strictSame(run(three, { bytes: 2, times: 3 }), [3, 1], 'three times its shortest payload');
  t.strictSame(run(three, { bytes: 2, times: 4 }), [6, 2]);
  t.strictSame(run(three, { bytes: 4, times: 3 }), [6, 2], 'but so long in any case');
});

t.test('a short message among longer ones holds no more than its own share', async (t) => {
  for (const limits of [TEXT_RUN, BINARY_RUN]) {
    const long = frame(FINAL_TEXT, Buffer.alloc(1000));
    const short = frame(FINAL_TEXT, Buffer.alloc(10));
    const bytes = Buffer.concat([long, long, short, ...Array(1000).fill(long)]);
    const { end } = findRun(bytes, 0, bytes.length, FINAL_TEXT, limits, 65535);
    t.ok(end > long.length * 2 && end < limits.bytes + long.length, `${end} bytes`);
    const alike = Buffer.concat(Array(1000).fill(long));
    const whole = findRun(alike, 0, alike.length, FINAL_TEXT, limits, 65535);
    t.ok(whole.end >= 1000 * limits.times && whole.end < 1000 * limits.times + long.length, `${whole.end} bytes`);
  }
});

t.test('is decoded at once if it is ASCII', async (t) => {
  const decoded = (digits: string): string | null => {
    const bytes = hex(digits);
    return decodeAsciiRun(bytes, 0, findRun(bytes, 0, bytes.length, FINAL_TEXT, TEXT_RUN, 65535));
  };
  t.equal(decoded('810161 8100 81026162'), '\x81\x01a\x81\x00\x81\x02ab');
  t.equal(decoded('810161 8102c3a4'), null);
  t.equal(decoded('810180'), null, 'not even UTF-8');
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
    const found = findRun(bytes, 0, bytes.length, FINAL_BINARY, { ...BINARY_RUN, longest: 65535 }, 65535);
    t.strictSame(found, { end: bytes.length, highBytes: high }, `${length}`);
  }
});

t.test('counts no byte of a header that is not in it', async (t) => {
  // Otherwise the count would make up for as many bytes of text that are not ASCII, and c3a4 would be taken for latin1.
  t.strictSame(run('8102 c3a4 817e 8080'), [4, 1], 'too long');
  t.strictSame(run('8102 c3a4 817e 0080 61'), [4, 1], 'cut');
  t.strictSame(run('8102 c3a4 817e 0080 61', { longest: 100 }), [4, 1], 'over the limit');
});

t.test('the length of its frames', async (t) => {
  t.equal(shortLengthAt(hex('00 8100'), 1), 0);
  t.equal(shortLengthAt(hex('00 817d'), 1), 125);
  t.equal(shortLengthAt(hex('817e 007e'), 0), 126);
  t.equal(shortLengthAt(hex('817e fedc'), 0), 0xfedc);
});
