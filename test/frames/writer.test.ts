import t from 'tap';
import { createSlotPool, type Slot } from '../../src/frames/slot.js';
import { Writer, type WriterOptions, type WriterOutput } from '../../src/frames/writer.js';
import { frames, hex, type Key, masked } from './support.js';

/** The key of the examples of RFC 6455 5.7, 37 fa 21 3d, as a number. */
const RFC_KEY = 0x3d21fa37;
const KEY: Key = [0x37, 0xfa, 0x21, 0x3d];

/** Keeps what a writer does with its output. */
class Output implements WriterOutput {
  readonly events: string[] = [];
  readonly writes: Buffer[] = [];
  readonly slots: Slot[] = [];
  /** Whether written slots are given back at once. */
  releases = true;

  pending(): void {
    this.events.push('pending');
  }
  write(slot: Slot, length: number): void {
    this.events.push(`write ${length}`);
    if (length > slot.capacity) throw new Error(`${length} bytes in a slot of ${slot.capacity}`);
    this.writes.push(Buffer.from(slot.bytes.subarray(0, length)));
    if (this.releases) slot.release();
    else this.slots.push(slot);
  }
  cork(): void {
    this.events.push('cork');
  }
  uncork(): void {
    this.events.push('uncork');
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}

const make = (options: WriterOptions = {}): { writer: Writer; output: Output } => {
  const output = new Output();
  const defaults = { slots: createSlotPool(null), nextMaskingKey: () => RFC_KEY };
  return { writer: new Writer(output, { ...defaults, ...options }), output };
};
const server = { role: 'server' } as const;

/** The bytes that a writer makes of one call. */
function written(send: (writer: Writer) => void, options: WriterOptions = {}): Buffer {
  const { writer, output } = make(options);
  send(writer);
  writer.flush();
  return output.bytes;
}
const hello = Buffer.from('Hello');

t.test('the examples of RFC 6455 5.7', async (t) => {
  t.strictSame(
    written((w) => w.text('Hello')),
    hex('8185 37fa213d 7f9f4d5158'),
  );
  t.strictSame(
    written((w) => w.text('Hello'), server),
    hex('8105 48656c6c6f'),
  );
  const fragments = (w: Writer): void => {
    w.fragment(1, Buffer.from('Hel'), false);
    w.fragment(1, Buffer.from('lo'), true);
  };
  t.strictSame(written(fragments, server), hex('0103 48656c 8002 6c6f'));
  t.strictSame(
    written((w) => w.ping(hello), server),
    hex('8905 48656c6c6f'),
  );
  t.strictSame(
    written((w) => w.pong(hello)),
    hex('8a85 37fa213d 7f9f4d5158'),
  );
  const small = Buffer.alloc(256, 'b');
  t.strictSame(
    written((w) => w.binary(small), server),
    Buffer.concat([hex('827e0100'), small]),
  );
  const large = Buffer.alloc(65536, 'c');
  t.strictSame(
    written((w) => w.binary(large), server),
    Buffer.concat([hex('827f0000000000010000'), large]),
  );
});

t.test('each kind of frame, by hand', async (t) => {
  t.strictSame(
    written((w) => w.text('')),
    hex('8180 37fa213d'),
  );
  t.strictSame(
    written((w) => w.text(''), server),
    hex('8100'),
  );
  t.strictSame(
    written((w) => w.text('\u00e4\u20ac'), server),
    hex('8105 c3a4e282ac'),
  );
  t.strictSame(
    written((w) => w.text('\u00e4\u20ac')),
    hex('8185 37fa213d f45ec3bf9b'),
  );
  t.strictSame(
    written((w) => w.binary(new Uint8Array())),
    hex('8280 37fa213d'),
  );
  t.strictSame(
    written((w) => w.binary(Uint8Array.of(0, 255, 1))),
    hex('8283 37fa213d 370520'),
  );
  t.strictSame(
    written((w) => w.compressed(1, hex('f248cdc9c90700')), server),
    hex('c107 f248cdc9c90700'),
  );
  t.strictSame(
    written((w) => w.compressed(2, hex('00'))),
    hex('c281 37fa213d 37'),
  );
  t.strictSame(
    written((w) => w.close()),
    hex('8880 37fa213d'),
  );
  t.strictSame(
    written((w) => w.close(1000), server),
    hex('8802 03e8'),
  );
  t.strictSame(
    written((w) => w.close(1001, 'bye')),
    hex('8885 37fa213d 3413434452'),
  );
  t.strictSame(
    written((w) => w.pong(new Uint8Array()), server),
    hex('8a00'),
  );
});

t.test('all three lengths at their borders, in both roles', async (t) => {
  for (const [length, header] of [
    [0, '00'],
    [1, '01'],
    [31, '1f'],
    [32, '20'],
    [125, '7d'],
    [126, '7e 007e'],
    [127, '7e 007f'],
    [65535, '7e ffff'],
    [65536, '7f 0000000000010000'],
    [263_137, '7f 00000000000403e1'],
    [263_138, '7f 00000000000403e2'],
    [263_139, '7f 00000000000403e3'],
    [263_152, '7f 00000000000403f0'],
    [1 << 20, '7f 0000000000100000'],
  ] as const) {
    const payload = Buffer.alloc(length, 'abcdefg');
    const maskedHeader = hex(header);
    maskedHeader[0] = (maskedHeader[0] as number) | 0x80;
    const [toClient, toServer] = [
      Buffer.concat([hex(header), payload]),
      Buffer.concat([maskedHeader, Buffer.from(KEY), masked(payload, KEY)]),
    ];
    for (const [first, send] of [
      [0x81, (w: Writer): void => w.text(payload.toString())],
      [0x82, (w: Writer): void => w.binary(payload)],
      [0x01, (w: Writer): void => w.fragment(1, payload, false)],
      [0xc2, (w: Writer): void => w.compressed(2, payload)],
    ] as const) {
      const start = Buffer.from([first]);
      t.ok(written(send, server).equals(Buffer.concat([start, toClient])), `${first}, ${length} bytes`);
      t.ok(written(send).equals(Buffer.concat([start, toServer])), `${first}, ${length} bytes, masked`);
    }
  }
});

t.test('texts whose UTF-8 is longer than their characters, across the borders of the lengths', async (t) => {
  const wrong: string[] = [];
  for (const [unit, each] of [
    ['\u00e4', 2],
    ['\u20ac', 3],
    ['\u{1f600}', 4],
  ] as const) {
    for (const border of [32, 126, 65_536, 263_138, 263_152]) {
      for (const ascii of [0, 1, 2, 3, 100]) {
        const around = Math.max(0, Math.floor((border - ascii) / each));
        for (let count = Math.max(0, around - 2); count <= around + 1; count++) {
          const text = `${'a'.repeat(ascii)}${unit.repeat(count)}`;
          const payload = Buffer.from(text);
          const [found, ...more] = frames(written((w) => w.text(text)));
          if (found?.first !== 0x81 || !found.payload.equals(payload) || more.length > 0) wrong.push(`${text.length}`);
          const [plain] = frames(written((w) => w.text(text), server));
          if (plain?.key !== null || !plain.payload.equals(payload)) wrong.push(`${text.length}, not masked`);
        }
      }
    }
  }
  t.strictSame(wrong, []);
});

t.test('a lone surrogate becomes U+FFFD', async (t) => {
  const [high, low] = ['\ud83d', '\ude00'];
  for (const [text, bytes] of [
    [high, 'efbfbd'],
    [low, 'efbfbd'],
    [`${low}${high}`, 'efbfbdefbfbd'],
    [`a${high}b`, '61efbfbd62'],
    [`${high}${high}${low}`, 'efbfbdf09f9880'],
    [`${'a'.repeat(40)}${high}`, `${'61'.repeat(40)}efbfbd`],
    [`${'a'.repeat(30_000)}${high}`, `${'61'.repeat(30_000)}efbfbd`],
    [`${'a'.repeat(90_000)}${high}`, `${'61'.repeat(90_000)}efbfbd`],
  ] as const) {
    t.ok(frames(written((w) => w.text(text)))[0]?.payload.equals(hex(bytes)), bytes.slice(0, 40));
  }
});

t.test('each masking key is used once, and a server asks for none', async (t) => {
  let key = 0;
  const { writer, output } = make({ nextMaskingKey: () => ++key });
  for (const text of ['', 'short', '\u00e4', 'l'.repeat(40), '\u20ac'.repeat(100), 'x'.repeat(90_000)])
    writer.text(text);
  for (const size of [0, 1, 100, 65_536, 300_000]) writer.binary(Buffer.alloc(size));
  writer.fragment(2, Buffer.alloc(9), false);
  writer.ping(hello);
  writer.fragment(2, Buffer.alloc(300_000), true);
  writer.pong(hello);
  writer.compressed(1, hello);
  writer.close(1000);
  writer.flush();
  const keys = frames(output.bytes).map((frame) => Buffer.from(frame.key as Key).readInt32LE(0));
  t.equal(key, 17);
  t.strictSame(
    keys,
    Array.from({ length: 17 }, (_, i) => i + 1),
  );
  const refuses = (): number => {
    throw new Error('asked for a key');
  };
  const plain = frames(written((w) => w.text('a'), { ...server, nextMaskingKey: refuses }));
  t.equal(plain[0]?.key, null);
});

t.test('without options: a client, with random keys, in the slots of the process', async (t) => {
  const output = new Output();
  const writer = new Writer(output);
  for (let i = 0; i < 100; i++) writer.text(`message ${i}`);
  writer.flush();
  const found = frames(output.bytes);
  t.strictSame(
    found.map(({ payload }) => payload.toString()),
    Array.from({ length: 100 }, (_, i) => `message ${i}`),
  );
  t.ok(new Set(found.map(({ key }) => `${key}`)).size > 98);
});

t.test('frames up to a flush are one write, announced once', async (t) => {
  const { writer, output } = make();
  t.equal(writer.pendingBytes, 0);
  writer.flush();
  t.strictSame(output.events, [], 'nothing to flush');
  writer.text('a');
  t.equal(writer.pendingBytes, 7);
  writer.binary(hello);
  writer.ping(hello);
  t.equal(writer.pendingBytes, 7 + 11 + 11);
  t.strictSame(output.events, ['pending']);
  writer.flush();
  t.strictSame(output.events, ['pending', 'write 29']);
  t.equal(writer.pendingBytes, 0);
  writer.flush();
  writer.text('b');
  writer.flush();
  t.strictSame(output.events, ['pending', 'write 29', 'pending', 'write 7']);
});

t.test('what is given to the writer may change as soon as it returns', async (t) => {
  const { writer, output } = make(server);
  for (const size of [5, 70_000]) {
    const bytes = Buffer.alloc(size, 'a');
    writer.binary(bytes);
    bytes.fill('b');
  }
  writer.flush();
  t.strictSame(
    frames(output.bytes).map(({ payload }) => payload.every((byte) => byte === 0x61)),
    [true, true],
  );
});

t.test('a full slot is handed over, and the frames go on in the next one', async (t) => {
  const { writer, output } = make();
  for (let i = 0; i < 1200; i++) writer.binary(Buffer.alloc(1000, i & 0xff));
  writer.flush();
  t.ok(output.writes.length >= 5 && output.writes.length <= 6, `${output.writes.length} writes`);
  t.ok(
    output.writes.every((bytes) => frames(bytes).length > 0),
    'no frame is cut',
  );
  const found = frames(output.bytes);
  t.equal(found.length, 1200);
  t.ok(found.every(({ payload }, i) => payload.equals(Buffer.alloc(1000, i & 0xff))));
  t.strictSame(
    output.events.filter((event) => !event.startsWith('write')),
    ['pending'],
    'no cork for short frames',
  );
});

t.test('the last byte of a slot', async (t) => {
  // A slot holds 263152 bytes, of which a header may take 14.
  const failed: string[] = [];
  for (const before of [0, 1, 3, 6]) {
    for (let size = 263_138 - 8 - before; size <= 263_138 + 8; size++) {
      const { writer, output } = make();
      for (let i = 0; i < before; i++) writer.text('');
      const payload = Buffer.alloc(size, 'xyz');
      writer.binary(payload);
      writer.text('end');
      writer.flush();
      const found = frames(output.bytes);
      const wrong = found.length !== before + 2 || !(found[before] as { payload: Buffer }).payload.equals(payload);
      if (wrong) failed.push(`${size} bytes behind ${before} frames`);
    }
  }
  t.strictSame(failed, []);
});

t.test('a message larger than a slot is several writes under one cork', async (t) => {
  const { writer, output } = make();
  writer.text('before');
  const payload = Buffer.alloc(1 << 20, 'abcde');
  writer.binary(payload);
  t.equal(writer.pendingBytes, 0, 'it has left as a whole');
  t.strictSame([output.events[0], output.events[1]], ['pending', 'write 12'], 'what was before it has left first');
  t.equal(output.events.filter((event) => event === 'cork').length, 1);
  t.equal(output.events.indexOf('cork') < output.events.indexOf('write 263152'), true);
  t.equal(output.events.at(-1), 'uncork');
  t.ok(output.writes.length <= 2 + Math.ceil((payload.length + 14) / 263_148), `${output.writes.length} writes`);
  writer.text('behind');
  writer.flush();
  const found = frames(output.bytes);
  t.strictSame([found[0]?.payload.toString(), found[2]?.payload.toString()], ['before', 'behind']);
  t.ok(found[1]?.payload.equals(payload));
});

t.test('corks and uncorks are balanced and not nested', async (t) => {
  const { writer, output } = make();
  for (const size of [10, 263_152, 10, 600_000, 270_000, 10]) {
    writer.binary(Buffer.alloc(size));
    writer.text('\u20ac'.repeat(size));
    writer.fragment(1, Buffer.alloc(size), false);
    writer.fragment(1, Buffer.alloc(size), true);
  }
  writer.flush();
  let depth = 0;
  for (const event of output.events) {
    if (event === 'cork') depth++;
    if (event === 'uncork') depth--;
    if (depth < 0 || depth > 1) t.fail(`depth ${depth}`);
  }
  t.equal(depth, 0);
  t.equal(frames(output.bytes).length, 24);
});

t.test('more slots in use than are kept', async (t) => {
  const slots = createSlotPool(null);
  const pairs = Array.from({ length: 100 }, () => make({ slots }));
  for (const { output } of pairs) output.releases = false;
  // A broadcast: nobody has flushed when the last one sends.
  for (const [i, { writer }] of pairs.entries()) writer.text(`to ${i}`);
  for (const [i, { writer }] of pairs.entries()) {
    for (let k = 0; k < 30; k++) writer.binary(Buffer.alloc(500, i));
    writer.binary(Buffer.alloc(9000, i));
    writer.binary(Buffer.alloc(300_000, i));
    writer.text('\u20ac'.repeat(3000));
    writer.text('last');
  }
  const wrong: number[] = [];
  for (const [i, { writer, output }] of pairs.entries()) {
    writer.flush();
    const found = frames(output.bytes);
    const sizes = found.map(({ payload }) => payload.length);
    const right =
      found[0]?.payload.toString() === `to ${i}` &&
      `${sizes.slice(1)}` === `${[...Array.from({ length: 30 }, () => 500), 9000, 300_000, 9000, 4]}` &&
      found.slice(1, 33).every(({ payload }) => payload.every((byte) => byte === i)) &&
      found[33]?.payload.toString() === '\u20ac'.repeat(3000);
    if (!right) wrong.push(i);
    for (const slot of output.slots) slot.release();
  }
  t.strictSame(wrong, []);
});

t.test('fragments: control frames in between, other messages refused (5.4)', async (t) => {
  const { writer, output } = make(server);
  writer.fragment(1, Buffer.from('a'), false);
  writer.ping(hello);
  writer.fragment(1, new Uint8Array(), false);
  const facts = { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 5.4', by: 'us' };
  for (const send of [() => writer.text('b'), () => writer.binary(hello), () => writer.compressed(1, hello)]) {
    t.throws(send, facts);
  }
  writer.pong(new Uint8Array());
  writer.fragment(1, Buffer.from('b'), true);
  writer.binary(hello);
  writer.fragment(2, Buffer.from('c'), true);
  writer.fragment(2, Buffer.from('d'), false);
  writer.close(1001);
  t.throws(() => writer.fragment(2, Buffer.from('e'), true), { code: 'WS_PROTOCOL_ARGUMENT' });
  writer.flush();
  t.strictSame(
    output.bytes,
    hex('0101 61 8905 48656c6c6f 0000 8a00 8001 62 8205 48656c6c6f 8201 63 0201 64 8802 03e9'),
  );
});

t.test('control frames have at most 125 bytes (5.5)', async (t) => {
  const { writer, output } = make(server);
  writer.ping(Buffer.alloc(125));
  const facts = { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 5.5', message: /126 bytes/ };
  t.throws(() => writer.ping(Buffer.alloc(126)), facts);
  t.throws(() => writer.pong(Buffer.alloc(126)), facts);
  writer.flush();
  t.equal(output.bytes.length, 127, 'nothing is written for what was refused');
});

t.test('nothing can be sent after a close frame (5.5.1)', async (t) => {
  const { writer, output } = make(server);
  t.throws(() => writer.close(1005), { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 7.4' });
  t.throws(() => writer.close(1000, 'r'.repeat(124)), { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 5.5' });
  writer.text('a refused close frame was not sent');
  writer.close(1000, 'done');
  for (const send of [
    () => writer.text('a'),
    () => writer.binary(hello),
    () => writer.compressed(2, hello),
    () => writer.fragment(1, hello, true),
    () => writer.ping(hello),
    () => writer.pong(hello),
    () => writer.close(),
  ]) {
    t.throws(send, { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 5.5.1', by: 'us' });
  }
  writer.flush();
  t.strictSame(
    frames(output.bytes).map(({ first }) => first),
    [0x81, 0x88],
  );
});

t.test('discard drops what waits and gives the slot back', async (t) => {
  const slots = createSlotPool(null);
  const { writer, output } = make({ slots });
  writer.text('lost');
  writer.discard();
  t.equal(writer.pendingBytes, 0);
  writer.flush();
  writer.discard();
  t.strictSame(output.writes, []);
  t.throws(() => writer.text('a'), { code: 'WS_PROTOCOL_ARGUMENT' });
  t.throws(() => writer.ping(hello), { code: 'WS_PROTOCOL_ARGUMENT' });
  const all = new Set(Array.from({ length: 64 }, () => slots.take(0)));
  t.equal([...all].filter(({ capacity }) => capacity === 263_152).length, 64, 'all 64 can be had');
});

t.test('an output that sends while it writes: nothing is lost, and nothing follows a close frame', async (t) => {
  const { writer, output } = make(server);
  let answers = 0;
  const write = output.write.bind(output);
  output.write = (slot, length) => {
    write(slot, length);
    if (answers < 5) writer.text(`answer ${answers++}`);
  };
  for (let i = 0; i < 200; i++) writer.binary(Buffer.alloc(8000, i));
  writer.binary(Buffer.alloc(260_000, 200));
  writer.flush();
  const found = frames(output.bytes);
  const binary = found.filter(({ first }) => first === 0x82);
  t.ok(binary.every(({ payload }, i) => payload.every((byte) => byte === i)));
  t.equal(binary.length, 201);
  const texts = found.filter(({ first }) => first === 0x81).map(({ payload }) => payload.toString());
  t.strictSame(texts, ['answer 0', 'answer 1', 'answer 2', 'answer 3', 'answer 4']);

  const closing = make(server);
  closing.output.write = (slot, length) => {
    write(slot, length);
    closing.output.write = write;
    closing.writer.close(1000);
  };
  closing.writer.binary(Buffer.alloc(250_000));
  t.throws(() => closing.writer.binary(Buffer.alloc(250_000)), { code: 'WS_PROTOCOL_ARGUMENT' });
  closing.writer.flush();
  t.equal(frames(output.bytes).at(-1)?.first, 0x88);
});
