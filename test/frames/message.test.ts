import t from 'tap';
import type { FrameHeader } from '../../src/frames/header.js';
import { IncomingMessage } from '../../src/frames/message.js';
import { hex } from './support.js';

const header = (opcode: number, length: number, fin = true): FrameHeader => ({
  fin,
  rsv1: false,
  rsv2: false,
  rsv3: false,
  opcode,
  length,
  extendedLength: 0,
  lengthTooLong: false,
  maskingKey: null,
  headerLength: 2,
});
const append = (message: IncomingMessage, bytes: Buffer): void => message.append(bytes, 0, bytes.length);

t.test('one frame in pieces gets memory of exactly its length', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(2, 6));
  t.strictSame([message.opcode, message.fragments, message.length], [2, 1, 0]);
  message.append(Buffer.from('xabcx'), 1, 4);
  append(message, Buffer.from('def'));
  t.equal(message.bytes.length, 6);
  const memory = message.bytes;
  t.equal(message.take(), memory, 'given away, not copied');
  t.equal(memory.toString(), 'abcdef');
  t.strictSame([message.opcode, message.fragments, message.length], [0, 0, 0], 'none is under way');
});

t.test('fragments go into one memory that doubles', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(2, 100, false));
  append(message, Buffer.alloc(100, 'a'));
  t.equal(message.bytes.length, 256);
  for (let i = 0; i < 3; i++) {
    message.begin(header(0, 100, false));
    append(message, Buffer.alloc(100, 'b'));
  }
  t.equal(message.bytes.length, 512);
  t.strictSame([message.opcode, message.fragments, message.length], [2, 4, 400]);
  message.begin(header(0, 200));
  append(message, Buffer.alloc(200, 'c'));
  t.equal(message.bytes.length, 600, 'the last fragment says how long the message is');
  t.equal(message.take().toString(), `${'a'.repeat(100)}${'b'.repeat(300)}${'c'.repeat(200)}`);
});

t.test('a message does not keep more memory than it has bytes', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(2, 3, false));
  append(message, Buffer.from('abc'));
  message.begin(header(0, 0));
  const taken = message.take();
  t.equal(taken.toString(), 'abc');
  t.equal(taken.length, 3);
});

t.test('memory follows the bytes, not the claim of a header', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(2, 1 << 24));
  t.equal(message.bytes.length, 0, 'nothing came, nothing is taken');
  append(message, Buffer.alloc(100));
  t.equal(message.bytes.length, 1 << 20, '1 MiB is trusted');
  let received = 100;
  while (received < 1 << 24) {
    const count = Math.min(100_000, (1 << 24) - received);
    append(message, Buffer.alloc(count));
    received += count;
    if (message.bytes.length > Math.max(1 << 20, received * 2)) t.fail(`${message.bytes.length} bytes for ${received}`);
  }
  t.equal(message.take().length, 1 << 24);
});

t.test('memory for a socket to read into', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(2, 70_000, false));
  append(message, Buffer.from('abc'));
  const room = message.room();
  t.equal(room.length, 69_997, 'not more than the frame has');
  room.fill('d', 0, 5);
  message.advance(5);
  t.equal(message.length, 8);
  t.equal(message.room().length, 69_992);
  message.room().fill('e');
  message.advance(69_992);
  message.begin(header(0, 2));
  append(message, Buffer.from('fg'));
  t.equal(message.take().toString(), `abcddddd${'e'.repeat(69_992)}fg`);
});

t.test('a socket never reads beyond the frame, though the memory of fragments grows ahead of them', async (t) => {
  const message = new IncomingMessage();
  for (let i = 0; i < 6; i++) {
    message.begin(header(i === 0 ? 2 : 0, 70_000, false));
    for (let left = 70_000; left > 0; ) {
      const { length } = message.room();
      if (length < 1 || length > left) t.fail(`room for ${length} where ${left} are missing`);
      const count = Math.min(length, 40_000);
      message.advance(count);
      left -= count;
    }
  }
  t.ok(message.bytes.length > message.length, 'there was more memory than that');
});

t.test('text is checked from where the last check ended', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(1, 6));
  t.notOk(message.isCutText);
  append(message, hex('61 e2'));
  t.equal(message.findBadByte(), 0);
  t.ok(message.isCutText);
  append(message, hex('82'));
  t.equal(message.findBadByte(), 0);
  t.ok(message.isCutText);
  append(message, hex('ac c3'));
  t.equal(message.findBadByte(), 0);
  append(message, hex('41'));
  t.equal(message.findBadByte(), 1, 'one byte before the end');
});

t.test('the bad byte is counted from the end', async (t) => {
  const message = new IncomingMessage();
  message.begin(header(1, 9));
  append(message, hex('61 62 ff 63 64'));
  t.equal(message.findBadByte(), 3);
  message.reset();
  t.equal(message.findBadByte(), 0);
  message.begin(header(2, 1));
  append(message, hex('ff'));
  t.equal(message.findBadByte(), 0, 'binary is not checked');
  t.notOk(message.isCutText);
});

t.test('an empty message is a Buffer of its own, too', async (t) => {
  const empty = (): Buffer => {
    const message = new IncomingMessage();
    message.begin(header(2, 0));
    return message.take();
  };
  const first = empty();
  t.equal(first.length, 0);
  t.not(first, empty());
});

t.test('a compressed text is no text before it is inflated', async (t) => {
  const message = new IncomingMessage();
  message.begin({ ...header(1, 2, false), rsv1: true });
  append(message, hex('ff c3'));
  t.equal(message.compressed, true);
  t.equal(message.findBadByte(), 0);
  t.equal(message.isCutText, false);
  message.begin({ ...header(0, 1), rsv1: false });
  t.equal(message.compressed, true, 'rsv1 of the first frame counts');
  message.reset();
  t.equal(message.compressed, false);
});

t.test(
  'a message that is taken in parts: text is cut between characters, and no memory is kept for more',
  async (t) => {
    const message = new IncomingMessage();
    message.begin(header(1, 5, false));
    message.append(hex('61 e282 00'), 0, 3, true);
    t.equal(message.bytes.length, 3);
    t.equal(message.findBadByte(), 0);
    t.same(message.takePart(), hex('61'));
    t.equal(message.length, 2, 'the start of the character stays');
    message.append(hex('ac 62'), 0, 2, true);
    t.equal(message.findBadByte(), 0);
    t.same(message.takePart(), hex('e282ac 62'));
    t.equal(message.length, 0);
    t.equal(message.isCutText, false);

    const binary = new IncomingMessage();
    binary.begin(header(2, 4, false));
    binary.append(hex('e282'), 0, 2, true);
    t.same(binary.takePart(), hex('e282'), 'bytes are no characters');
  },
);
