import t from 'tap';
import { CompressedMessages } from '../../src/frames/compressed-messages.js';
import { CutFrame } from '../../src/frames/cut-frame.js';
import { Flow } from '../../src/frames/flow.js';
import { FrameReader } from '../../src/frames/frame-reader.js';
import { Inflater } from '../../src/frames/inflate.js';
import { Outlet } from '../../src/frames/outlet.js';
import { type ReaderOptions, rulesOf } from '../../src/frames/reader-options.js';
import { TEXT_RUN } from '../../src/frames/runs.js';
import type { PieceSink } from '../../src/frames/sink.js';
import { type Call, frame, hex, Recorder } from './support.js';

const setUp = (options: ReaderOptions & { deflate?: boolean } = {}) => {
  const sink = new Recorder();
  const outlet = new Outlet(sink, new Flow());
  const rules = rulesOf(options);
  const compressed =
    options.deflate === true ? new CompressedMessages(new Inflater(), outlet, rules, () => t.fail()) : null;
  const frames = new FrameReader(outlet, rules, compressed);
  /** Reads a chunk that is overwritten afterwards; gives how much of it was read. */
  const read = (digits: string | Buffer): number => {
    const bytes = typeof digits === 'string' ? hex(digits) : digits;
    const chunk = Buffer.concat([hex('eeee'), bytes]);
    outlet.enter(2);
    while (outlet.flow.reading && outlet.position < chunk.length) frames.read(chunk, chunk.length);
    chunk.fill(0xee);
    return outlet.position - 2;
  };
  return { sink, outlet, frames, read, calls: sink.calls };
};

/** Takes messages in pieces; notes them among the other calls. */
const piecesTo = (calls: unknown[]): PieceSink => ({
  piece: (opcode, part) => calls.push([`piece of ${opcode}`, part]),
  lastPiece: (opcode) => calls.push([`end of ${opcode}`]),
});

const KEY = [1, 2, 3, 4] as const;
const STREAM = Buffer.concat([
  frame(0x81, 'whole'),
  frame(0x01, 'fr\u00e4'),
  frame(0x89, 'ping'),
  frame(0x00, ''),
  frame(0x80, 'gment'),
  frame(0x8a, ''),
  frame(0x02, hex('00')),
  frame(0x80, Buffer.alloc(300, 1)),
  frame(0x82, Buffer.alloc(70000, 2)),
]);
const CALLS: Call[] = [
  ['text', 'whole'],
  ['ping', Buffer.from('ping')],
  ['text', 'fr\u00e4gment'],
  ['pong', hex('')],
  ['binary', Buffer.concat([hex('00'), Buffer.alloc(300, 1)])],
  ['binary', Buffer.alloc(70000, 2)],
];

t.test('messages, fragments and control frames, in one chunk and byte by byte', async (t) => {
  for (const size of [STREAM.length, 7, 1]) {
    const { frames, read, calls } = setUp();
    for (let at = 0; at < STREAM.length; at += size) read(STREAM.subarray(at, at + size));
    t.same(calls, CALLS);
    t.equal(frames.idle, true);
  }
});

t.test('a server takes the mask away, wherever a frame is cut', async (t) => {
  const stream = Buffer.concat([frame(0x01, 'a\u00e4b', { key: KEY }), frame(0x89, 'ping', { key: KEY })]);
  for (let at = 1; at < stream.length; at++) {
    const { read, calls } = setUp({ role: 'server' });
    read(stream.subarray(0, at));
    read(stream.subarray(at));
    read(frame(0x80, 'c', { key: KEY }));
    t.same(calls, [
      ['ping', Buffer.from('ping')],
      ['text', 'a\u00e4bc'],
    ]);
  }
});

t.test('it is idle between messages only', async (t) => {
  const { frames, read } = setUp();
  for (const [digits, idle] of [
    ['01', false],
    ['00', false],
    ['80', false],
    ['01', false],
    ['61', true],
    ['8a01', false],
    ['00', true],
  ] as const) {
    read(digits);
    t.equal(frames.idle, idle, digits);
  }
});

t.test(
  'a header that breaks a rule: nothing of the frame is taken, and its bytes are reported as they came',
  async (t) => {
    for (const [digits, header] of [
      ['8900 b101 61', 'b101'],
      ['8900 817e 0001 61', '817e0001'],
      ['8900 8181 01020304 60', '818101020304'],
    ] as const) {
      const { read, calls, outlet } = setUp();
      read(digits);
      t.match(calls.slice(1), [['failed', { offset: 2, header }]]);
      t.equal(outlet.flow.done, true);
      const cut = setUp();
      for (const byte of hex(digits)) cut.read(Buffer.of(byte));
      t.same(cut.calls, calls);
    }
  },
);

t.test('text that is no UTF-8: in one frame, at the first bad byte of a piece, and cut off at the end', async (t) => {
  for (const [chunks, offset, header] of [
    [['8103 61ff62'], 3, '8103'],
    [['0102 61ff'], 3, '0102'],
    [['8104 61', '62ff', '63'], 4, '8104'],
    [['0102 61c3', '8000'], 6, '8000'],
  ] as const) {
    const { read, calls } = setUp();
    for (const chunk of chunks) read(chunk);
    t.match(calls, [['failed', { code: 'WS_PROTOCOL_UTF8', offset, header }]]);
    t.equal(calls.length, 1);
  }
});

t.test('a close frame ends it, with what it says or what is wrong with it', async (t) => {
  for (const [digits, call] of [
    ['8805 03e8 627965', ['close', 1000, 'bye']],
    ['8800', ['close', 1005, '']],
    ['8801 03', ['failed', { code: 'WS_PROTOCOL_CLOSE_PAYLOAD', offset: 2, header: '8801' }]],
    ['8802 03ed', ['failed', { code: 'WS_PROTOCOL_CLOSE_CODE', offset: 2, header: '8802' }]],
    ['8803 03e8 ff', ['failed', { code: 'WS_PROTOCOL_UTF8', offset: 2, header: '8803' }]],
  ] as const) {
    const { read, calls, outlet } = setUp();
    t.equal(read(`${digits} 810161`), hex(digits).length, 'what follows is not read');
    t.match(calls, [call]);
    t.equal(outlet.flow.done, true);
  }
});

t.test('a frame that was cut is taken over', async (t) => {
  const { frames, outlet, read, calls } = setUp();
  const chunk = hex('8104 61c3');
  const cut = CutFrame.at(chunk, 0, chunk.length, TEXT_RUN, 100) as CutFrame;
  outlet.position = chunk.length;
  frames.takeOver(cut);
  t.same(calls, []);
  read('a4');
  read('63');
  t.same(calls, [['text', 'a\u00e4c']]);
});

t.test('a large message is read straight into its memory', async (t) => {
  const { frames, read, calls } = setUp();
  t.equal(frames.lend(), null, 'nothing is under way');
  read('827e 9c40 01');
  const memory = frames.lend() as Buffer;
  memory.fill(2);
  frames.filled(30000);
  frames.goOn();
  t.same(calls, []);
  t.equal(frames.lend(), null, 'so little is missing that it may come by the chunk');
  read(Buffer.alloc(9999, 3));
  const parts = [hex('01'), Buffer.alloc(30000, 2), Buffer.alloc(9999, 3)];
  t.same(calls, [['binary', Buffer.concat(parts)]]);
});

t.test('what is lent ends its message when it is full, and is checked as what is read', async (t) => {
  for (const [fill, call] of [
    ['x', ['text', 'x'.repeat(32768)]],
    [Buffer.of(0xff), ['failed', { code: 'WS_PROTOCOL_UTF8', offset: 4, header: '817e8000' }]],
  ] as const) {
    const { frames, read, calls } = setUp();
    read('817e 8000');
    const memory = frames.lend() as Buffer;
    t.equal(memory.length, 32768);
    memory.fill(fill);
    frames.filled(memory.length);
    frames.goOn();
    t.match(calls, [call]);
  }
});

t.test(
  'nothing is lent to a server, which has to take the mask away, nor of a message that is taken in pieces',
  async (t) => {
    const server = setUp({ role: 'server' });
    server.read(frame(0x82, Buffer.alloc(40000), { key: KEY }).subarray(0, 100));
    t.equal(server.frames.lend(), null);
    const { outlet, frames, read, calls } = setUp();
    outlet.pieces = piecesTo(calls);
    read('827e 9c40 01');
    t.equal(frames.lend(), null);
    t.same(calls, [['piece of 2', hex('01')]]);
  },
);

t.test('a message in pieces: of a text no character is cut, and what came before is first', async (t) => {
  const { outlet, frames, read, calls } = setUp({ maxMessageBytes: 4, maxFragments: 1 });
  read('0104 6162c3');
  outlet.pieces = piecesTo(calls);
  frames.goOn();
  read('a4');
  read('8900');
  read('8001 63');
  read('0200 8000');
  t.same(calls, [
    ['piece of 1', 'ab'],
    ['piece of 1', '\u00e4'],
    ['ping', hex('')],
    ['piece of 1', 'c'],
    ['end of 1'],
    ['end of 2'],
  ]);
});

t.test('what is lent is not handed on before it is filled or taken back', async (t) => {
  for (const end of ['filled', 'takeBack'] as const) {
    const { outlet, frames, read, calls } = setUp();
    read('827e 9c40 01');
    (frames.lend() as Buffer).fill(2);
    outlet.pieces = piecesTo(calls);
    frames.goOn();
    t.same(calls, []);
    frames[end](end === 'filled' ? 2 : 0);
    frames.goOn();
    t.same(calls, [['piece of 2', end === 'filled' ? hex('010202') : hex('01')]]);
  }
});

t.test('a message that is too long may be held, and is looked at again', async (t) => {
  for (const inPieces of [true, false]) {
    const { sink, outlet, frames, read, calls } = setUp({ maxMessageBytes: 2 });
    let held = 0;
    Object.assign(sink, { tooLong: () => held++ === 0 });
    read('8900 8103 616263');
    t.equal(outlet.flow.paused, true);
    t.equal(calls.length, 1);
    if (inPieces) outlet.pieces = piecesTo(calls);
    outlet.flow.resume();
    frames.goOn();
    read('61');
    read('6263');
    const failure = ['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', offset: 2, header: '8103' }];
    const parts = [['piece of 1', 'a'], ['piece of 1', 'bc'], ['end of 1']];
    t.match(calls.slice(1), inPieces ? parts : [failure]);
  }
});

t.test('a pause in a piece keeps the end of its message back', async (t) => {
  const { outlet, frames, read, calls } = setUp();
  const pieces = piecesTo(calls);
  outlet.pieces = { ...pieces, piece: (...args) => [pieces.piece(...args), outlet.flow.pause()] };
  read('0101 61');
  outlet.flow.resume();
  read('8001 62');
  t.same(calls, [
    ['piece of 1', 'a'],
    ['piece of 1', 'b'],
  ]);
  outlet.flow.resume();
  frames.goOn();
  t.same(calls.slice(2), [['end of 1']]);
});

t.test('compressed messages, whole and in fragments, go to what inflates them', async (t) => {
  const { outlet, read, calls } = setUp({ deflate: true });
  outlet.pieces = piecesTo(calls);
  read('c107 f248cdc9c90700');
  read('4103 f248cd 8900 8004 c9c90700'); // RFC 7692 7.2.3.1
  t.same(calls, [
    ['text', 'Hello'],
    ['ping', hex('')],
    ['text', 'Hello'],
  ]);
});

t.test('without an extension rsv1 has no meaning', async (t) => {
  const { read, calls } = setUp();
  read('c107 f248cdc9c90700');
  t.match(calls, [['failed', { code: 'WS_PROTOCOL_RSV', offset: 0, header: 'c107' }]]);
});
