import t from 'tap';
import { Reader } from '../../src/frames/reader.js';
import { frame, hex, type Key, Recorder } from './support.js';

/** Text that goes wrong, and which of its bytes, counted from 0, is the first that no UTF-8 text can have there: Autobahn's cases 6.3 to 6.21. */
const BAD: readonly (readonly [why: string, bytes: string, at: number])[] = [
  ['6.3.1: surrogate behind Greek', 'cebae1bdb9cf83cebcceb5 eda080 656469746564', 12],
  ['6.4: above U+10FFFF behind Greek', 'cebae1bdb9cf83cebcceb5 f4908080 656469746564', 12],
  ['6.6: cut character', 'cebae1bdb9cf83ce 41', 8],
  ['6.8: five bytes', 'f888808080', 0],
  ['6.8: six bytes', 'fc8480808080', 0],
  ['6.10: the last five bytes can say', 'fbbfbfbfbf', 0],
  ['6.12: lone continuation', '80', 0],
  ['6.12: last continuation', '61bf', 1],
  ['6.12: many continuations', '808180828083', 0],
  ['6.13: lead bytes and blanks', 'c320', 1],
  ['6.13: lead bytes of four and blanks', 'f020', 1],
  ['6.14: cut by the next lead byte', 'e080', 1],
  ['6.14: cut by the next lead byte', 'efbfc3', 2],
  ['6.15: cut ones in a row', 'c3e0a0f0', 1],
  ['6.16: fe', '61fe', 1],
  ['6.16: ff', 'ff', 0],
  ['6.17: overlong slash in two', 'c0af', 0],
  ['6.17: overlong slash in three', 'e080af', 1],
  ['6.17: overlong slash in four', 'f08080af', 1],
  ['6.18: largest overlong', 'f08fbfbf', 1],
  ['6.19: overlong NUL', 'c080', 0],
  ['6.20: single surrogate', 'edadbf', 1],
  ['6.21: pair of surrogates', '61edaf bfedbfbf', 2],
  ['behind much text', `${'61'.repeat(300)}c3a4c3`.concat('c3'), 303],
];

const GOOD = [
  '',
  '48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121',
  'cebae1bdb9cf83cebcceb5',
  '00',
  'c280',
  'e0a080',
  'f0908080',
  '7f',
  'dfbf',
  'efbfbf',
  'f48fbfbf',
  'ed9fbf',
  'ee8080',
  'efbfbd',
  'efbfbe',
  'f09fbfbe',
  'efbbbf61',
];

const KEY: Key = [0x37, 0xfa, 0x21, 0x3d];
const ROLES = [
  ['client', undefined],
  ['server', KEY],
] as const;
const build = (first: number, payload: Uint8Array, key: Key | undefined): Buffer =>
  frame(first, payload, key === undefined ? {} : { key });

/** Reads the parts in turn; says which one ended in a failure with these facts. */
function failsAt(parts: readonly Buffer[], role: 'client' | 'server'): readonly [part: number, offset: number] | null {
  const recorder = new Recorder();
  const reader = new Reader(recorder, { role });
  for (const [i, part] of parts.entries()) {
    reader.read(part);
    const [call] = recorder.calls;
    if (call?.[0] !== 'failed') continue;
    const { code, closeCode, section, offset } = call[1];
    if (code !== 'WS_PROTOCOL_UTF8' || closeCode !== 1007 || section !== 'RFC 6455 8.1') throw new Error(code);
    return [i, offset];
  }
  return null;
}

t.test('inside one frame that arrives in pieces, the failure comes with the first bad byte', async (t) => {
  for (const [why, digits, at] of BAD) {
    const payload = Buffer.concat([hex(digits), Buffer.alloc(20, 'x')]);
    for (const [role, key] of ROLES) {
      const bytes = build(0x81, payload, key);
      const begin = bytes.length - payload.length;
      // One byte after another, and cut right before and right behind the bad byte.
      const single = Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1));
      t.strictSame(failsAt(single, role), [begin + at, begin + at], `${why}, byte by byte, ${role}`);
      const before = [bytes.subarray(0, begin + at), bytes.subarray(begin + at)];
      t.strictSame(failsAt(before, role), [1, begin + at], `${why}, cut before it, ${role}`);
      const behind = [bytes.subarray(0, begin + at + 1), bytes.subarray(begin + at + 1)];
      t.strictSame(failsAt(behind, role), [0, begin + at], `${why}, cut behind it, ${role}`);
    }
  }
});

t.test('in fragments, the failure comes with the fragment that holds the first bad byte', async (t) => {
  for (const [why, digits, at] of BAD) {
    const payload = Buffer.concat([hex(digits), Buffer.alloc(5, 'x')]);
    for (const [role, key] of ROLES) {
      const frames = Array.from(payload, (_, i) => build(i === 0 ? 0x01 : 0x00, payload.subarray(i, i + 1), key));
      const each = (frames[0] as Buffer).length;
      t.strictSame(failsAt(frames, role), [at, at * each + each - 1], `${why}, ${role}`);
      const halves = [build(0x01, payload.subarray(0, at + 1), key), build(0x80, payload.subarray(at + 1), key)];
      t.strictSame(failsAt(halves, role), [0, (halves[0] as Buffer).length - 1], `${why}, ${role}`);
    }
  }
});

t.test('straight into the message, too', async (t) => {
  for (const [why, digits, at] of BAD) {
    const recorder = new Recorder();
    const reader = new Reader(recorder);
    reader.read(hex('817f0000000000020000'));
    const bytes = hex(digits);
    for (let i = 0; i < at; i++) {
      bytes.copy(reader.target as Buffer, 0, i, i + 1);
      reader.filled(1);
    }
    t.strictSame(recorder.calls, [], why);
    bytes.copy(reader.target as Buffer, 0, at, at + 1);
    reader.filled(1);
    t.match(recorder.calls, [['failed', { code: 'WS_PROTOCOL_UTF8', closeCode: 1007, offset: 10 + at }]]);
    t.equal(reader.target, null);
  }
});

t.test('a character that is cut at the end of the message', async (t) => {
  for (const digits of ['c3', '61e0', 'e0a0', 'f0', 'f09f', '61f09f98']) {
    const payload = hex(digits);
    for (const [role, key] of ROLES) {
      const whole = build(0x81, payload, key);
      t.strictSame(failsAt([whole], role), [0, whole.length], `${digits}, ${role}`);
      const parts = [build(0x01, payload, key), build(0x80, hex(''), key)];
      t.strictSame(failsAt(parts, role), [1, Buffer.concat(parts).length], `${digits}, fragments, ${role}`);
    }
  }
});

t.test('good text in whole, in pieces and in fragments', async (t) => {
  for (const digits of GOOD) {
    const payload = hex(digits);
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload);
    for (const [role, key] of ROLES) {
      const recorder = new Recorder();
      const reader = new Reader(recorder, { role });
      const whole = build(0x81, payload, key);
      reader.read(whole);
      for (let i = 0; i < whole.length; i++) reader.read(whole, i, i + 1);
      for (let i = 0; i < payload.length; i++) reader.read(build(i === 0 ? 0x01 : 0, payload.subarray(i, i + 1), key));
      reader.read(build(payload.length === 0 ? 0x81 : 0x80, hex(''), key));
      t.strictSame(recorder.calls, [
        ['text', text],
        ['text', text],
        ['text', text],
      ]);
    }
  }
});

t.test('binary is not text', async (t) => {
  const recorder = new Recorder();
  new Reader(recorder).read(hex('8202 ff80 0201 c3 8001 c3'));
  t.strictSame(recorder.calls, [
    ['binary', hex('ff80')],
    ['binary', hex('c3c3')],
  ]);
});
