import t from 'tap';
import { HandshakeHeaders } from '../../src/handshake/headers.js';
import type { Response } from '../../src/handshake/http-message.js';
import { checkResponse } from '../../src/handshake/response-rules.js';
import { thrown } from './support.js';

// RFC 6455 1.3
const EXPECTED = { key: 'dGhlIHNhbXBsZSBub25jZQ==', protocols: [], offeredExtensions: [] };
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const FIELDS = { Upgrade: ['websocket'], Connection: ['Upgrade'], 'Sec-WebSocket-Accept': [ACCEPT] };

/** The example of RFC 6455 1.2 with some fields set to other values; no value removes the field. */
function response(fields: Record<string, string[]> = {}, start: Partial<Response> = {}): Response {
  const raw = Object.entries({ ...FIELDS, ...fields }).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  const line = { httpVersion: '1.1', status: 101, reason: 'Switching Protocols' };
  return { ...line, headers: new HandshakeHeaders(raw), body: Buffer.alloc(0), bodyTruncated: false, ...start };
}

t.test('RFC 6455 1.3: the example response', async (t) => {
  t.same(checkResponse(response(), EXPECTED), { protocol: '', extensions: [] });
});

t.test('RFC 6455 4.1, item 1: another status than 101, with what the server said', async (t) => {
  const refused = response(
    { 'Content-Type': ['text/plain'] },
    { status: 403, reason: 'Forbidden', body: Buffer.from('no'), bodyTruncated: true },
  );
  const error = thrown(() => checkResponse(refused, EXPECTED));
  t.match(error, {
    code: 'WS_HANDSHAKE_STATUS',
    rule: 'status',
    status: 403,
    reason: 'Forbidden',
    bodyTruncated: true,
  });
  t.equal(error.body?.toString(), 'no');
  t.equal(error.headers?.get('content-type'), 'text/plain');
  t.match(error.message, 'refused the upgrade with 403 "Forbidden"');
});

t.test('the message of a refusal says what the server asks for', async (t) => {
  for (const [status, fields, hint] of [
    [426, { 'Sec-WebSocket-Version': ['8', '7'] }, 'speaks Sec-WebSocket-Version "8, 7", this client 13'],
    [301, { Location: ['wss://b.example/'] }, 'redirects to "wss://b.example/"'],
    [401, { 'WWW-Authenticate': ['Basic realm=x'] }, 'asks for "Basic realm=x"'],
    [407, { 'Proxy-Authenticate': ['Basic'] }, 'asks for "Basic"'],
    [503, { 'Retry-After': ['120'] }, 'asks to retry after "120"'],
    [200, {}, 'with 200 (RFC'],
    [304, {}, 'with 304 (RFC'],
    [201, { Location: ['/x'] }, 'with 201 (RFC'],
  ] as const) {
    const refused = response(fields as unknown as Record<string, string[]>, { status, reason: '' });
    t.match(thrown(() => checkResponse(refused, EXPECTED)).message, hint);
  }
});

t.test('RFC 6455 4.1, item 2: Upgrade is websocket in any case', async (t) => {
  for (const Upgrade of [['WebSocket'], ['WEBSOCKET'], ['websocket, WebSocket']]) {
    t.ok(checkResponse(response({ Upgrade }), EXPECTED));
  }
  for (const Upgrade of [
    [],
    [''],
    ['h2c'],
    ['websocket, h2c'],
    ['websocket/13'],
    ['websocket', 'x'],
    ['websoc\u212aet'],
  ]) {
    t.match(
      thrown(() => checkResponse(response({ Upgrade }), EXPECTED)),
      { code: 'WS_HANDSHAKE_UPGRADE' },
    );
  }
});

t.test('RFC 6455 4.1, item 3: Connection holds the token Upgrade in any case', async (t) => {
  for (const Connection of [['upgrade'], ['keep-alive, UPGRADE'], ['keep-alive', 'Upgrade']]) {
    t.ok(checkResponse(response({ Connection }), EXPECTED));
  }
  for (const Connection of [[], [''], ['close'], ['upgrades'], ['"Upgrade"']]) {
    t.match(
      thrown(() => checkResponse(response({ Connection }), EXPECTED)),
      { code: 'WS_HANDSHAKE_CONNECTION' },
    );
  }
});

t.test('RFC 6455 4.1, item 4: Sec-WebSocket-Accept is that of the key', async (t) => {
  for (const accept of [
    [],
    [''],
    [ACCEPT.toLowerCase()],
    [`${ACCEPT}=`],
    ['C/0nmHhBztSRGR1CwL6Tf4ZjwpY='],
    [EXPECTED.key],
  ]) {
    const error = thrown(() => checkResponse(response({ 'Sec-WebSocket-Accept': accept }), EXPECTED));
    t.match(error, { code: 'WS_HANDSHAKE_ACCEPT', rule: 'accept', value: accept[0] ?? '' });
  }
});

t.test('RFC 6455 11.3.3: Sec-WebSocket-Accept stands in a response once', async (t) => {
  const error = thrown(() => checkResponse(response({ 'Sec-WebSocket-Accept': [ACCEPT, ACCEPT] }), EXPECTED));
  t.match(error, { code: 'WS_HANDSHAKE_ACCEPT', rule: 'accept-once', section: 'RFC 6455 11.3.3' });
});

t.test('RFC 6455 4.1, item 5: no extension that was not offered', async (t) => {
  const fields = { 'Sec-WebSocket-Extensions': ['a; b=c'] };
  const { extensions } = checkResponse(response(fields), { ...EXPECTED, offeredExtensions: ['x', 'a'] });
  t.same(extensions, [{ name: 'a', params: [{ name: 'b', value: 'c' }] }]);
  for (const offeredExtensions of [[], ['x'], ['A']]) {
    const error = thrown(() => checkResponse(response(fields), { ...EXPECTED, offeredExtensions }));
    t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'extension-offered', value: 'a' });
  }
});

t.test('RFC 6455 9.1: extensions that break the grammar fail', async (t) => {
  for (const value of ['', 'a;', 'a, b c']) {
    const error = thrown(() => checkResponse(response({ 'Sec-WebSocket-Extensions': [value] }), EXPECTED));
    t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'extension-grammar', value });
  }
});

t.test('RFC 6455 11.3.2: Sec-WebSocket-Extensions stands in a response once', async (t) => {
  const expected = { ...EXPECTED, offeredExtensions: ['a', 'b'] };
  const error = thrown(() => checkResponse(response({ 'Sec-WebSocket-Extensions': ['a', 'b'] }), expected));
  t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'extensions-once', section: 'RFC 6455 11.3.2' });
});

t.test('RFC 6455 4.1, item 6: no subprotocol that was not asked for', async (t) => {
  const fields = { 'Sec-WebSocket-Protocol': ['chat'] };
  t.equal(checkResponse(response(fields), { ...EXPECTED, protocols: ['chat'] }).protocol, 'chat');
  for (const protocols of [[], ['superchat'], ['Chat']]) {
    const error = thrown(() => checkResponse(response(fields), { ...EXPECTED, protocols }));
    t.match(error, { code: 'WS_HANDSHAKE_SUBPROTOCOL', rule: 'subprotocol-offered', value: 'chat' });
  }
});

t.test('the first broken item in the order of 4.1 is named', async (t) => {
  const broken: Record<string, string[]> = {
    Upgrade: [],
    Connection: [],
    'Sec-WebSocket-Accept': [],
    'Sec-WebSocket-Extensions': ['x'],
    'Sec-WebSocket-Protocol': ['x'],
  };
  t.match(
    thrown(() => checkResponse(response(broken, { status: 200 }), EXPECTED)),
    { code: 'WS_HANDSHAKE_STATUS' },
  );
  for (const [name, code] of [
    ['Upgrade', 'WS_HANDSHAKE_UPGRADE'],
    ['Connection', 'WS_HANDSHAKE_CONNECTION'],
    ['Sec-WebSocket-Accept', 'WS_HANDSHAKE_ACCEPT'],
    ['Sec-WebSocket-Extensions', 'WS_HANDSHAKE_EXTENSIONS'],
    ['Sec-WebSocket-Protocol', 'WS_HANDSHAKE_SUBPROTOCOL'],
  ] as const) {
    t.match(
      thrown(() => checkResponse(response(broken), EXPECTED)),
      { code },
    );
    delete broken[name];
  }
  t.ok(checkResponse(response(broken), EXPECTED));
});
