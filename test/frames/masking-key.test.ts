import t from 'tap';
import { createMaskingKeys, sharedMaskingKeys } from '../../src/frames/masking-key.js';

t.test('every number of the random source is used once and in order', async (t) => {
  let filled = 0;
  const next = createMaskingKeys((pool) => {
    for (let i = 0; i < pool.length; i++) pool[i] = filled++;
  });
  t.equal(filled, 0, 'nothing is drawn before it is needed');
  const wrong: number[] = [];
  for (let i = 0; i < 20000; i++) if (next() !== i) wrong.push(i);
  t.strictSame(wrong, []);
  t.ok(filled >= 20000 && filled < 30000, 'about as many were drawn as were used');
});

t.test('two sources do not share numbers', async (t) => {
  const make = (): (() => number) => createMaskingKeys((pool) => void pool.fill(7).fill(8, 1));
  const [a, b] = [make(), make()];
  t.strictSame([a(), a(), b(), b()], [7, 8, 7, 8]);
});

t.test('the keys of the process are random 32-bit integers', async (t) => {
  t.equal(sharedMaskingKeys(), sharedMaskingKeys());
  const keys = Array.from({ length: 10000 }, sharedMaskingKeys());
  t.ok(keys.every((key) => key === (key | 0)));
  // 10,000 of 2^32: two alike are expected in 1 of 86 runs, ten in none.
  t.ok(new Set(keys).size > 9990);
  for (let bit = 0; bit < 32; bit++) {
    const ones = keys.filter((key) => ((key >>> bit) & 1) === 1).length;
    t.ok(ones > 4500 && ones < 5500, `bit ${bit} is set in ${ones} of 10000`);
  }
});
