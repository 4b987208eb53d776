import t from 'tap';
import { Inflater } from '../../src/frames/inflate.js';
import type { MessageOpcode } from '../../src/frames/opcode.js';
import { Reader } from '../../src/frames/reader.js';
import type { PieceSink } from '../../src/frames/sink.js';
import { hex, Recorder } from './support.js';

type Piece = readonly [MessageOpcode, string | Buffer] | readonly [MessageOpcode];

class Pieces implements PieceSink {
  readonly calls: Piece[] = [];
  onPiece: () => void = () => {};

  piece(opcode: MessageOpcode, part: string | Buffer): void {
    this.calls.push([opcode, part]);
    this.onPiece();
  }

  lastPiece(opcode: MessageOpcode): void {
    this.calls.push([opcode]);
  }

  /** The parts of each message put together, since how they are cut depends on the chunks. */
  get joined(): (string | undefined)[] {
    const messages: (string | undefined)[] = [];
    let text = '';
    for (const [opcode, part] of this.calls) {
      if (part !== undefined) text += `${opcode}:${typeof part === 'string' ? part : part.toString('hex')} `;
      else messages.push(text);
      if (part === undefined) text = '';
    }
    return messages;
  }
}

function start(options: ConstructorParameters<typeof Reader>[1] = {}): {
  sink: Recorder;
  pieces: Pieces;
  reader: Reader;
} {
  const sink = new Recorder();
  const reader = new Reader(sink, options);
  const pieces = new Pieces();
  reader.pieces = pieces;
  return { sink, pieces, reader };
}

t.test('a message that arrives whole does not come in pieces', async (t) => {
  const { sink, pieces, reader } = start();
  reader.read(hex('81 01 61  82 01 62  81 00'));
  t.strictSame(sink.calls, [
    ['text', 'a'],
    ['binary', hex('62')],
    ['text', ''],
  ]);
  t.strictSame(pieces.calls, []);
});

t.test('one frame as its bytes arrive', async (t) => {
  const { sink, pieces, reader } = start();
  reader.read(hex('82 05 01 02'));
  reader.read(hex('03'));
  t.strictSame(pieces.calls, [
    [2, hex('01 02')],
    [2, hex('03')],
  ]);
  reader.read(hex('04 05  81 01 61'));
  t.strictSame(pieces.calls.slice(2), [[2, hex('04 05')], [2]]);
  t.strictSame(sink.calls, [['text', 'a']]);
});

t.test('fragments, with control frames in between', async (t) => {
  const { sink, pieces, reader } = start();
  reader.read(hex('01 01 61  89 01 70  00 00  80 01 62'));
  t.strictSame(pieces.calls, [[1, 'a'], [1, 'b'], [1]]);
  t.strictSame(sink.calls, [['ping', hex('70')]]);
});

t.test('an empty message of empty fragments has no piece', async (t) => {
  const { pieces, reader } = start();
  reader.read(hex('02 00  80 00'));
  t.strictSame(pieces.calls, [[2]]);
});

t.test('no character is cut, whatever the chunks are', async (t) => {
  // "aé€😀" in three fragments, the second and third of which begin inside of a character
  const bytes = hex('01 02 61 c3  00 04 a9 e2 82 ac  80 04 f0 9f 98 80');
  for (let first = 1; first < bytes.length; first++) {
    for (let second = first; second < bytes.length; second++) {
      const { sink, pieces, reader } = start();
      for (const part of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]) {
        reader.read(Buffer.from(part));
      }
      const text = pieces.calls.map(([, part]) => part ?? '').join('');
      if (text !== 'aé€😀' || sink.calls.length > 0 || pieces.calls.at(-1)?.length !== 1) {
        t.fail(`cut at ${first} and ${second}: ${JSON.stringify(pieces.calls)}`);
      }
    }
  }
  t.pass('every cutting gave the text');
});

t.test('a server unmasks what comes in pieces', async (t) => {
  const { pieces, reader } = start({ role: 'server' });
  // "Hello" of RFC 6455 5.7, masked, byte by byte
  for (const byte of hex('81 85 37 fa 21 3d 7f 9f 4d 51 58')) reader.read(Buffer.from([byte]));
  t.strictSame(pieces.calls, [[1, 'H'], [1, 'e'], [1, 'l'], [1, 'l'], [1, 'o'], [1]]);
});

t.test('text that is not UTF-8 fails where it is', async (t) => {
  for (const [bytes, offset] of [
    ['01 01 61  80 02 62 ff', 6],
    ['01 02 61 c3  80 01 61', 6],
    ['01 01 61  80 02 62 c3', 7],
  ] as const) {
    const { sink, pieces, reader } = start();
    for (const byte of hex(bytes)) reader.read(Buffer.from([byte]));
    t.match(sink.calls, [['failed', { code: 'WS_PROTOCOL_UTF8', closeCode: 1007, offset }]], bytes);
    t.strictSame(pieces.calls[0], [1, 'a']);
    t.ok(
      pieces.calls.every(({ length }) => length === 2),
      'it never ends',
    );
  }
});

t.test('neither the length nor the number of fragments is limited', async (t) => {
  const { sink, pieces, reader } = start({ maxMessageBytes: 4, maxFragments: 2 });
  for (let i = 0; i < 5; i++) reader.read(hex(`0${i === 0 ? 2 : 0} 02 aa bb`));
  reader.read(hex('80 06 01 02 03 04 05 06'));
  t.strictSame(pieces.joined, ['2:aabb 2:aabb 2:aabb 2:aabb 2:aabb 2:010203040506 ']);
  reader.pieces = null;
  reader.read(hex('82 05'));
  t.match(sink.calls, [['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' }]], 'whole messages are');
});

t.test('what was collected before comes first', async (t) => {
  const { sink, pieces, reader } = start();
  reader.pieces = null;
  reader.read(hex('01 03 61 62 c3  00 02 a9 63'));
  reader.pieces = pieces;
  reader.read(hex('80 01 64'));
  t.strictSame(pieces.joined, ['1:abécd ']);
  t.strictSame(sink.calls, []);
});

t.test('what was collected comes when the message ends without more', async (t) => {
  const { pieces, reader } = start();
  reader.pieces = null;
  reader.read(hex('02 01 aa'));
  reader.pieces = pieces;
  reader.read(hex('80 00'));
  t.strictSame(pieces.calls, [[2, hex('aa')], [2]]);
});

t.test('a direct read that began before goes on as pieces', async (t) => {
  const { pieces, reader } = start();
  reader.pieces = null;
  reader.read(hex('82 7f 00 00 00 00 00 01 00 00 aa'));
  const target = reader.target as Buffer;
  t.ok(target.length > 0);
  reader.pieces = pieces;
  t.equal(reader.target, null, 'pieces are read through the shared buffer');
  target.fill(0xbb, 0, 10);
  reader.filled(10);
  t.strictSame(pieces.calls, [[2, Buffer.from('aabbbbbbbbbbbbbbbbbbbb', 'hex')]]);
  reader.read(Buffer.alloc(65525, 0xcc));
  t.strictSame(pieces.calls[1], [2, Buffer.alloc(65525, 0xcc)]);
  t.strictSame(pieces.calls[2], [2]);
});

t.test('nothing is handed out while a socket may be reading behind it', async (t) => {
  const reader = new Reader(new Recorder());
  const parts: Buffer[] = [];
  reader.read(hex('827f0000000000010000 0102'));
  const target = reader.target as Buffer;
  reader.pause();
  reader.pieces = { piece: (_, part) => parts.push(part as Buffer), lastPiece: () => parts.push(hex('')) };
  reader.resume();
  t.strictSame(parts, []);
  target.fill('x');
  reader.filled(target.length);
  t.strictSame(Buffer.concat(parts), Buffer.concat([hex('0102'), Buffer.alloc(65534, 'x')]));
});

t.test('a piece keeps no more memory than it has bytes', async (t) => {
  const reader = new Reader(new Recorder());
  const sizes: number[] = [];
  reader.pieces = { piece: (_, part) => sizes.push((part as Buffer).buffer.byteLength), lastPiece() {} };
  reader.read(hex('827e 9c40'));
  for (const count of [20_000, 9000, 11_000]) reader.read(Buffer.alloc(count));
  t.strictSame(sizes, [20_000, 9000, 11_000]);
});

t.test('the end of a message waits for its last piece, whether that pauses or throws', async (t) => {
  for (const how of ['pauses', 'throws']) {
    const reader = new Reader(new Recorder());
    const calls: string[] = [];
    reader.read(hex('0201 61'));
    reader.pieces = {
      piece(_, part) {
        calls.push(`${part}`);
        if (how === 'throws') throw new Error('of the sink');
        reader.pause();
      },
      lastPiece: () => calls.push('end'),
    };
    const last = hex('8000');
    if (how === 'throws') t.throws(() => reader.read(last), /of the sink/);
    else reader.read(last);
    t.strictSame(calls, ['a'], how);
    reader.resume();
    t.strictSame(calls, ['a', 'end'], how);
  }
});

t.test('a piece sink may pause', async (t) => {
  const { sink, pieces, reader } = start();
  pieces.onPiece = () => reader.pause();
  reader.read(hex('01 01 61  00 01 62  80 01 63  81 01 64'));
  t.strictSame(pieces.calls, [[1, 'a']]);
  reader.resume();
  t.strictSame(pieces.calls, [
    [1, 'a'],
    [1, 'b'],
  ]);
  reader.resume();
  t.strictSame(pieces.calls.slice(2), [[1, 'c']], 'the end waits, too');
  reader.resume();
  t.strictSame(pieces.calls.slice(3), [[1]]);
  t.strictSame(sink.calls, [['text', 'd']]);
});

t.test('a message that is too long can be held until it is decided', async (t) => {
  const tooLong = hex('81 01 61  82 06 01 02 03 04 05 06  81 01 62');
  for (const cut of [3, 4, 5, 8, tooLong.length]) {
    const { sink, pieces, reader } = start({ maxMessageBytes: 5 });
    reader.pieces = null;
    let asked = 0;
    const holding = Object.assign(sink, { tooLong: () => ++asked > 0 });
    reader.read(tooLong.subarray(0, cut));
    reader.read(tooLong.subarray(cut));
    t.strictSame(holding.calls, [['text', 'a']]);
    t.equal(asked, 1);
    t.equal(reader.paused, true);
    reader.resume();
    t.equal(asked, 2, 'it is asked again');
    t.equal(reader.paused, true);
    reader.pieces = pieces;
    reader.resume();
    // The whole payload is there, so it is a message again, of any length.
    t.strictSame(sink.calls.slice(1), [
      ['binary', hex('01 02 03 04 05 06')],
      ['text', 'b'],
    ]);
  }
});

t.test('a held message fails at its place', async (t) => {
  const { sink, reader } = start({ maxMessageBytes: 5 });
  reader.pieces = null;
  let hold = true;
  Object.assign(sink, { tooLong: () => hold });
  reader.read(hex('81 01 61  82 06 01 02'));
  hold = false;
  reader.resume();
  t.match(sink.calls[1], ['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', offset: 3, header: '8206' }]);
  reader.resume();
  t.equal(sink.calls.length, 2);
});

t.test('a held message is forgotten by stop', async (t) => {
  const { sink, reader } = start({ maxMessageBytes: 5 });
  reader.pieces = null;
  Object.assign(sink, { tooLong: () => true });
  reader.read(hex('82 06 01 02'));
  reader.stop();
  reader.resume();
  t.strictSame(sink.calls, []);
});

// RFC 7692 7.2.3.2: "Hello", in two fragments.
const HELLO = hex('41 03 f2 48 cd  80 04 c9 c9 07 00');

t.test('a compressed message does not come in pieces, the others still do', async (t) => {
  for (let cut = 1; cut <= HELLO.length; cut++) {
    const { sink, pieces, reader } = start({ inflater: new Inflater() });
    for (let at = 0; at < HELLO.length; at += cut) reader.read(Buffer.from(HELLO.subarray(at, at + cut)));
    reader.read(hex('01 02 61 62'));
    reader.read(hex('80 01 63'));
    t.strictSame(sink.calls, [['text', 'Hello']], `cut after ${cut}`);
    t.strictSame(pieces.joined, ['1:ab 1:c ']);
  }
});

t.test('the limits of a compressed message hold, and it is not held for its length', async (t) => {
  for (const [limit, offset] of [
    [{ maxMessageBytes: 4 }, HELLO.length],
    [{ maxFragments: 1 }, 5],
  ] as const) {
    const { sink, pieces, reader } = start({ inflater: new Inflater(), ...limit });
    let asked = 0;
    Object.assign(sink, { tooLong: () => ++asked > 0 });
    reader.read(HELLO);
    t.match(sink.calls, [['failed', { offset }]], JSON.stringify(limit));
    t.equal(asked, 0);
    t.strictSame(pieces.calls, []);
  }
});

/** Numbers from 0 to below 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

t.test('random messages, fragments, cuttings and pauses give what was sent', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`SEED=${seed}`);
  const random = randomOf(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let run = 0; run < 300; run++) {
    const sent: string[] = [];
    const frames: Buffer[] = [];
    for (let i = below(6); i >= 0; i--) {
      const isText = random() < 0.5;
      const text = Array.from({ length: below(30) }, () => ['a', 'é', '€', '😀'][below(4)]).join('');
      const payload = Buffer.from(text);
      sent.push(`${isText ? 'text' : 'binary'} ${payload.toString('hex')}`);
      let at = 0;
      for (let isFirst = true, fin = false; !fin; isFirst = false) {
        const count = below(payload.length - at + 1);
        fin = at + count === payload.length && random() < 0.7;
        frames.push(Buffer.from([(fin ? 0x80 : 0) | (isFirst ? (isText ? 1 : 2) : 0), count]));
        if (count > 125) throw new Error('the fragments must be short');
        frames.push(payload.subarray(at, at + count));
        at += count;
        if (random() < 0.2) frames.push(hex('89 01 70'));
      }
    }
    t.strictSame(play(Buffer.concat(frames), below), sent, `run ${run} of seed ${seed}`);
  }
});

/** What a reader with pieces makes of bytes in random chunks: whole messages and those in pieces in one order. */
function play(bytes: Buffer, below: (limit: number) => number): string[] {
  const received: string[] = [];
  let parts = '';
  const toHex = (part: string | Buffer): string => Buffer.from(part as string).toString('hex');
  const maybePause = (): void => {
    if (below(4) === 0) reader.pause();
  };
  const reader = new Reader({
    text: (text) => received.push(`text ${toHex(text)}`),
    binary: (part) => received.push(`binary ${toHex(part)}`),
    ping: maybePause,
    pong: () => {},
    close: () => {},
    failed: (error) => received.push(error.message),
  });
  reader.pieces = {
    piece(_, part) {
      parts += toHex(part);
      maybePause();
    },
    lastPiece(opcode) {
      received.push(`${opcode === 1 ? 'text' : 'binary'} ${parts}`);
      parts = '';
    },
  };
  for (let at = 0; at < bytes.length; ) {
    const count = 1 + below(30);
    reader.read(Buffer.from(bytes.subarray(at, at + count)));
    at += count;
    while (reader.paused) reader.resume();
  }
  return received;
}
