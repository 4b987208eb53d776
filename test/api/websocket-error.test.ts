import t from 'tap';
import { brokenConnection, readCloseInfo, WebSocketError } from '../../src/api/websocket-error.js';

t.test('defaults', async (t) => {
  const error = new WebSocketError();
  t.ok(error instanceof DOMException);
  t.ok(error instanceof Error);
  t.match(error, { code: 0, name: 'WebSocketError', message: '', closeCode: null, reason: '' });
  t.equal(Object.prototype.toString.call(error), '[object WebSocketError]');
});

t.test('message, close code and reason', async (t) => {
  t.match(new WebSocketError('message', { closeCode: 3456, reason: 'reason' }), {
    message: 'message',
    closeCode: 3456,
    reason: 'reason',
  });
  t.equal(new WebSocketError('', { closeCode: 3333 }).reason, '');
  t.equal(new WebSocketError('', { reason: 'specified' }).closeCode, 1000, 'a reason needs a code');
  t.equal(new WebSocketError('', { reason: 'a\uD800' }).reason, 'a\uFFFD');
});

t.test('what may not be sent', async (t) => {
  for (const closeCode of [999, 1001, 2999, 5000]) {
    t.throws(() => new WebSocketError('', { closeCode }), { name: 'InvalidAccessError' });
  }
  t.throws(() => new WebSocketError('', { closeCode: 1000, reason: 'x'.repeat(124) }), { name: 'SyntaxError' });
  t.throws(() => new WebSocketError('', { reason: '\u{1F50C}'.repeat(32) }), { name: 'SyntaxError' });
  t.throws(() => new WebSocketError('', { closeCode: 65536 }), { name: 'TypeError' }, 'EnforceRange');
  t.throws(() => readCloseInfo(true), TypeError);
  t.same(readCloseInfo(undefined), [null, '']);
});

t.test('one for a broken connection has any code, and a cause', async (t) => {
  const cause = new Error('why');
  const error = brokenConnection('broken', 1006, '', cause);
  t.match(error, { name: 'WebSocketError', message: 'broken', closeCode: 1006, reason: '', cause });
  t.equal(error.constructor, WebSocketError);
});
