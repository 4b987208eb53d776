import t from 'tap';
import { allocateMessage } from '../../src/frames/message-memory.js';
import { Reader } from '../../src/frames/reader.js';
import type { ReaderOptions } from '../../src/frames/reader-options.js';
import { BINARY_RUN, TEXT_RUN } from '../../src/frames/runs.js';
import { frame, hex, Recorder } from './support.js';

const MIB = 1 << 20;

// What malloc is shown with the sixteenth large message is no memory of one.
for (let i = 0; i < 16; i++) allocateMessage(MIB);

/** Runs a function and counts the bytes of memory that it takes for messages and control frames. */
function taken(run: () => void): { total: number; largest: number; buffers: number } {
  const { allocUnsafeSlow, allocUnsafe } = Buffer;
  const found = { total: 0, largest: 0, buffers: 0 };
  const counted = (allocate: (size: number) => Buffer) => (size: number) => {
    found.total += size;
    found.largest = Math.max(found.largest, size);
    found.buffers++;
    return allocate.call(Buffer, size);
  };
  Buffer.allocUnsafeSlow = counted(allocUnsafeSlow) as typeof allocUnsafeSlow;
  Buffer.allocUnsafe = counted(allocUnsafe) as typeof allocUnsafe;
  try {
    run();
  } finally {
    Object.assign(Buffer, { allocUnsafeSlow, allocUnsafe });
  }
  return found;
}

/** The same for reading bytes in pieces. */
function takenFor(bytes: Buffer, size: number, options: ReaderOptions = {}): ReturnType<typeof taken> {
  const recorder = new Recorder();
  const reader = new Reader(recorder, options);
  return taken(() => {
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes, at, Math.min(bytes.length, at + size));
  });
}

t.test('100,000 empty fragments take no memory', async (t) => {
  const bytes = Buffer.concat([hex('0100'), Buffer.alloc(200_000), hex('8000')]);
  const { total } = takenFor(bytes, 65536);
  t.ok(total < 1000, `${total} bytes`);
  const recorder = new Recorder();
  new Reader(recorder).read(bytes);
  t.strictSame(recorder.calls, [['text', '']]);
});

t.test('100,000 fragments of one byte take some times their bytes', async (t) => {
  const one = hex('0001 61');
  const bytes = Buffer.concat([hex('0201 61'), Buffer.alloc(300_000, one), hex('8001 61')]);
  const { total, largest, buffers } = takenFor(bytes, 65536);
  t.ok(largest <= 2 * 131_072, `at most ${largest} bytes at once`);
  t.ok(total <= 6 * 100_002, `${total} bytes over all`);
  t.ok(buffers < 20, `in ${buffers} Buffers`);
});

t.test('a header that claims 16 MiB takes 1 MiB when the first bytes come', async (t) => {
  const header = hex('827f0000000001000000');
  t.ok(takenFor(header, 10).total < 100, 'nothing before them');
  const bytes = Buffer.concat([header, Buffer.alloc(100)]);
  for (const size of [1, 50, 110]) {
    const { total } = takenFor(bytes, size);
    t.ok(total <= MIB + 100, `${total} bytes, in pieces of ${size}`);
  }
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  const { total } = taken(() => {
    reader.read(header);
    t.ok((reader.target as Buffer).length <= MIB, 'also where the socket reads to');
  });
  t.ok(total <= MIB + 100);
});

t.test('a message that arrives takes less than four times its bytes, in whichever way', async (t) => {
  const payload = Buffer.alloc(3 * MIB + 17);
  const whole = frame(0x82, payload);
  for (const size of [1000, 65536, 10 * MIB]) {
    const { total, largest } = takenFor(whole, size);
    t.equal(largest, payload.length, 'the last one is exact');
    t.ok(total < 4 * payload.length, `${total} bytes, in pieces of ${size}`);
  }
  const parts: Buffer[] = [];
  for (let at = 0; at < payload.length; at += 10_000) {
    const last = at + 10_000 >= payload.length;
    parts.push(frame((last ? 0x80 : 0) | (at > 0 ? 0 : 2), payload.subarray(at, at + 10_000)));
  }
  const { total, largest } = takenFor(Buffer.concat(parts), 65536);
  t.ok(total < 6 * payload.length && largest < 2 * payload.length, `${total} bytes, at most ${largest} at once`);
});

t.test('fragments that each claim much take memory for what came', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder, { maxMessageBytes: 64 * MIB });
  const { total } = taken(() => {
    reader.read(frame(0x02, Buffer.alloc(10)));
    reader.read(hex('007f0000000003000000'));
    reader.read(Buffer.alloc(10));
  });
  t.ok(total <= 2 * MIB, `${total} bytes`);
});

t.test('no memory is taken for what is over the limit', async (t) => {
  const { total } = takenFor(Buffer.concat([hex('827f0000000001000001'), Buffer.alloc(70_000)]), 65536);
  t.ok(total < 100, `${total} bytes`);
});

t.test('short binary messages share memory, a run at a time; longer ones do not', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  const short = Buffer.alloc(70 * 1000, frame(0x82, Buffer.alloc(68)));
  const { buffers, largest } = taken(() => reader.read(short));
  t.ok(buffers <= 5 && largest <= BINARY_RUN.bytes + 70, `${buffers} Buffers, at most ${largest} bytes`);
  const memory = new Set(recorder.calls.map(([, given]) => (given as Buffer).buffer));
  t.ok(memory.size <= 5);
  reader.read(Buffer.concat([frame(0x82, Buffer.alloc(4097)), frame(0x82, Buffer.alloc(4097))]));
  for (const [, given] of recorder.calls.slice(-2)) t.equal((given as Buffer).buffer.byteLength, 4097);
});

t.test('a text that is kept does not keep a chunk of texts: a run ends soon', async (t) => {
  const recorder = new Recorder();
  let decoded = 0;
  const bytes = Buffer.alloc(65000, frame(0x81, 'x'.repeat(48)));
  const decode = bytes.toString;
  bytes.toString = (encoding?: BufferEncoding, start = 0, end = bytes.length): string => {
    decoded = Math.max(decoded, end - start);
    return decode.call(bytes, encoding, start, end);
  };
  new Reader(recorder).read(bytes);
  t.equal(recorder.calls.length, 1300);
  t.ok(decoded <= TEXT_RUN.bytes + 50, `at most ${decoded} bytes are decoded at once`);
});

t.test('what a pause keeps is the rest of the chunk, once', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  recorder.after = () => reader.pause();
  const bytes = Buffer.alloc(3 * 20_000, hex('8a0161'));
  let copied = 0;
  const { from } = Buffer;
  Buffer.from = ((source: Buffer) => {
    copied += source.length;
    return from(source);
  }) as typeof from;
  try {
    reader.read(bytes);
    while (reader.paused && recorder.calls.length < 20_000) reader.resume();
  } finally {
    Buffer.from = from;
  }
  t.equal(recorder.calls.length, 20_000);
  t.ok(copied <= bytes.length, `${copied} bytes were copied`);
});
