import t from 'tap';
import { decodeHeader, type FrameHeader } from '../../src/frames/header.js';
import * as rules from '../../src/frames/rules.js';
import { hex } from './support.js';

const context: rules.RuleContext = {
  role: 'client',
  deflate: false,
  inMessage: false,
  messageLength: 0,
  fragments: 0,
  maxMessageBytes: 1 << 24,
  maxFragments: 10,
};
const inMessage = { ...context, inMessage: true, messageLength: 5, fragments: 1 };
const server = { ...context, role: 'server' } as const;

const check = (digits: string, given: rules.RuleContext = context): rules.Violation | null =>
  rules.checkHeader(decodeHeader(hex(digits)) as FrameHeader, given);

type Wanted = readonly [code: string, section: string, closeCode: number];
const RSV: Wanted = ['WS_PROTOCOL_RSV', 'RFC 6455 5.2', 1002];
const OPCODE: Wanted = ['WS_PROTOCOL_OPCODE', 'RFC 6455 5.2', 1002];
const CONTROL_FRAGMENTED: Wanted = ['WS_PROTOCOL_CONTROL_FRAGMENTED', 'RFC 6455 5.5', 1002];
const CONTROL_LENGTH: Wanted = ['WS_PROTOCOL_CONTROL_LENGTH', 'RFC 6455 5.5', 1002];
const CONTINUATION: Wanted = ['WS_PROTOCOL_CONTINUATION', 'RFC 6455 5.4', 1002];
const MASK: Wanted = ['WS_PROTOCOL_MASK', 'RFC 6455 5.1', 1002];
const LENGTH: Wanted = ['WS_PROTOCOL_LENGTH', 'RFC 6455 5.2', 1002];
const TOO_BIG: Wanted = ['WS_PROTOCOL_MESSAGE_TOO_BIG', 'option maxMessageBytes', 1009];
const TOO_MANY: Wanted = ['WS_PROTOCOL_TOO_MANY_FRAGMENTS', 'option maxFragments', 1008];

const facts = (found: rules.Violation | null): unknown =>
  found === null ? null : [found.code, found.section, found.closeCode];

t.test('what is right', async (t) => {
  for (const digits of ['8100', '0100', '8205', '0205', '8800', '897d', '8a00', '827e007e', '827f0000000000010000']) {
    t.equal(check(digits), null, digits);
  }
  for (const digits of ['8000', '0005', '8902', '8802'])
    t.equal(check(digits, inMessage), null, `${digits} in a message`);
  for (const digits of ['8180 01020304', '89fd 01020304'])
    t.equal(check(digits, server), null, `${digits} to a server`);
});

t.test('rsv1 to rsv3 (5.2), in every frame', async (t) => {
  for (const opcode of ['1', '2', '8', '9', 'a']) {
    t.match(check(`c${opcode}00`)?.message, /\brsv1 set/);
    t.match(check(`a${opcode}00`)?.message, /\brsv2 set/);
    t.match(check(`9${opcode}00`)?.message, /\brsv3 set/);
    t.match(check(`f${opcode}00`)?.message, /\brsv1, rsv2, rsv3 set/);
    for (const bits of ['c', 'a', '9', 'f']) t.strictSame(facts(check(`${bits}${opcode}00`)), RSV);
  }
  t.strictSame(facts(check('c000', inMessage)), RSV);
});

t.test('rsv1 where permessage-deflate was agreed on (RFC 7692 6)', async (t) => {
  const deflate = { ...context, deflate: true };
  for (const digits of ['c100', '4100', 'c200', '4200', '8100']) t.equal(check(digits, deflate), null, digits);
  const rsv1: Wanted = ['WS_PROTOCOL_RSV', 'RFC 7692 6', 1002];
  t.strictSame(facts(check('c000', { ...inMessage, deflate: true })), rsv1, 'not on a continuation frame');
  for (const digits of ['c800', 'c900', 'ca00'])
    t.strictSame(facts(check(digits, deflate)), rsv1, 'not on a control frame');
  t.strictSame(facts(check('a100', deflate)), RSV);
  t.strictSame(facts(check('9100', deflate)), RSV);
});

t.test('reserved opcodes (5.2)', async (t) => {
  for (const opcode of ['3', '4', '5', '6', '7', 'b', 'c', 'd', 'e', 'f']) {
    t.strictSame(facts(check(`8${opcode}00`)), OPCODE);
    t.strictSame(facts(check(`0${opcode}00`)), OPCODE);
    t.strictSame(facts(check(`8${opcode}00`, inMessage)), OPCODE);
    t.match(check(`8${opcode}00`)?.message, new RegExp(`unknown opcode 0x${opcode}$`));
  }
});

t.test('control frames are short and whole (5.5)', async (t) => {
  for (const opcode of ['8', '9', 'a']) {
    t.strictSame(facts(check(`0${opcode}00`)), CONTROL_FRAGMENTED);
    t.strictSame(facts(check(`8${opcode}7e007e`)), CONTROL_LENGTH);
    t.strictSame(facts(check(`8${opcode}7f0000000000010000`)), CONTROL_LENGTH);
    t.strictSame(facts(check(`8${opcode}7f8000000000000000`)), CONTROL_LENGTH);
  }
  t.match(check('897e007e')?.message, /126 bytes, 125 are allowed/);
});

t.test('a continuation continues, a text or binary frame starts (5.4)', async (t) => {
  for (const digits of ['8000', '0000', '0005']) t.strictSame(facts(check(digits)), CONTINUATION);
  for (const digits of ['8100', '0100', '8200', '0205']) t.strictSame(facts(check(digits, inMessage)), CONTINUATION);
  t.match(check('8000')?.message, /without a message to continue/);
  t.match(check('8100', inMessage)?.message, /text frame inside/);
  t.match(check('8200', inMessage)?.message, /binary frame inside/);
});

t.test('who masks (5.1)', async (t) => {
  for (const opcode of ['1', '2', '8', '9', 'a']) {
    t.strictSame(facts(check(`8${opcode}80 00000000`)), MASK);
    t.strictSame(facts(check(`8${opcode}00`, server)), MASK);
  }
  t.match(check('8180 00000000')?.message, /masked frame from a server/);
  t.match(check('8100', server)?.message, /from a client that is not masked/);
});

t.test('length: the most significant bit, and the fewest bytes (5.2)', async (t) => {
  const digits = [
    '827f8000000000000000',
    '827fffffffffffffffff',
    '827e0000',
    '827e0001',
    '827e007d',
    '827f0000000000000000',
    '827f000000000000007d',
    '827f000000000000007e',
    '827f000000000000ffff',
    '897e0005',
    '887f0000000000000002',
  ];
  for (const header of digits) t.strictSame(facts(check(header)), LENGTH, header);
  t.match(check('827f8000000000000000')?.message, /most significant bit/);
  t.match(check('827e0005')?.message, /length 5 written in 16 bits/);
  t.match(check('827f0000000000000005')?.message, /length 5 written in 64 bits/);
});

t.test('maxMessageBytes: exactly at, below and above, in one frame and over fragments', async (t) => {
  const limit = { ...context, maxMessageBytes: 10 };
  t.equal(check('8209', limit), null);
  t.equal(check('820a', limit), null);
  t.strictSame(facts(check('820b', limit)), TOO_BIG);
  const later = { ...limit, inMessage: true, messageLength: 6, fragments: 1 };
  t.equal(check('8004', later), null);
  t.strictSame(facts(check('8005', later)), TOO_BIG);
  t.match(check('8005', later)?.message, /at least 11 bytes, maxMessageBytes allows 10$/);
  t.equal(check('897d', later), null, 'a control frame is no part of it');
  for (const length of ['0000000080000000', '0000000100000000', '0020000000000000', '7fffffffffffffff']) {
    t.strictSame(facts(check(`827f${length}`)), TOO_BIG, length);
  }
});

t.test('maxFragments: exactly at, below and above', async (t) => {
  t.equal(check('0000', { ...inMessage, fragments: 8 }), null);
  t.equal(check('8000', { ...inMessage, fragments: 9 }), null);
  t.strictSame(facts(check('8000', { ...inMessage, fragments: 10 })), TOO_MANY);
  t.equal(check('8900', { ...inMessage, fragments: 10 }), null, 'a control frame is no fragment');
  t.match(check('0000', { ...inMessage, fragments: 10 })?.message, /more than 10 fragments/);
});

t.test('of several broken rules the first one is reported', async (t) => {
  t.strictSame(facts(check('fb7f8000000000000000')), RSV);
  t.strictSame(facts(check('0b7e0005')), OPCODE);
  t.strictSame(facts(check('09fe0080 00000000')), CONTROL_FRAGMENTED);
  t.strictSame(facts(check('89fe0080 00000000')), CONTROL_LENGTH);
  t.strictSame(facts(check('80fe0005 00000000')), CONTINUATION);
  t.strictSame(facts(check('82fe0005 00000000')), MASK);
});

t.test('what is no rule of the header', async (t) => {
  t.match(rules.BAD_TEXT, { code: 'WS_PROTOCOL_UTF8', section: 'RFC 6455 8.1', closeCode: 1007 });
  t.strictSame(facts(rules.closeViolation('utf8', 1000)), ['WS_PROTOCOL_UTF8', 'RFC 6455 5.5.1', 1007]);
  t.strictSame(facts(rules.closeViolation('code', 1005)), ['WS_PROTOCOL_CLOSE_CODE', 'RFC 6455 7.4', 1002]);
  t.match(rules.closeViolation('code', 1005).message, /close code 1005/);
  t.strictSame(facts(rules.closeViolation('length', 1)), ['WS_PROTOCOL_CLOSE_PAYLOAD', 'RFC 6455 5.5.1', 1002]);
});

t.test('the rules of a compressed message, seen while it inflates', async (t) => {
  t.strictSame(rules.inflatesTooBig(10), {
    code: 'WS_PROTOCOL_MESSAGE_TOO_BIG',
    section: 'option maxMessageBytes',
    closeCode: 1009,
    message: 'compressed message that inflates to more than 10 bytes, which is what maxMessageBytes allows',
  });
  const facts = { code: 'WS_PROTOCOL_DEFLATE', section: 'RFC 7692 7.2.2', closeCode: 1007 };
  const cause = new Error('invalid block type');
  const message = 'compressed message that does not inflate: invalid block type';
  t.strictSame(rules.badDeflate('invalid block type'), { ...facts, message });
  t.equal(rules.badDeflate('invalid block type', cause).cause, cause);
});
