import t from 'tap';
import { createSimdMemory } from '../../src/frames/simd.js';
import { createSlotPool, type Slot, type SlotPool, sharedSlotPool } from '../../src/frames/slot.js';
import { type Key, masked, randomFor } from './support.js';

const pools: readonly (readonly [name: string, make: () => SlotPool])[] = [
  ['SIMD', () => createSlotPool(createSimdMemory())],
  ['plain', () => createSlotPool(null)],
];

const take = (pool: SlotPool, count: number, wanted = 0): Slot[] =>
  Array.from({ length: count }, () => pool.take(wanted));

for (const [name, make] of pools) {
  t.test(`${name}: slots do not overlap, also when more are in use than are kept`, async (t) => {
    const pool = make();
    const slots = [...take(pool, 72), ...take(pool, 2, 9000)];
    slots.forEach((slot, i) => {
      slot.bytes.fill(i);
    });
    t.ok(slots.every((slot, i) => slot.bytes.every((byte) => byte === i)));
    t.strictSame([...new Set(slots.slice(0, 64).map(({ capacity }) => capacity))], [263_152]);
    t.strictSame([...new Set(slots.slice(64, 72).map(({ capacity }) => capacity))], [8176], 'a spare one is small');
    t.strictSame([...new Set(slots.slice(72).map(({ capacity }) => capacity))], [263_152], 'unless more is to come');
    t.ok(slots.every(({ bytes, capacity }) => bytes.length === capacity + 16));
  });

  t.test(`${name}: the view of a slot is its memory, from the first byte on`, async (t) => {
    for (const slot of take(make(), 66)) {
      slot.bytes.write('abc');
      const view = slot.view(3);
      t.ok(Buffer.isBuffer(view));
      slot.bytes[1] = 0x5a;
      t.equal(view.toString(), 'aZc');
      t.equal(slot.view(0).length, 0);
    }
  });

  t.test(`${name}: a slot that was given back is used again, a spare one is not`, async (t) => {
    const pool = make();
    const slots = take(pool, 65);
    const [first, spare] = [slots[0] as Slot, slots[64] as Slot];
    spare.release();
    t.not(pool.take(0), spare);
    first.release();
    t.equal(pool.take(0), first);
    t.not(pool.take(0), first);
  });

  t.test(`${name}: the border where a spare slot is large`, async (t) => {
    const pool = make();
    take(pool, 64);
    t.equal(pool.take(8176).capacity, 8176);
    t.equal(pool.take(8177).capacity, 263_152);
  });

  t.test(`${name}: every slot masks its own bytes`, async (t) => {
    const random = randomFor(t);
    const pool = make();
    const slots = take(pool, 66);
    const wrong: string[] = [];
    slots.forEach((slot, i) => {
      for (const [start, length] of [
        [0, 0],
        [1, 5],
        [6, 63],
        [7, 64],
        [9, 200],
        [14, slot.capacity - 14],
      ] as const) {
        const content = random.bytes(Math.min(length, 1000));
        slot.bytes.fill(0x55);
        slot.bytes.set(content, start);
        const key = [...random.bytes(4)] as unknown as Key;
        const wanted = masked(slot.bytes.subarray(start, start + length), key);
        slot.mask(start, length, Buffer.from(key).readInt32LE(0));
        if (!wanted.equals(slot.bytes.subarray(start, start + length))) wrong.push(`slot ${i}: ${length} at ${start}`);
        if (start > 0 && slot.bytes[start - 1] !== 0x55) wrong.push(`slot ${i}: before ${start}`);
      }
    });
    t.strictSame(wrong, []);
  });
}

t.test('the process has one pool', async (t) => {
  t.equal(sharedSlotPool(), sharedSlotPool());
  const slot = sharedSlotPool().take(0);
  t.equal(slot.capacity, 263_152);
  slot.release();
});
