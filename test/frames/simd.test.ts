import { spawnSync } from 'node:child_process';
import t from 'tap';
import { createSimdMemory, type SimdMemory } from '../../src/frames/simd.js';
import { aboutFastPath } from '../about-fast-path.js';
import { type Key, masked, randomFor } from './support.js';

const SIMD = aboutFastPath('simd');
const simd = createSimdMemory() as SimdMemory;

t.test('this runtime has it, and the memory does not move', SIMD, async (t) => {
  t.type(simd.memory, ArrayBuffer);
  t.equal(simd.memory.byteLength, 257 * 65536);
  t.not(createSimdMemory()?.memory, simd.memory, 'each call makes a memory of its own');
});

t.test('equals the definition at every alignment and length; touches at most 15 bytes behind', SIMD, async (t) => {
  const random = randomFor(t);
  const bytes = Buffer.from(simd.memory);
  const wrong: string[] = [];
  const lengths = [...Array.from({ length: 201 }, (_, i) => i), 255, 256, 1000, 4095, 263_152, 1_048_579];
  for (let start = 64; start < 72; start++) {
    for (const length of lengths) {
      const key = [...random.bytes(4)] as unknown as Key;
      for (let i = 0; i < length + 128; i++) bytes[i] = i * 5 + length;
      const before = Buffer.from(bytes.subarray(0, start));
      const wanted = masked(bytes.subarray(start, start + length), key);
      const behind = Buffer.from(bytes.subarray(start + length + 15, start + length + 128));
      simd.xor(start, length, Buffer.from(key).readInt32LE(0));
      if (!wanted.equals(bytes.subarray(start, start + length))) wrong.push(`${length} bytes at ${start}`);
      if (!before.equals(bytes.subarray(0, start))) wrong.push(`before ${length} bytes at ${start}`);
      if (!behind.equals(bytes.subarray(start + length + 15, start + length + 128))) {
        wrong.push(`behind ${length} bytes at ${start}`);
      }
    }
  }
  t.strictSame(wrong, []);
});

t.test('null where there is no WebAssembly, or one that refuses the module', async (t) => {
  t.equal(createSimdMemory(null), null);
  t.equal(createSimdMemory({}), null);
  class Refuses {
    constructor() {
      throw new SyntaxError('invalid value type 0x7b');
    }
  }
  t.equal(createSimdMemory({ Module: Refuses, Instance: Refuses }), null);
});

t.test('null under --jitless, where a writer works too', async (t) => {
  const folder = new URL('../../src/frames/', import.meta.url).href;
  const program = `
    const { createSimdMemory, Writer } = await import('${folder}index.js');
    const written = [];
    const output = { pending() {}, cork() {}, uncork() {},
      write(slot, length) { written.push(Buffer.from(slot.bytes.subarray(0, length))); slot.release(); } };
    const writer = new Writer(output, { nextMaskingKey: () => 0x3d21fa37 });
    writer.text('Hello');
    writer.binary(new Uint8Array(70));
    writer.flush();
    console.log(JSON.stringify([createSimdMemory(), Buffer.concat(written).toString('hex')]));`;
  const child = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', program], { encoding: 'utf8' });
  t.equal(child.status, 0, child.stderr);
  const zeros = `${'37fa213d'.repeat(17)}37fa`;
  t.strictSame(JSON.parse(child.stdout), [null, `818537fa213d7f9f4d515882c637fa213d${zeros}`]);
});
