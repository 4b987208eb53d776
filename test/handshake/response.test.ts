import t from 'tap';
import { HandshakeError } from '../../src/handshake/error.js';
import { HandshakeHeaders } from '../../src/handshake/headers.js';
import type { Request } from '../../src/handshake/http-message.js';
import { buildRefusal, buildRefusalOf, buildResponse } from '../../src/handshake/response.js';
import { head, thrown } from './support.js';

const REQUEST: Request = {
  method: 'GET',
  target: '/',
  resourceName: '/',
  httpVersion: '1.1',
  headers: new HandshakeHeaders(),
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
  protocols: ['chat', 'superchat'],
  extensions: [{ name: 'x', params: [] }],
};

t.test('RFC 6455 4.2.2, item 5: the example of 1.2', async (t) => {
  t.equal(
    buildResponse(REQUEST, { protocol: 'chat' }),
    head(
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Sec-WebSocket-Protocol: chat',
    ),
  );
});

t.test('a response with everything, and one with nothing', async (t) => {
  const extensions = [{ name: 'x', params: [{ name: 'y', value: '1' }] }];
  const all = buildResponse(REQUEST, { protocol: 'superchat', extensions, headers: { Server: 's' } });
  t.match(all, '\r\nSec-WebSocket-Protocol: superchat\r\nSec-WebSocket-Extensions: x; y=1\r\nServer: s\r\n\r\n');
  const none = buildResponse(REQUEST);
  t.notMatch(none, 'Protocol:');
  t.notMatch(none, 'Extensions:');
});

t.test('RFC 6455 4.2.2: only what the client asked for is answered', async (t) => {
  t.match(
    thrown(() => buildResponse(REQUEST, { protocol: 'x' })),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-offered' },
  );
  const extensions = [{ name: 'z', params: [] }];
  t.match(
    thrown(() => buildResponse(REQUEST, { extensions })),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'extension-offered' },
  );
  const headers = { 'sec-websocket-protocol': 'x' };
  t.match(
    thrown(() => buildResponse(REQUEST, { headers })),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-option' },
  );
  t.match(
    thrown(() => buildResponse(REQUEST, { headers: { Upgrade: 'x' } })),
    { code: 'WS_HANDSHAKE_HEADER' },
  );
});

t.test('a refusal with its body, one character a byte', async (t) => {
  t.equal(
    buildRefusal({ status: 403, headers: { 'X-A': '1' }, body: 'n\u00e4' }),
    `${head('HTTP/1.1 403 Forbidden', 'Connection: close', 'Content-Length: 3', 'X-A: 1')}n\xc3\xa4`,
  );
  t.equal(
    buildRefusal({ status: 599, body: new Uint8Array([0, 255]) }),
    `${head('HTTP/1.1 599 ', 'Connection: close', 'Content-Length: 2')}\0\xff`,
  );
  t.equal(
    buildRefusal({ status: 404, reason: 'Gone' }),
    head('HTTP/1.1 404 Gone', 'Connection: close', 'Content-Length: 0'),
  );
});

t.test('RFC 9110 8.6: a 204 has no Content-Length', async (t) => {
  t.equal(buildRefusal({ status: 204 }), head('HTTP/1.1 204 ', 'Connection: close'));
});

t.test('a refusal that cannot be sent', async (t) => {
  for (const status of [101, 100, 199, 600, 400.5, Number.NaN]) {
    t.match(
      thrown(() => buildRefusal({ status })),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'status' },
    );
  }
  t.match(
    thrown(() => buildRefusal({ status: 400, reason: 'a\r\nb' })),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'reason' },
  );
  for (const status of [204, 304]) {
    t.match(
      thrown(() => buildRefusal({ status, body: 'x' })),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'body' },
    );
  }
  const headers = { 'Content-Length': '1' };
  t.match(
    thrown(() => buildRefusal({ status: 400, headers })),
    { code: 'WS_HANDSHAKE_HEADER', rule: 'header-reserved' },
  );
});

t.test('RFC 6455 4.2.2 and 4.4: a request for another version learns the version to use', async (t) => {
  const error = new HandshakeError('WS_HANDSHAKE_VERSION', 'm', { rule: 'version', section: 's' });
  t.equal(
    buildRefusalOf(error),
    `${head(
      'HTTP/1.1 426 Upgrade Required',
      'Connection: close, Upgrade',
      'Content-Length: 6',
      'Content-Type: text/plain; charset=utf-8',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
    )}m (s)\n`,
  );
});

t.test('each fault has its status', async (t) => {
  for (const [code, line] of [
    ['WS_HANDSHAKE_METHOD', 'HTTP/1.1 405 Method Not Allowed\r\n'],
    ['WS_HANDSHAKE_HTTP_VERSION', 'HTTP/1.1 505 HTTP Version Not Supported\r\n'],
    ['WS_HANDSHAKE_UPGRADE', 'HTTP/1.1 426 Upgrade Required\r\n'],
    ['WS_HANDSHAKE_LIMIT', 'HTTP/1.1 431 Request Header Fields Too Large\r\n'],
    ['WS_HANDSHAKE_KEY', 'HTTP/1.1 400 Bad Request\r\n'],
  ] as const) {
    const refusal = buildRefusalOf(new HandshakeError(code, 'm', { rule: 'r', section: 's' }));
    t.ok(refusal.startsWith(line), code);
    t.equal(refusal.includes('\r\nAllow: GET\r\n'), code === 'WS_HANDSHAKE_METHOD');
  }
});
