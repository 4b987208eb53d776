import t from 'tap';
import { HandshakeError, hideUserinfo, malformed, quote } from '../../src/handshake/error.js';

t.test('an error has code, rule, section, side and its facts, and nothing else', async (t) => {
  const cause = new Error('origin');
  const error = new HandshakeError('WS_HANDSHAKE_LIMIT', 'Too long', {
    rule: 'maxHeaders',
    section: 'RFC 6455 4.1',
    value: 'v',
    limit: 100,
    cause,
  });
  t.equal(error.name, 'HandshakeError');
  t.equal(error.message, 'Too long (RFC 6455 4.1)');
  t.equal(error.cause, cause);
  t.strictSame(Object.entries(error), [
    ['name', 'HandshakeError'],
    ['code', 'WS_HANDSHAKE_LIMIT'],
    ['rule', 'maxHeaders'],
    ['section', 'RFC 6455 4.1'],
    ['side', 'remote'],
    ['value', 'v'],
    ['limit', 100],
  ]);
  const bare = malformed('bare-lf', 'RFC 9112 2.2', 'A line', 'x');
  t.notOk('cause' in bare);
  t.notOk('limit' in bare);
  t.match(bare, { code: 'WS_HANDSHAKE_MALFORMED', rule: 'bare-lf', side: 'remote', value: 'x' });
});

t.test('the side says who has to change something', async (t) => {
  const facts = { rule: 'r', section: 's' };
  for (const code of ['WS_HANDSHAKE_URL', 'WS_HANDSHAKE_HEADER', 'WS_HANDSHAKE_OPTION'] as const) {
    t.equal(new HandshakeError(code, '', facts).side, 'local');
  }
  t.equal(new HandshakeError('WS_HANDSHAKE_STATUS', '', facts).side, 'remote');
});

t.test('withContext adds what the caller knows, without the password', async (t) => {
  const error = malformed('r', 's', 'm', 'v');
  t.equal(error.withContext({ url: 'ws://joe:secret@h/x?a@b', address: '127.0.0.1:80' }), error);
  t.equal(error.url, 'ws://h/x?a@b');
  t.equal(error.address, '127.0.0.1:80');
  t.equal(error.withContext({ status: 503 }).url, 'ws://h/x?a@b');
  t.equal(error.status, 503);
  t.notOk('body' in error.withContext({}));
});

t.test('hideUserinfo keeps a url without userinfo and hides it in one that cannot be parsed', async (t) => {
  for (const [url, hidden] of [
    ['ws://h:80/a@b', 'ws://h:80/a@b'],
    ['ws://u@h', 'ws://h'],
    ['ws://u:p@w@h/', 'ws://h/'],
    ['ws://u:p/w@h:x', 'ws://h:x'],
    ['wss:u:pw@h', 'wss:h'],
    ['u:pw@h', 'u:h'],
    ['', ''],
  ] as const) {
    t.equal(hideUserinfo(url), hidden, url);
  }
});

t.test('quote shows printable ASCII only and not more than 80 characters', async (t) => {
  t.equal(quote('a"b'), '"a\\"b"');
  t.equal(quote('\x1b[31m\x7f\x9b\r\n\u20ac'), '"\\u001b[31m\\u007f\\u009b\\r\\n\\u20ac"');
  t.equal(quote('x'.repeat(80)), `"${'x'.repeat(80)}"`);
  t.equal(quote('x'.repeat(81)), `"${'x'.repeat(80)}"... (81 characters)`);
});
