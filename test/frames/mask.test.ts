import t from 'tap';
import { mask } from '../../src/frames/mask.js';
import { hex, type Key, masked, randomFor } from './support.js';

const littleEndian = (key: Key): number => Buffer.from(key).readInt32LE(0);
const LARGE = [255, 256, 1000, 4095, 65537, 1048579];
const lengths = [...Array.from({ length: 201 }, (_, i) => i), ...LARGE];

t.test("masks the RFC's example both ways (5.7)", async (t) => {
  const bytes = hex('7f9f4d5158');
  mask(bytes, 0, 5, littleEndian([0x37, 0xfa, 0x21, 0x3d]));
  t.equal(bytes.toString(), 'Hello');
  mask(bytes, 0, 5, littleEndian([0x37, 0xfa, 0x21, 0x3d]));
  t.strictSame(bytes, hex('7f9f4d5158'));
});

t.test('equals the definition at every alignment and length, and touches nothing else', async (t) => {
  const random = randomFor(t);
  const wrong: string[] = [];
  for (let alignment = 0; alignment < 8; alignment++) {
    for (const length of lengths) {
      const key = [...random.bytes(4)] as unknown as Key;
      const memory = new Uint8Array(16 + length + 16).fill(0xa5);
      const bytes = memory.subarray(alignment);
      const start = 3;
      for (let i = 0; i < length; i++) bytes[start + i] = i * 7 + length;
      const wanted = Buffer.from(memory);
      wanted.set(masked(bytes.subarray(start, start + length), key), alignment + start);
      mask(bytes, start, start + length, littleEndian(key));
      if (!wanted.equals(memory)) wrong.push(`${length} bytes at ${alignment}`);
    }
  }
  t.strictSame(wrong, []);
});

t.test('the same with a view of the memory that the caller keeps', async (t) => {
  const random = randomFor(t);
  const memory = new ArrayBuffer(1 << 20);
  const bytes = new Uint8Array(memory);
  const words = new Int32Array(memory);
  const wrong: string[] = [];
  for (let start = 0; start < 8; start++) {
    for (const length of lengths.filter((length) => length < 100000)) {
      const key = [...random.bytes(4)] as unknown as Key;
      const around = Buffer.from(bytes.subarray(0, length + 32));
      around.set(masked(bytes.subarray(start, start + length), key), start);
      mask(bytes, start, start + length, littleEndian(key), words);
      if (!around.equals(bytes.subarray(0, length + 32))) wrong.push(`${length} bytes at ${start}`);
    }
  }
  t.strictSame(wrong, []);
});

t.test('it gives the key for the next byte', async (t) => {
  const key: Key = [1, 2, 3, 0x84];
  for (const count of lengths) {
    const turned = [0, 1, 2, 3].map((i) => key[(count + i) % 4]) as unknown as Key;
    t.equal(
      mask(new Uint8Array(count + 1), 1, 1 + count, littleEndian(key)),
      littleEndian(turned),
      `turned by ${count}`,
    );
  }
});
