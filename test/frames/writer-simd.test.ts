import t from 'tap';
import { createSimdMemory } from '../../src/frames/simd.js';
import { createSlotPool, type SlotPool } from '../../src/frames/slot.js';
import { Writer } from '../../src/frames/writer.js';
import { aboutFastPath } from '../about-fast-path.js';
import { frames, type Random, randomFor, Random as SeededRandom } from './support.js';

const UNITS = ['a', 'z'.repeat(9), '\u00e4', '\u20ac', '\u{1f600}', '\ud800', '\0', '\u007f', '\u0080'];

/** Sends random messages and says what they were, as the frames that they must become. */
function sendRandom(writer: Writer, random: Random): string[] {
  const wanted: string[] = [];
  const size = (): number =>
    random.below(random.pick([4, 40, 140, 300, 5000, 30_000, random.below(20) > 0 ? 9 : 600_000]));
  const add = (first: number, payload: Uint8Array): void => {
    wanted.push(`${first} ${Buffer.from(payload).toString('latin1')}`);
  };
  for (let i = 0; i < 300; i++) {
    const kind = random.below(10);
    if (kind < 4) {
      const unit = random.pick(UNITS);
      const text = `${random.pick(UNITS)}${unit.repeat(size() / unit.length)}`;
      writer.text(text);
      add(0x81, Buffer.from(text));
    } else if (kind < 7) {
      const bytes = random.bytes(size());
      writer.binary(bytes);
      add(0x82, bytes);
    } else if (kind === 7) {
      const parts = Array.from({ length: 1 + random.below(4) }, () => random.bytes(size() / 10));
      for (const [k, part] of parts.entries()) {
        const fin = k === parts.length - 1;
        writer.fragment(2, part, fin);
        add((fin ? 0x80 : 0) | (k === 0 ? 2 : 0), part);
      }
    } else if (kind === 8) {
      const bytes = random.bytes(random.below(126));
      writer.ping(bytes);
      add(0x89, bytes);
    } else if (random.below(4) === 0) writer.flush();
  }
  writer.close(1000, 'end');
  add(0x88, Buffer.from('\x03\xe8end', 'latin1'));
  writer.flush();
  return wanted;
}

/** What a writer over this pool makes of the messages of a seed, and what it should. Slots are given back late and in any order. */
function run(slots: SlotPool, seed: number): { writes: Buffer[]; wanted: string[] } {
  const random = new SeededRandom(seed);
  const writes: Buffer[] = [];
  const held: (() => void)[] = [];
  const most = random.pick([0, 3, 40]);
  const release = new SeededRandom(seed + 1);
  const output = {
    pending() {},
    cork() {},
    uncork() {},
    write(slot: { bytes: Buffer; release(): void }, length: number) {
      writes.push(Buffer.from(slot.bytes.subarray(0, length)));
      held.push(() => slot.release());
      while (held.length > most) held.splice(release.below(held.length), 1)[0]?.();
    },
  };
  let key = seed;
  const nextMaskingKey = (): number => {
    key = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d) ^ 0x297a2d39;
    return key;
  };
  const wanted = sendRandom(new Writer(output, { slots, nextMaskingKey }), random);
  for (const give of held) give();
  return { writes, wanted };
}

t.test(
  'the same messages through SIMD memory and through plain memory are the same writes',
  aboutFastPath('simd'),
  async (t) => {
    const random = randomFor(t);
    const simd = createSimdMemory();
    t.ok(simd, 'this runtime has SIMD');
    const pools = { simd: createSlotPool(simd), plain: createSlotPool(null) };
    for (let i = 0; i < 12; i++) {
      const seed = random.below(2 ** 31);
      const [fast, plain] = [run(pools.simd, seed), run(pools.plain, seed)];
      t.strictSame(
        fast.writes.map(({ length }) => length),
        plain.writes.map(({ length }) => length),
      );
      t.ok(Buffer.concat(fast.writes).equals(Buffer.concat(plain.writes)), 'the same bytes');
      const found = frames(Buffer.concat(fast.writes)).map(
        ({ first, payload }) => `${first} ${payload.toString('latin1')}`,
      );
      t.equal(found.length, fast.wanted.length);
      t.ok(
        found.every((frame, k) => frame === fast.wanted[k]),
        'and the right ones',
      );
    }
  },
);
