import { constants, createInflateRaw, inflateRawSync } from 'node:zlib';
import t from 'tap';
import { Deflater, type DeflaterOptions } from '../../src/frames/deflate.js';
import { DEFLATE_THRESHOLD, DeflatingWriter } from '../../src/frames/deflating-writer.js';
import { BINARY, TEXT } from '../../src/frames/opcode.js';
import type { Slot } from '../../src/frames/slot.js';
import type { WriterOutput } from '../../src/frames/writer.js';
import { asciiProse, prose } from './deflate-support.js';
import { frames, hex, randomFor } from './support.js';

/** Keeps the bytes. */
class Output implements WriterOutput {
  readonly parts: Buffer[] = [];
  asked = 0;

  pending(): void {
    this.asked++;
  }
  write(slot: Slot, length: number): void {
    this.parts.push(Buffer.from(slot.bytes.subarray(0, length)));
    slot.release();
  }
  cork(): void {}
  uncork(): void {}
}

function writerOf(options: DeflaterOptions & { threshold?: number } = {}) {
  const output = new Output();
  const { threshold, ...others } = options;
  const writer = new DeflatingWriter(output, {
    deflater: new Deflater(others),
    ...(threshold !== undefined && { threshold }),
  });
  return { output, writer };
}

/** When all that waits has been sent (true) or dropped (false). */
const sent = (writer: DeflatingWriter): Promise<boolean> => new Promise((resolve) => writer.whenSent(resolve));

/** The frames, inflated by one stream of Node's, as a peer that keeps its context. */
async function received({ output, writer }: { output: Output; writer: DeflatingWriter }) {
  writer.flush();
  const stream = createInflateRaw();
  const found: [first: string, payload: string][] = [];
  for (const { first, payload } of frames(Buffer.concat(output.parts))) {
    let plain = payload;
    if ((first & 0x40) !== 0) {
      const parts: Buffer[] = [];
      stream.on('data', (part) => parts.push(part));
      stream.write(Buffer.concat([payload, hex('0000ffff')]));
      await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve));
      stream.removeAllListeners('data');
      plain = Buffer.concat(parts);
    }
    found.push([first.toString(16), plain.toString('latin1')]);
  }
  stream.close();
  return found;
}

t.test('rsv1, the bytes of RFC 7692 7.2.3, and the window goes on', async (t) => {
  const made = writerOf({ threshold: 0 });
  made.writer.text('Hello');
  made.writer.binary(Buffer.from('Hello'));
  made.writer.text('');
  made.writer.flush();
  t.strictSame(
    frames(Buffer.concat(made.output.parts)).map(({ first, payload }) => [first, payload]),
    [
      [0xc1, hex('f248cdc9c90700')],
      [0xc2, hex('f200110000')],
      [0xc1, hex('00')],
    ],
  );
  t.equal(made.output.asked, 1, 'in one write');
});

t.test('below the threshold, in bytes, a message is sent as it is', async (t) => {
  t.equal(DEFLATE_THRESHOLD, 1024);
  const made = writerOf();
  const { writer } = made;
  const messages = ['', 'a', 'a'.repeat(1023), 'a'.repeat(1024), 'ä'.repeat(511), 'ä'.repeat(512), '€'.repeat(342)];
  for (const message of messages) writer.text(message);
  for (const size of [0, 1023, 1024]) writer.binary(new Uint8Array(size));
  writer.binary(new Uint8Array(new ArrayBuffer(1100), 50, 1030));
  const found = await received(made);
  t.strictSame(
    found.map(([first]) => first),
    ['81', '81', '81', 'c1', '81', 'c1', 'c1', '82', '82', 'c2', 'c2'],
  );
  t.strictSame(
    found.slice(0, 7).map(([, payload]) => Buffer.from(payload, 'latin1').toString()),
    messages,
  );
});

t.test('large messages go off the loop, and everything after them waits', async (t) => {
  const made = writerOf();
  const { writer } = made;
  const random = randomFor(t);
  const [large, other] = [asciiProse(random, 200000).toString(), prose(random, 100000)];
  writer.text('first');
  writer.text(large);
  t.equal(writer.waits, true);
  writer.flush();
  const counted = large.length;
  t.equal(writer.pendingBytes, counted, 'what waits counts');
  writer.text('small');
  const kept = Buffer.from('bytes');
  writer.binary(kept);
  kept.fill('x');
  const changed = Buffer.from(other);
  writer.binary(changed);
  changed.fill(0);
  writer.text('x'.repeat(2000));
  writer.fragment(TEXT, Buffer.from('frag'), false);
  writer.ping(Buffer.from('now'));
  writer.pong(Buffer.from('too'));
  writer.fragment(TEXT, Buffer.from('ment'), true);
  writer.text('ö'.repeat(400));
  writer.close(1000, 'bye');
  const told: string[] = [];
  writer.whenSent((sent) => told.push(`one ${sent}`));
  writer.whenSent((sent) => told.push(`two ${sent}`));
  t.throws(() => writer.text('late'), { code: 'WS_PROTOCOL_ARGUMENT' });
  t.equal(writer.pendingBytes > counted + other.length + 2000, true);
  t.equal(await sent(writer), true);
  t.strictSame(told, ['one true', 'two true']);
  t.equal(writer.waits, false);
  t.strictSame(await received(made), [
    ['81', 'first'],
    ['89', 'now'],
    ['8a', 'too'],
    ['c1', large],
    ['81', 'small'],
    ['82', 'bytes'],
    ['c2', other.toString('latin1')],
    ['c1', 'x'.repeat(2000)],
    ['1', 'frag'],
    ['80', 'ment'],
    ['81', Buffer.from('ö'.repeat(400)).toString('latin1')],
    ['88', '\x03\xe8bye'],
  ]);
  t.equal(writer.pendingBytes, 0);
  t.equal(await sent(writer), true, 'nothing waits: told at once');
});

t.test('any mix of sizes keeps its order, at once and off the loop', async (t) => {
  const random = randomFor(t);
  for (const options of [{}, { streams: null }, { syncBytes: 0 }, { syncBytes: 5000 }, { threshold: 0 }]) {
    const made = writerOf(options);
    const wanted: string[] = [];
    for (let i = 0; i < 60; i++) {
      const plain = asciiProse(random, random.below(random.pick([10, 3000, 40000])));
      wanted.push(plain.toString());
      if (random.below(2) === 0) made.writer.text(plain.toString());
      else made.writer.binary(plain);
      if (random.below(10) === 0) await new Promise((resolve) => setImmediate(resolve));
      if (random.below(20) === 0) await sent(made.writer);
    }
    await sent(made.writer);
    const found = (await received(made)).map(([, payload]) => payload);
    const wrong = wanted.findIndex((message, i) => message !== found[i]);
    t.equal(wrong, -1, JSON.stringify(options));
    t.equal(found.length, wanted.length);
  }
});

t.test('misuse is told when it happens, not when the turn comes', async (t) => {
  const { writer, output } = writerOf();
  const argument = { code: 'WS_PROTOCOL_ARGUMENT' };
  writer.binary(new Uint8Array(50000));
  writer.fragment(BINARY, Buffer.alloc(1), false);
  t.throws(() => writer.text('a'), argument);
  t.throws(() => writer.binary(new Uint8Array(1)), argument);
  writer.fragment(BINARY, Buffer.alloc(1), true);
  t.throws(() => writer.close(1005), argument);
  t.throws(() => writer.close(1000, 'x'.repeat(124)), argument);
  t.throws(() => writer.ping(Buffer.alloc(126)), argument);
  writer.close();
  for (const late of [
    () => writer.close(),
    () => writer.text(''),
    () => writer.binary(Buffer.alloc(0)),
    () => writer.fragment(TEXT, Buffer.alloc(0), true),
    () => writer.ping(Buffer.alloc(0)),
    () => writer.pong(Buffer.alloc(0)),
  ]) {
    t.throws(late, argument);
  }
  await sent(writer);
  writer.flush();
  t.strictSame(
    frames(Buffer.concat(output.parts)).map(({ first }) => first),
    [0xc2, 0x02, 0x80, 0x88],
  );
});

t.test('a connection that fails drops what waits; a close frame that waits is sent', async (t) => {
  for (const closes of [false, true]) {
    const made = writerOf();
    const { writer } = made;
    writer.text('sent');
    writer.binary(new Uint8Array(50000));
    writer.text('dropped');
    if (closes) writer.close(1001, 'going');
    const told = sent(writer);
    writer.dropWaiting();
    t.equal(await told, false);
    t.equal(writer.waits, false);
    t.throws(() => writer.text('a'), { code: 'WS_PROTOCOL_ARGUMENT' });
    if (!closes) {
      writer.ping(Buffer.alloc(0));
      writer.close(1002, 'failed');
    }
    await new Promise((resolve) => new Deflater().later(Buffer.alloc(60000), resolve));
    const found = await received(made);
    if (closes)
      t.strictSame(found, [
        ['81', 'sent'],
        ['88', '\x03\xe9going'],
      ]);
    else
      t.strictSame(found, [
        ['81', 'sent'],
        ['89', ''],
        ['88', '\x03\xeafailed'],
      ]);
  }
});

t.test('discard drops everything, and nothing comes of what is under way', async (t) => {
  const { writer, output } = writerOf();
  writer.binary(new Uint8Array(50000));
  writer.text('waits');
  const told = sent(writer);
  writer.discard();
  t.equal(await told, false);
  t.equal(writer.pendingBytes, 0);
  t.throws(() => writer.text('a'), { code: 'WS_PROTOCOL_ARGUMENT' });
  await new Promise((resolve) => new Deflater().later(Buffer.alloc(60000), resolve));
  writer.flush();
  t.strictSame(output.parts, []);
});

t.test('a message that zlib cannot compress is sent as it is', async (t) => {
  const deflater = new Deflater();
  deflater.later = (_plain, done) => void setImmediate(done, null);
  const output = new Output();
  const writer = new DeflatingWriter(output, { deflater });
  const plain = Buffer.alloc(20000, 'p');
  writer.binary(plain);
  writer.text('next');
  await sent(writer);
  writer.flush();
  const found = frames(Buffer.concat(output.parts));
  t.strictSame(
    found.map(({ first, payload }) => [first, payload.length]),
    [
      [0x82, 20000],
      [0x81, 4],
    ],
  );
});

t.test('as a server it does not mask', async (t) => {
  const output = new Output();
  const writer = new DeflatingWriter(output, { deflater: new Deflater(), role: 'server', threshold: 0 });
  writer.text('Hello');
  writer.flush();
  t.strictSame(Buffer.concat(output.parts), hex('c107 f248cdc9c90700'));
  t.equal(inflateRawSync(hex('f248cdc9c90700 0000ffff'), { finishFlush: constants.Z_SYNC_FLUSH }).toString(), 'Hello');
});
