import t from 'tap';
import * as closeCode from '../../src/frames/close-code.js';
import { ProtocolError } from '../../src/frames/error.js';
import { hex } from './support.js';

const { decodeClosePayload, encodeClosePayload, isCloseCode, nameOfCloseCode } = closeCode;

t.test('the codes of RFC 6455 7.4.1', async (t) => {
  t.equal(closeCode.NORMAL_CLOSURE, 1000);
  t.equal(closeCode.GOING_AWAY, 1001);
  t.equal(closeCode.PROTOCOL_ERROR, 1002);
  t.equal(closeCode.NO_STATUS_RECEIVED, 1005);
  t.equal(closeCode.ABNORMAL_CLOSURE, 1006);
  t.equal(closeCode.INVALID_PAYLOAD, 1007);
  t.equal(closeCode.POLICY_VIOLATION, 1008);
  t.equal(closeCode.MESSAGE_TOO_BIG, 1009);
  t.equal(closeCode.MAX_REASON_BYTES, 123);
});

t.test('which codes a close frame may carry, of all that two bytes can hold (RFC 6455 7.4)', async (t) => {
  const allowed = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);
  for (let code = 3000; code <= 4999; code++) allowed.add(code);
  const wrong: number[] = [];
  for (let code = 0; code < 65536; code++) if (isCloseCode(code) !== allowed.has(code)) wrong.push(code);
  t.strictSame(wrong, []);
});

t.test('names', async (t) => {
  t.equal(nameOfCloseCode(1000), 'normal closure');
  t.equal(nameOfCloseCode(1006), 'abnormal closure');
  t.equal(nameOfCloseCode(1015), 'TLS handshake');
  for (const code of [3000, 3999]) t.equal(nameOfCloseCode(code), 'registered');
  for (const code of [4000, 4999]) t.equal(nameOfCloseCode(code), 'private use');
  for (const code of [0, 999, 1004, 1016, 2999, 5000]) t.equal(nameOfCloseCode(code), 'unknown');
});

t.test('encodes code and reason (RFC 6455 5.5.1)', async (t) => {
  t.strictSame(encodeClosePayload(), hex(''));
  t.strictSame(encodeClosePayload(1000), hex('03e8'));
  t.strictSame(encodeClosePayload(4999, ''), hex('1387'));
  t.strictSame(encodeClosePayload(1001, 'bye'), hex('03e9 627965'));
  t.strictSame(encodeClosePayload(3000, 'zu \u00e4ndern'), hex('0bb8 7a7520 c3a4 6e6465726e'));
  t.strictSame(encodeClosePayload(1000, '\ud800'), hex('03e8 efbfbd'), 'a lone surrogate becomes U+FFFD');
});

t.test('a reason has at most 123 bytes of UTF-8, not characters (RFC 6455 5.5)', async (t) => {
  t.equal(encodeClosePayload(1000, 'r'.repeat(123)).length, 125);
  t.equal(encodeClosePayload(1000, '\u20ac'.repeat(41)).length, 125);
  const facts = { code: 'WS_PROTOCOL_ARGUMENT', by: 'us', section: 'RFC 6455 5.5', offset: -1 };
  t.throws(() => encodeClosePayload(1000, 'r'.repeat(124)), { ...facts, message: /124 bytes.*123/ });
  t.throws(() => encodeClosePayload(1000, `${'\u20ac'.repeat(41)}a`), facts);
});

t.test('refuses a code that may not be sent, and a reason without a code', async (t) => {
  for (const code of [-1, 0, 999, 1000.5, 1004, 1005, 1006, 1015, 1016, 2999, 3000.5, 5000, 66536, NaN, Infinity]) {
    t.throws(() => encodeClosePayload(code), { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 7.4' }, `${code}`);
  }
  t.throws(() => encodeClosePayload(1005), ProtocolError);
  t.throws(() => encodeClosePayload(undefined, 'why'), { code: 'WS_PROTOCOL_ARGUMENT', section: 'RFC 6455 5.5.1' });
});

t.test('decodes a payload, or says which rule it breaks', async (t) => {
  t.strictSame(decodeClosePayload(hex('')), { code: 1005, reason: '' });
  t.strictSame(decodeClosePayload(hex('03e8')), { code: 1000, reason: '' });
  t.strictSame(decodeClosePayload(hex('03e9 627965')), { code: 1001, reason: 'bye' });
  t.strictSame(decodeClosePayload(hex('0bb8 7a7520 c3a4')), { code: 3000, reason: 'zu \u00e4' });
  t.strictSame(decodeClosePayload(hex('03e8 efbbbf 61')), { code: 1000, reason: '\ufeffa' }, 'nothing is taken away');
  t.strictSame(decodeClosePayload(hex('03')), { broken: 'length', value: 1 });
  t.strictSame(decodeClosePayload(hex('03ed')), { broken: 'code', value: 1005 });
  t.strictSame(decodeClosePayload(hex('0000 ff')), { broken: 'code', value: 0 });
  t.strictSame(decodeClosePayload(hex('03e8 c3')), { broken: 'utf8', value: 1000 });
  t.strictSame(decodeClosePayload(hex('03e8 eda080')), { broken: 'utf8', value: 1000 });
});
