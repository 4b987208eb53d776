import t from 'tap';
import {
  basicAuthorization,
  buildRequest,
  effectiveProtocols,
  type RequestOptions,
} from '../../src/handshake/request.js';
import { parseUrl } from '../../src/handshake/url.js';
import { head, thrown } from './support.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function build(url: string, options: Partial<RequestOptions> = {}): string {
  return buildRequest({ url: parseUrl(url), key: KEY, ...options });
}

t.test('RFC 6455 4.1: the least request', async (t) => {
  t.equal(
    build('ws://example.com'),
    head(
      'GET / HTTP/1.1',
      'Host: example.com',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
    ),
  );
});

t.test('RFC 6455 1.2: the example request, with everything a request may have', async (t) => {
  t.equal(
    build('wss://joe:secret@[::1]:8443/chat?a=b', {
      headers: { 'User-Agent': 'x', Cookie: 'a=b' },
      protocols: ['chat', 'superchat'],
      origin: 'http://example.com',
      extensions: 'permessage-deflate; client_max_window_bits',
    }),
    head(
      'GET /chat?a=b HTTP/1.1',
      'Host: [::1]:8443',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      'Origin: http://example.com',
      'Sec-WebSocket-Protocol: chat, superchat',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Authorization: Basic am9lOnNlY3JldA==',
      'User-Agent: x',
      'Cookie: a=b',
    ),
  );
});

t.test('headers of the caller overwrite ours case-insensitively, where ours stood', async (t) => {
  t.equal(
    build('ws://joe:secret@example.com/', {
      headers: { HOST: 'other', 'sec-websocket-protocol': 'x', ORIGIN: 'null', authorization: 'Bearer t' },
      protocols: ['chat'],
      origin: 'http://example.com',
    }),
    head(
      'GET / HTTP/1.1',
      'Host: other',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      'Origin: null',
      'Sec-WebSocket-Protocol: x',
      'Authorization: Bearer t',
    ),
  );
});

t.test('effectiveProtocols: what is really asked for', async (t) => {
  t.same(effectiveProtocols({}), []);
  t.same(effectiveProtocols({ protocols: ['a', 'b'] }), ['a', 'b']);
  t.same(effectiveProtocols({ protocols: ['a'], headers: { 'SEC-WEBSOCKET-PROTOCOL': 'x, y' } }), ['x', 'y']);
  t.same(effectiveProtocols({ headers: { 'sec-websocket-protocol': ['x', 'y,z'] } }), ['x', 'y', 'z']);
});

t.test('subprotocols that cannot be asked for are refused, as option and as header', async (t) => {
  for (const run of [(options: Partial<RequestOptions>) => build('ws://h/', options), effectiveProtocols]) {
    t.match(
      thrown(() => run({ protocols: ['a', 'a'] })),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-unique' },
    );
    t.match(
      thrown(() => run({ protocols: ['a b'] })),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-token' },
    );
    const doubled = { headers: { 'Sec-WebSocket-Protocol': 'a, a' } };
    t.match(
      thrown(() => run(doubled)),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'subprotocol-unique' },
    );
    for (const value of ['', 'a b', 'a, "b"']) {
      const options = { headers: { 'Sec-WebSocket-Protocol': value } };
      t.match(
        thrown(() => run(options)),
        { code: 'WS_HANDSHAKE_HEADER', rule: 'subprotocol-token', value },
      );
    }
  }
});

t.test('headers that cannot be sent are refused', async (t) => {
  t.match(
    thrown(() => build('ws://h/', { headers: { Upgrade: 'x' } })),
    { rule: 'header-reserved' },
  );
  t.match(
    thrown(() => build('ws://h/', { headers: { a: 'b\r\nc: d' } })),
    { rule: 'header-value' },
  );
});

t.test('a key that no server takes is refused', async (t) => {
  t.match(
    thrown(() => build('ws://h/', { key: 'abc' })),
    { code: 'WS_HANDSHAKE_OPTION', rule: 'key' },
  );
});

t.test('RFC 6454 7.1: origins, or null', async (t) => {
  for (const origin of ['null', 'https://a.example', 'https://a.example https://b.example:81']) {
    t.match(build('ws://h/', { origin }), `\r\nOrigin: ${origin}\r\n`);
  }
  for (const origin of ['', ' ', 'a\r\nb', ' a', 'a ', '\u00e4']) {
    t.match(
      thrown(() => build('ws://h/', { origin })),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'origin', value: origin },
    );
  }
});

t.test('RFC 6455 9.1: an offer that breaks the grammar is refused', async (t) => {
  for (const extensions of ['', 'a;', 'a\r\nb']) {
    const error = thrown(() => build('ws://h/', { extensions }));
    t.match(error, { code: 'WS_HANDSHAKE_OPTION', rule: 'extension-grammar', value: extensions });
    t.match(error.cause, { code: 'WS_HANDSHAKE_EXTENSIONS' });
  }
});

t.test('RFC 7617 2: the example of the RFC, and UTF-8', async (t) => {
  const example = { username: 'Aladdin', password: 'open sesame' };
  t.equal(basicAuthorization(example), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  t.equal(basicAuthorization({ username: 'J\u00fcrgen', password: 'p@ss' }), 'Basic SsO8cmdlbjpwQHNz');
});

t.test("an Authorization of its own stands in the place of Basic, and the caller's in the place of both", async (t) => {
  t.match(build('ws://joe:pass@h/', { authorization: 'Digest x' }), /\r\nAuthorization: Digest x\r\n/);
  t.notMatch(build('ws://joe:pass@h/', { authorization: 'Digest x' }), /Basic/);
  t.throws(() => build('ws://h/', { authorization: 'Digest x\r\nEvil: y' }), {
    code: 'WS_HANDSHAKE_HEADER',
    message: /"Authorization" has U\+000D at character 8/,
  });
  const headers = { Authorization: 'Bearer y' };
  t.match(build('ws://joe:pass@h/', { authorization: 'Digest x', headers }), /\r\nAuthorization: Bearer y\r\n/);
});
