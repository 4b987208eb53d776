import t from 'tap';
import {
  decodeHeader,
  encodeHeader,
  headerBytes,
  headerLengthFor,
  MAX_HEADER_LENGTH,
} from '../../src/frames/header.js';
import { hex } from './support.js';

const plain = { fin: true, rsv1: false, rsv2: false, rsv3: false, lengthTooLong: false, maskingKey: null };

/** Payload length and its bytes in a frame header: RFC 6455 5.2 at each border. */
const LENGTHS: readonly (readonly [length: number, extendedLength: 0 | 2 | 8, header: string])[] = [
  [0, 0, '8200'],
  [1, 0, '8201'],
  [125, 0, '827d'],
  [126, 2, '827e 007e'],
  [127, 2, '827e 007f'],
  [255, 2, '827e 00ff'],
  [256, 2, '827e 0100'],
  [65535, 2, '827e ffff'],
  [65536, 8, '827f 0000000000010000'],
  [2 ** 31 - 1, 8, '827f 000000007fffffff'],
  [2 ** 31, 8, '827f 0000000080000000'],
  [2 ** 32 - 1, 8, '827f 00000000ffffffff'],
  [2 ** 32, 8, '827f 0000000100000000'],
  [2 ** 52 + 3, 8, '827f 0010000000000003'],
  [2 ** 53 - 1, 8, '827f 001fffffffffffff'],
];

t.test('decodes and encodes the length, in the fewest bytes', async (t) => {
  for (const [length, extendedLength, header] of LENGTHS) {
    const bytes = hex(header);
    const wanted = { ...plain, opcode: 2, length, extendedLength, headerLength: bytes.length };
    t.strictSame(decodeHeader(bytes), wanted, `decode ${length}`);
    const into = Buffer.alloc(20, 0xee);
    t.equal(encodeHeader(into, 3, 0x82, length, null), 3 + bytes.length, `encode ${length}`);
    t.strictSame(
      into,
      Buffer.concat([hex('eeeeee'), bytes, Buffer.alloc(17 - bytes.length, 0xee)]),
      'and nothing around it',
    );
    t.equal(headerLengthFor(length, false), bytes.length);
    t.equal(headerLengthFor(length, true), bytes.length + 4);
    t.strictSame(headerBytes({ ...wanted }), bytes, `report ${length}`);
  }
});

t.test('encodes the masking key behind the length, first octet first', async (t) => {
  // 37 fa 21 3d is the key of the RFC's examples (5.7).
  const key = 0x3d21fa37;
  for (const [length, extendedLength, header] of LENGTHS) {
    const bytes = hex(`${header} 37fa213d`);
    bytes[1] = (bytes[1] as number) | 0x80;
    const into = Buffer.alloc(MAX_HEADER_LENGTH);
    t.equal(encodeHeader(into, 0, 0x82, length, key), bytes.length);
    t.strictSame(into.subarray(0, bytes.length), bytes);
    const wanted = { ...plain, opcode: 2, length, extendedLength, headerLength: bytes.length, maskingKey: key };
    t.strictSame(decodeHeader(bytes), wanted);
    t.strictSame(headerBytes(wanted), bytes);
  }
  const negative = decodeHeader(hex('8180 010203ff'));
  t.equal(negative?.maskingKey, 0xff030201 | 0, 'a signed 32-bit integer');
  t.strictSame(headerBytes(negative as NonNullable<typeof negative>), hex('8180 010203ff'));
});

t.test('decodes each bit of the first byte', async (t) => {
  for (let first = 0; first < 256; first++) {
    const bytes = Buffer.from([first, 5]);
    const header = decodeHeader(bytes);
    t.strictSame(
      header,
      {
        ...plain,
        fin: first >= 128,
        rsv1: first % 128 >= 64,
        rsv2: first % 64 >= 32,
        rsv3: first % 32 >= 16,
        opcode: first % 16,
        length: 5,
        extendedLength: 0,
        headerLength: 2,
      },
      `first byte ${first}`,
    );
    t.strictSame(headerBytes(header as NonNullable<typeof header>), bytes);
  }
});

t.test('lengths that 5.2 forbids are decoded, not judged', async (t) => {
  t.match(decodeHeader(hex('827e 0005')), { length: 5, extendedLength: 2, lengthTooLong: false });
  t.match(decodeHeader(hex('827f 0000000000000005')), { length: 5, extendedLength: 8, lengthTooLong: false });
  t.match(decodeHeader(hex('827f 0020000000000000')), { length: 2 ** 53, lengthTooLong: false });
  t.match(decodeHeader(hex('827f 7fffffffffffffff')), { length: 2 ** 63, lengthTooLong: false }, 'a near value');
  t.match(decodeHeader(hex('827f 8000000000000000')), { length: 2 ** 63, lengthTooLong: true });
  t.match(decodeHeader(hex('827f ffffffffffffffff')), { length: 2 ** 64, lengthTooLong: true });
});

t.test('a header that is cut is no header yet', async (t) => {
  for (const header of ['8201', '827e 0100', '827f 0000000000010000', '8281 01020304', '82fe 0100 01020304']) {
    const bytes = hex(header);
    for (let end = 0; end < bytes.length; end++) {
      t.equal(decodeHeader(bytes, 0, end), null, `${header}, ${end} bytes`);
    }
    t.equal(decodeHeader(bytes)?.headerLength, bytes.length);
  }
  const longest = hex('82ff 0000000000010000 01020304');
  t.equal(longest.length, MAX_HEADER_LENGTH);
  t.equal(decodeHeader(longest, 0, 13), null);
  t.equal(decodeHeader(longest)?.headerLength, 14);
});

t.test('decodes inside a larger array, of any kind', async (t) => {
  const bytes = new Uint8Array([9, 9, 0x89, 0x02, 1, 2, 9]);
  t.match(decodeHeader(bytes, 2), { opcode: 9, length: 2, headerLength: 2 });
  t.equal(decodeHeader(bytes, 2, 3), null);
});
