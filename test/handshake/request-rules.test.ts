import t from 'tap';
import { HandshakeHeaders } from '../../src/handshake/headers.js';
import type { RequestHead } from '../../src/handshake/http-message.js';
import { checkRequest } from '../../src/handshake/request-rules.js';
import { thrown } from './support.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const FIELDS = {
  Host: ['server.example.com'],
  Upgrade: ['websocket'],
  Connection: ['Upgrade'],
  'Sec-WebSocket-Key': [KEY],
  'Sec-WebSocket-Version': ['13'],
};

/** The example of RFC 6455 1.2 with some fields set to other values; no value removes the field. */
function request(fields: Record<string, string[]> = {}, start: Partial<RequestHead> = {}): RequestHead {
  const raw = Object.entries({ ...FIELDS, ...fields }).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  return { method: 'GET', target: '/chat', httpVersion: '1.1', headers: new HandshakeHeaders(raw), ...start };
}

t.test('RFC 6455 4.2.1: a request that has everything', async (t) => {
  const checked = checkRequest(
    request({
      Origin: ['http://example.com'],
      'Sec-WebSocket-Protocol': ['chat, superchat', 'x'],
      'Sec-WebSocket-Extensions': ['a; b=c', 'd'],
    }),
  );
  t.match(checked, { key: KEY, resourceName: '/chat', origin: 'http://example.com' });
  t.same(checked.protocols, ['chat', 'superchat', 'x']);
  t.same(checked.extensions, [
    { name: 'a', params: [{ name: 'b', value: 'c' }] },
    { name: 'd', params: [] },
  ]);
});

t.test('RFC 6455 4.2.1: a request that has nothing optional', async (t) => {
  const checked = checkRequest(request());
  t.notOk('origin' in checked);
  t.same(checked.protocols, []);
  t.same(checked.extensions, []);
});

t.test('RFC 6455 4.2.1, item 1: GET', async (t) => {
  for (const method of ['POST', 'get', 'CONNECT']) {
    t.match(
      thrown(() => checkRequest(request({}, { method }))),
      { code: 'WS_HANDSHAKE_METHOD', value: method },
    );
  }
});

t.test('RFC 6455 4.2.1, item 1: HTTP/1.1 or higher', async (t) => {
  t.equal(checkRequest(request({}, { httpVersion: '1.2' })).httpVersion, '1.2');
  t.match(
    thrown(() => checkRequest(request({}, { httpVersion: '1.0' }))),
    { code: 'WS_HANDSHAKE_HTTP_VERSION', value: '1.0' },
  );
});

t.test('RFC 6455 4.2.1, item 1: a resource name or an absolute uri that holds one', async (t) => {
  for (const [target, resourceName] of [
    ['/', '/'],
    ['/chat?a=b', '/chat?a=b'],
    ['//h/x', '//h/x'],
    ['http://h', '/'],
    ['HTTPS://h:8443/chat?a', '/chat?a'],
  ] as const) {
    t.equal(checkRequest(request({}, { target })).resourceName, resourceName, target);
  }
  for (const target of ['chat', '*', 'h:80', '/a#b', 'http://h/#', 'http:///x', 'ftp://h/', 'http://h:x/']) {
    t.match(
      thrown(() => checkRequest(request({}, { target }))),
      { code: 'WS_HANDSHAKE_TARGET', value: target },
      target,
    );
  }
});

t.test('RFC 6455 4.2.1, item 2, and RFC 9112 3.2: one Host', async (t) => {
  for (const Host of [[], ['a', 'a']])
    t.match(
      thrown(() => checkRequest(request({ Host }))),
      { code: 'WS_HANDSHAKE_HOST' },
    );
});

t.test('RFC 6455 4.2.1, item 3: Upgrade holds websocket', async (t) => {
  for (const Upgrade of [['WebSocket'], ['h2c, WEBSOCKET'], ['h2c', 'websocket']]) {
    t.ok(checkRequest(request({ Upgrade })));
  }
  for (const Upgrade of [[], [''], ['h2c'], ['websocket/13'], ['web socket'], ['websoc\u212aet']]) {
    t.match(
      thrown(() => checkRequest(request({ Upgrade }))),
      { code: 'WS_HANDSHAKE_UPGRADE', value: Upgrade[0] ?? '' },
    );
  }
});

t.test('RFC 6455 4.2.1, item 4: Connection holds the token Upgrade', async (t) => {
  for (const Connection of [['upgrade'], ['keep-alive, UPGRADE'], ['keep-alive', 'Upgrade']]) {
    t.ok(checkRequest(request({ Connection })));
  }
  for (const Connection of [[], ['keep-alive'], ['upgraded'], ['not upgrade']]) {
    t.match(
      thrown(() => checkRequest(request({ Connection }))),
      { code: 'WS_HANDSHAKE_CONNECTION' },
    );
  }
});

t.test('RFC 6455 4.2.1, item 5: a key of 16 bytes', async (t) => {
  for (const key of [[], [''], ['YWJj'], [`${KEY}=`]]) {
    t.match(
      thrown(() => checkRequest(request({ 'Sec-WebSocket-Key': key }))),
      { code: 'WS_HANDSHAKE_KEY', rule: 'key' },
    );
  }
});

t.test('RFC 6455 11.3.1: one key', async (t) => {
  const doubled = request({ 'Sec-WebSocket-Key': [KEY, KEY] });
  t.match(
    thrown(() => checkRequest(doubled)),
    { code: 'WS_HANDSHAKE_KEY', rule: 'key-once', section: 'RFC 6455 11.3.1' },
  );
});

t.test('RFC 6455 4.2.1, item 6: version 13', async (t) => {
  for (const version of [[], ['8'], ['13, 8'], ['13', '13'], ['013'], ['']]) {
    t.match(
      thrown(() => checkRequest(request({ 'Sec-WebSocket-Version': version }))),
      { code: 'WS_HANDSHAKE_VERSION' },
    );
  }
});

t.test('RFC 6455 4.2.1, item 8: a list of tokens as Sec-WebSocket-Protocol', async (t) => {
  const error = thrown(() => checkRequest(request({ 'Sec-WebSocket-Protocol': ['a b'] })));
  t.match(error, { code: 'WS_HANDSHAKE_SUBPROTOCOL' });
});

t.test('RFC 6455 4.2.1, item 9, and 9.1: extensions by the grammar', async (t) => {
  for (const value of ['', 'a;']) {
    const error = thrown(() => checkRequest(request({ 'Sec-WebSocket-Extensions': [value] })));
    t.match(error, { code: 'WS_HANDSHAKE_EXTENSIONS', value });
  }
});

t.test('a request with a body is refused, as its body would be read as frames', async (t) => {
  t.ok(checkRequest(request({ 'Content-Length': ['0'] })));
  for (const fields of [
    { 'Content-Length': ['1'] },
    { 'Content-Length': ['0', '0'] },
    { 'Transfer-Encoding': ['chunked'] },
  ]) {
    t.match(
      thrown(() => checkRequest(request(fields))),
      { code: 'WS_HANDSHAKE_BODY' },
    );
  }
});

t.test('the first broken item in the order of 4.2.1 is named', async (t) => {
  const order = [
    [{ httpVersion: '1.0', target: '*' }, {}, 'WS_HANDSHAKE_HTTP_VERSION'],
    [{ target: '*' }, { Host: [] }, 'WS_HANDSHAKE_TARGET'],
    [{}, { Host: [], Upgrade: [] }, 'WS_HANDSHAKE_HOST'],
    [{}, { Upgrade: [], Connection: [] }, 'WS_HANDSHAKE_UPGRADE'],
    [{}, { Connection: [], 'Sec-WebSocket-Key': [] }, 'WS_HANDSHAKE_CONNECTION'],
    [{}, { 'Sec-WebSocket-Key': [], 'Sec-WebSocket-Version': [] }, 'WS_HANDSHAKE_KEY'],
    [{}, { 'Sec-WebSocket-Version': [], 'Sec-WebSocket-Protocol': [''] }, 'WS_HANDSHAKE_VERSION'],
    [{}, { 'Sec-WebSocket-Protocol': [''], 'Sec-WebSocket-Extensions': [''] }, 'WS_HANDSHAKE_SUBPROTOCOL'],
  ] as const;
  for (const [start, fields, code] of order) {
    t.match(
      thrown(() => checkRequest(request(fields as unknown as Record<string, string[]>, start))),
      { code },
    );
  }
});
