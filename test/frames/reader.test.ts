import { constants } from 'node:buffer';
import t from 'tap';
import { Reader } from '../../src/frames/reader.js';
import type { ReaderOptions } from '../../src/frames/reader-options.js';
import { type Call, difference, frame, hex, type Key, Recorder } from './support.js';

const NO_KEY: Key = [0, 0, 0, 0];
const server = { role: 'server' } as const;

/** The calls for bytes that come at once; the same must come of them byte by byte. */
function read(bytes: Buffer, options: ReaderOptions = {}): readonly Call[] {
  const [whole, single] = [new Recorder(), new Recorder()];
  new Reader(whole, options).read(bytes);
  const reader = new Reader(single, options);
  for (let i = 0; i < bytes.length; i++) reader.read(bytes, i, i + 1);
  const differs = difference(single.calls, whole.calls);
  if (differs !== null) throw new Error(`byte by byte: ${differs}`);
  return whole.calls;
}

t.test('the examples of RFC 6455 5.7', async (t) => {
  const hello = ['text', 'Hello'];
  t.strictSame(read(hex('8105 48656c6c6f')), [hello], 'a single-frame unmasked text message');
  t.strictSame(read(hex('8185 37fa213d 7f9f4d5158'), server), [hello], 'a single-frame masked text message');
  t.strictSame(read(hex('0103 48656c 8002 6c6f')), [hello], 'a fragmented unmasked text message');
  t.strictSame(read(hex('8905 48656c6c6f')), [['ping', Buffer.from('Hello')]], 'an unmasked ping');
  t.strictSame(read(hex('8a85 37fa213d 7f9f4d5158'), server), [['pong', Buffer.from('Hello')]], 'a masked pong');
  const small = Buffer.alloc(256, 'b');
  t.strictSame(read(Buffer.concat([hex('827e0100'), small])), [['binary', small]], '256 bytes binary');
  const large = Buffer.alloc(65536, 'c');
  t.strictSame(read(Buffer.concat([hex('827f0000000000010000'), large])), [['binary', large]], '64 KiB binary');
});

t.test('every length at the borders, in both roles and all ways to cut the header', async (t) => {
  const HEADERS: readonly (readonly [length: number, bytes: string])[] = [
    [0, '00'],
    [1, '01'],
    [125, '7d'],
    [126, '7e 007e'],
    [127, '7e 007f'],
    [65535, '7e ffff'],
    [65536, '7f 0000000000010000'],
  ];
  for (const [length, digits] of HEADERS) {
    const payload = Buffer.alloc(length, 'x');
    for (const [first, call] of [
      [0x81, ['text', payload.toString()]],
      [0x82, ['binary', payload]],
    ] as const) {
      const header = Buffer.concat([Buffer.from([first]), hex(digits)]);
      t.equal(difference(read(Buffer.concat([header, payload])), [call]), null, `${call[0]} of ${length} bytes`);
      header[1] = (header[1] as number) | 0x80;
      const masked = Buffer.concat([header, Buffer.from(NO_KEY), payload]);
      t.equal(difference(read(masked, server), [call]), null, `${call[0]} of ${length} bytes, masked`);
    }
  }
});

t.test('lengths beyond the memory are a valid claim if the limit allows them', async (t) => {
  const recorder = new Recorder();
  for (const length of ['0000000080000000', '00000000ffffffff']) {
    const reader = new Reader(recorder, { maxMessageBytes: 2 ** 33 });
    reader.read(hex(`827f ${length} 616263`));
    t.strictSame(recorder.calls, []);
    t.ok((reader.target as Buffer).length >= 32768, 'it waits for the rest');
  }
});

/** One broken rule: its bytes to a client and to a server, and the facts of the error. `at` is counted from the frame's first byte. */
interface Fault {
  readonly why: string;
  readonly client: string;
  readonly server: string;
  readonly code: string;
  readonly section: string;
  readonly closeCode: number;
  readonly at?: readonly [client: number, server: number];
  readonly options?: ReaderOptions;
}

const rule = (code: string, section: string, closeCode = 1002) => ({ code, section, closeCode });
const RSV = rule('WS_PROTOCOL_RSV', 'RFC 6455 5.2');
const OPCODE = rule('WS_PROTOCOL_OPCODE', 'RFC 6455 5.2');
const CONTROL_FRAGMENTED = rule('WS_PROTOCOL_CONTROL_FRAGMENTED', 'RFC 6455 5.5');
const CONTROL_LENGTH = rule('WS_PROTOCOL_CONTROL_LENGTH', 'RFC 6455 5.5');
const CONTINUATION = rule('WS_PROTOCOL_CONTINUATION', 'RFC 6455 5.4');
const MASK = rule('WS_PROTOCOL_MASK', 'RFC 6455 5.1');
const LENGTH = rule('WS_PROTOCOL_LENGTH', 'RFC 6455 5.2');
const TOO_BIG = rule('WS_PROTOCOL_MESSAGE_TOO_BIG', 'option maxMessageBytes', 1009);
const UTF8 = rule('WS_PROTOCOL_UTF8', 'RFC 6455 8.1', 1007);
const REASON = rule('WS_PROTOCOL_UTF8', 'RFC 6455 5.5.1', 1007);
const CLOSE_CODE = rule('WS_PROTOCOL_CLOSE_CODE', 'RFC 6455 7.4');
const CLOSE_PAYLOAD = rule('WS_PROTOCOL_CLOSE_PAYLOAD', 'RFC 6455 5.5.1');

/** A fault that the header alone shows. */
const inHeader = (why: string, facts: ReturnType<typeof rule>, client: string, server: string): Fault => ({
  why,
  ...facts,
  client,
  server,
});
const K = '01020304';
const opcodes = ['3', '4', '5', '6', '7', 'b', 'c', 'd', 'e', 'f'];
const tooBig = { maxMessageBytes: 10 };

const HEADER_FAULTS: readonly Fault[] = [
  ...['1', '2', '8', '9', 'a'].flatMap((opcode) => [
    inHeader(`rsv1, opcode ${opcode}`, RSV, `c${opcode}00`, `c${opcode}80${K}`),
    inHeader(`rsv2, opcode ${opcode}`, RSV, `a${opcode}00`, `a${opcode}80${K}`),
    inHeader(`rsv3, opcode ${opcode}`, RSV, `9${opcode}00`, `9${opcode}80${K}`),
    inHeader(`all three, opcode ${opcode}`, RSV, `f${opcode}7e0100`, `f${opcode}fe0100${K}`),
  ]),
  ...opcodes.map((o) => inHeader(`reserved opcode ${o}`, OPCODE, `8${o}05`, `8${o}85${K}`)),
  ...opcodes.map((o) => inHeader(`reserved opcode ${o}, not fin`, OPCODE, `0${o}00`, `0${o}80${K}`)),
  ...['8', '9', 'a'].flatMap((o) => [
    inHeader(`fragmented control frame ${o}`, CONTROL_FRAGMENTED, `0${o}00`, `0${o}80${K}`),
    inHeader(`control frame ${o} of 126 bytes`, CONTROL_LENGTH, `8${o}7e007e`, `8${o}fe007e${K}`),
    inHeader(`control frame ${o} of 64 KiB`, CONTROL_LENGTH, `8${o}7f0000000000010000`, `8${o}ff0000000000010000${K}`),
    inHeader(`control frame ${o}, length not minimal`, LENGTH, `8${o}7e0005`, `8${o}fe0005${K}`),
  ]),
  inHeader('continuation without a message', CONTINUATION, '8000', `8080${K}`),
  inHeader('continuation without a message, not fin', CONTINUATION, '0003', `0083${K}`),
  ...['1', '2', '8', '9', 'a'].map((o) => inHeader(`who masks, opcode ${o}`, MASK, `8${o}80${K}`, `8${o}00`)),
  inHeader('most significant bit', LENGTH, '827f8000000000000000', `82ff8000000000000000${K}`),
  inHeader('most significant bit, text', LENGTH, '817fffffffffffffffff', `81ffffffffffffffffff${K}`),
  inHeader('0 in 16 bits', LENGTH, '827e0000', `82fe0000${K}`),
  inHeader('125 in 16 bits', LENGTH, '817e007d', `81fe007d${K}`),
  inHeader('0 in 64 bits', LENGTH, '817f0000000000000000', `81ff0000000000000000${K}`),
  inHeader('126 in 64 bits', LENGTH, '827f000000000000007e', `82ff000000000000007e${K}`),
  inHeader('65535 in 64 bits', LENGTH, '817f000000000000ffff', `81ff000000000000ffff${K}`),
  inHeader('16 MiB and one byte', TOO_BIG, '827f0000000001000001', `82ff0000000001000001${K}`),
  inHeader('2^31 bytes', TOO_BIG, '827f0000000080000000', `82ff0000000080000000${K}`),
  inHeader('2^32 bytes', TOO_BIG, '817f0000000100000000', `81ff0000000100000000${K}`),
  inHeader('2^53 bytes', TOO_BIG, '827f0020000000000000', `82ff0020000000000000${K}`),
  inHeader('2^63 - 1 bytes', TOO_BIG, '817f7fffffffffffffff', `81ff7fffffffffffffff${K}`),
  { ...inHeader('a limit of 10, text', TOO_BIG, '810b', `818b${K}`), options: tooBig },
  { ...inHeader('a limit of 10, binary', TOO_BIG, '820b', `828b${K}`), options: tooBig },
];

const PAYLOAD_FAULTS: readonly Fault[] = [
  { why: 'bad byte', client: '8103 61ff62', server: `8183 00000000 61ff62`, ...UTF8, at: [3, 7] },
  { why: 'cut character', client: '8102 61c3', server: `8182 00000000 61c3`, ...UTF8, at: [4, 8] },
  { why: 'surrogate', client: '8103 eda080', server: `8183 00000000 eda080`, ...UTF8, at: [3, 7] },
  { why: 'close, one byte', client: '8801 03', server: '8881 00000000 03', ...CLOSE_PAYLOAD, at: [2, 6] },
  { why: 'close reason', client: '8803 03e8ff', server: '8883 00000000 03e8ff', ...REASON, at: [2, 6] },
  { why: 'close reason, cut', client: '8803 03e8c3', server: '8883 00000000 03e8c3', ...REASON, at: [2, 6] },
  ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map((code) => {
    const digits = code.toString(16).padStart(4, '0');
    const facts = { ...CLOSE_CODE, at: [2, 6] } as const;
    return { why: `close code ${code}`, client: `8802 ${digits}`, server: `8882 00000000 ${digits}`, ...facts };
  }),
];

/** Reads a fault behind a good message and before another one, and says what is wrong with the calls. */
function checkFault(fault: Fault, role: 'client' | 'server'): string | null {
  const [good, bytes] = [hex(role === 'client' ? '810161' : '8181 00000000 61'), hex(fault[role])];
  // What follows completes a payload where a header was judged too late, and would be a message otherwise.
  const calls = read(Buffer.concat([good, bytes, good, Buffer.alloc(200, 0x81)]), { role, ...fault.options });
  const at = fault.at?.[role === 'client' ? 0 : 1] ?? 0;
  const [first, second, ...more] = calls;
  if (first?.[0] !== 'text' || second?.[0] !== 'failed' || more.length > 0) return JSON.stringify(calls);
  const { code, section, closeCode, by, offset, header } = second[1];
  const payload = fault.at === undefined ? bytes.length : role === 'client' ? 2 : 6;
  const wanted = [fault.code, fault.section, fault.closeCode, 'peer', good.length + at];
  const found = [code, section, closeCode, by, offset];
  if (JSON.stringify(found) !== JSON.stringify(wanted)) return `${found} instead of ${wanted}`;
  return header === bytes.toString('hex', 0, payload) ? null : `header ${header}`;
}

t.test('every rule of a frame alone: code, section, close code, offset, header', async (t) => {
  for (const fault of [...HEADER_FAULTS, ...PAYLOAD_FAULTS]) {
    t.equal(checkFault(fault, 'client'), null, `${fault.why}, to a client`);
    t.equal(checkFault(fault, 'server'), null, `${fault.why}, to a server`);
  }
});

t.test('rules of frames in a row', async (t) => {
  const last = (digits: string, options: ReaderOptions = {}): unknown => {
    const call = read(hex(digits), options).at(-1) as Call;
    return call[0] === 'failed' ? [call[1].code, call[1].offset, call[1].header] : call;
  };
  t.strictSame(last('0101 61 8101 62'), ['WS_PROTOCOL_CONTINUATION', 3, '8101'], 'text inside a message');
  t.strictSame(last('0201 61 8200'), ['WS_PROTOCOL_CONTINUATION', 3, '8200'], 'binary inside a message');
  t.strictSame(last('0100 0100'), ['WS_PROTOCOL_CONTINUATION', 2, '0100'], 'also if the first one was empty');
  t.strictSame(last('0101 61 8000 8000'), ['WS_PROTOCOL_CONTINUATION', 5, '8000'], 'continuation after the end');
  t.strictSame(last('8200 0001 61'), ['WS_PROTOCOL_CONTINUATION', 2, '0001']);
  t.strictSame(last('0101 61 c001 61'), ['WS_PROTOCOL_RSV', 3, 'c001'], 'rsv1 on a continuation');
  t.strictSame(last('0101 61 8900 8180 00000000'), ['WS_PROTOCOL_CONTINUATION', 5, '818000000000']);
  t.strictSame(last('0101 61 8080 01020304'), ['WS_PROTOCOL_MASK', 3, '808001020304']);
  t.strictSame(last('0181 00000000 61 8000', server), ['WS_PROTOCOL_MASK', 7, '8000']);
  t.strictSame(last('0101 c3 8000'), ['WS_PROTOCOL_UTF8', 5, '8000'], 'cut at the end of the message');
  t.strictSame(last('0101 c3 8001 41'), ['WS_PROTOCOL_UTF8', 5, '8001'], 'cut by the next fragment');
  t.strictSame(last('0103 61ff62 8000'), ['WS_PROTOCOL_UTF8', 3, '0103'], 'at once, not at the end of the message');
});

t.test('messages, fragments and control frames in between (5.4)', async (t) => {
  t.strictSame(read(hex('8100 8200')), [
    ['text', ''],
    ['binary', Buffer.alloc(0)],
  ]);
  t.strictSame(read(hex('0100 0000 8000 0200 8000')), [
    ['text', ''],
    ['binary', Buffer.alloc(0)],
  ]);
  t.strictSame(
    read(hex('0102 61c3 8901 31 0002 a4e2 8a00 8900 0001 82 8002 ac62 8203 010203')),
    [
      ['ping', Buffer.from('1')],
      ['pong', Buffer.alloc(0)],
      ['ping', Buffer.alloc(0)],
      ['text', 'a\u00e4\u20acb'],
      ['binary', hex('010203')],
    ],
    'text cut inside its characters',
  );
  t.strictSame(
    read(hex('0282 01020304 6060 8981 ff000000 ce 8083 11121314 727676'), server),
    [
      ['ping', Buffer.from('1')],
      ['binary', Buffer.from('abcde')],
    ],
    'each frame has its own key',
  );
  t.strictSame(read(hex('0201 61 8802 03e8')), [['close', 1000, '']], 'a close frame inside a message');
});

t.test('close frames: code and reason (5.5.1, 7.1.5, 7.1.6)', async (t) => {
  t.strictSame(read(hex('8800')), [['close', 1005, '']]);
  t.strictSame(read(hex('8880 01020304'), server), [['close', 1005, '']]);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
    const digits = code.toString(16).padStart(4, '0');
    t.strictSame(read(hex(`8802 ${digits}`)), [['close', code, '']]);
  }
  t.strictSame(read(hex('8808 03e9 62 c3a4 e28281')), [['close', 1001, 'b\u00e4\u2081']]);
  const longest = Buffer.concat([hex('887d 03e8'), Buffer.alloc(123, 'r')]);
  t.strictSame(read(longest), [['close', 1000, 'r'.repeat(123)]]);
});

t.test('nothing comes after a close frame or a failure', async (t) => {
  for (const end of ['8800', '8802 03e8', '8300', '8101 ff']) {
    const recorder = new Recorder();
    const reader = new Reader(recorder);
    reader.read(hex(`${end} 810161 8800 8300`));
    reader.read(hex('810161'));
    reader.read(hex('8800'));
    t.equal(recorder.calls.length, 1, end);
    t.equal(reader.target, null);
    reader.filled(3);
    reader.pause();
    t.notOk(reader.paused);
    reader.resume();
    t.equal(recorder.calls.length, 1);
  }
});

t.test('offsets count the bytes of the stream, not of the chunk', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  const bytes = Buffer.concat([hex('eeeeee 810161'), frame(0x82, Buffer.alloc(5000)), hex('8300 eeee')]);
  reader.read(hex('810162'));
  reader.read(hex('8a00 0101 61 80'));
  reader.read(bytes, 3, 3);
  reader.read(hex('00'));
  reader.read(bytes, 3, bytes.length - 2);
  t.match(recorder.calls.at(-1), ['failed', { offset: 3 + 7 + 3 + 5004, header: '8300' }]);
});

t.test('the longest string that there is ends a text message, whatever the limit', async (t) => {
  const length = (constants.MAX_STRING_LENGTH + 1).toString(16).padStart(16, '0');
  const options = { maxMessageBytes: Number.MAX_SAFE_INTEGER };
  t.match(read(hex(`817f ${length}`), options), [['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', closeCode: 1009 }]]);
  t.match(read(hex(`0101 61 807f ${length}`), options), [['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG' }]]);
  t.strictSame(read(hex(`827f ${length}`), options), [], 'a binary one may be longer');
});

t.test('the longest Buffer that there is ends a binary message, whatever the limit', async (t) => {
  const length = (BigInt(constants.MAX_LENGTH) + 1n).toString(16).padStart(16, '0');
  const options = { maxMessageBytes: Infinity };
  const tooBig = ['failed', { code: 'WS_PROTOCOL_MESSAGE_TOO_BIG', closeCode: 1009 }] as const;
  t.match(read(hex(`827f ${length}`), options), [tooBig]);
  t.match(read(hex(`0201 61 807f ${length}`), options), [tooBig]);
  t.match(read(hex('827f 7fffffffffffffff'), options), [tooBig]);
});

const limits: readonly (readonly [why: string, bytes: string, options: ReaderOptions, wanted: string])[] = [
  ['one below', '8104 61626364', { maxMessageBytes: 5 }, 'text'],
  ['exactly at', '8105 6162636465', { maxMessageBytes: 5 }, 'text'],
  ['one above', '8106 616263646566', { maxMessageBytes: 5 }, 'WS_PROTOCOL_MESSAGE_TOO_BIG'],
  ['binary, exactly at', '8205 6162636465', { maxMessageBytes: 5 }, 'binary'],
  ['binary, one above', '8206 616263646566', { maxMessageBytes: 5 }, 'WS_PROTOCOL_MESSAGE_TOO_BIG'],
  ['in a run', '8101 61 8105 6162636465 8106 616263646566', { maxMessageBytes: 5 }, 'WS_PROTOCOL_MESSAGE_TOO_BIG'],
  [
    'in a binary run',
    '8201 61 8205 6162636465 8206 616263646566',
    { maxMessageBytes: 5 },
    'WS_PROTOCOL_MESSAGE_TOO_BIG',
  ],
  ['over fragments, one below', '0202 6162 8002 6364', { maxMessageBytes: 5 }, 'binary'],
  ['over fragments, exactly at', '0202 6162 8003 636465', { maxMessageBytes: 5 }, 'binary'],
  ['over fragments, one above', '0202 6162 8004 63646566', { maxMessageBytes: 5 }, 'WS_PROTOCOL_MESSAGE_TOO_BIG'],
  ['nothing', '8100', { maxMessageBytes: 0 }, 'text'],
  ['one byte and a limit of none', '8101 61', { maxMessageBytes: 0 }, 'WS_PROTOCOL_MESSAGE_TOO_BIG'],
  ['fragments, one below', '0200 8000', { maxFragments: 3 }, 'binary'],
  ['fragments, exactly at', '0200 0000 8000', { maxFragments: 3 }, 'binary'],
  ['fragments, one above', '0200 0000 0000 8000', { maxFragments: 3 }, 'WS_PROTOCOL_TOO_MANY_FRAGMENTS'],
  ['control frames do not count', '0200 8900 0000 8900 8900 8000', { maxFragments: 3 }, 'binary'],
  ['a single frame is one', '8101 61', { maxFragments: 1 }, 'text'],
  ['two are more', '0101 61 8000', { maxFragments: 1 }, 'WS_PROTOCOL_TOO_MANY_FRAGMENTS'],
];

t.test('limits: exactly at, one below, one above', async (t) => {
  for (const [why, bytes, options, wanted] of limits) {
    const call = read(hex(bytes), options).at(-1) as Call;
    t.equal(call[0] === 'failed' ? call[1].code : call[0], wanted, why);
  }
  const tooMany = read(hex('0100 8900 8000'), { maxFragments: 1 }).at(-1);
  const facts = { section: 'option maxFragments', closeCode: 1008, by: 'peer', offset: 4, header: '8000' };
  t.match(tooMany, ['failed', { code: 'WS_PROTOCOL_TOO_MANY_FRAGMENTS', ...facts }]);
});

t.test('a limit between the sizes of runs, longer messages and pieces', async (t) => {
  for (const size of [100, 125, 126, 2047, 2048, 2049, 4096, 4097, 65535, 65536, 100_000]) {
    for (const first of [0x81, 0x82]) {
      const at = frame(first, Buffer.alloc(size, 'a'));
      const above = frame(first, Buffer.alloc(size + 1, 'a'));
      const calls = read(Buffer.concat([at, above, at]), { maxMessageBytes: size });
      const found = calls.map(([name, given]) =>
        name === 'failed' ? `${given.code} ${given.offset}` : (given as string | Buffer).length,
      );
      t.strictSame(found, [size, `WS_PROTOCOL_MESSAGE_TOO_BIG ${at.length}`], `${size}`);
    }
  }
});

t.test('a limit that is none is refused, as it would allow everything', async (t) => {
  for (const maxMessageBytes of [NaN, -1, -Infinity, '5' as unknown as number]) {
    const facts = { code: 'WS_PROTOCOL_ARGUMENT', section: 'option maxMessageBytes', by: 'us' };
    t.throws(() => new Reader(new Recorder(), { maxMessageBytes }), { ...facts, message: /at least 0 is needed/ });
  }
  for (const maxFragments of [NaN, 0, -1, 0.5]) {
    const facts = { code: 'WS_PROTOCOL_ARGUMENT', section: 'option maxFragments', by: 'us' };
    t.throws(() => new Reader(new Recorder(), { maxFragments }), { ...facts, message: /at least 1 is needed/ });
  }
  const endless = { maxMessageBytes: Infinity, maxFragments: Infinity };
  t.strictSame(read(hex('810161 0101 61 8001 62'), endless), [
    ['text', 'a'],
    ['text', 'ab'],
  ]);
});
