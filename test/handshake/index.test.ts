import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import * as handshake from '../../src/handshake/index.js';
import { bytes, head } from './support.js';

t.test('the folder is pure: it imports node:crypto at most, and no other folder', async (t) => {
  const folder = new URL('../../src/handshake/', import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const imports = [...readFileSync(new URL(file, folder), 'utf8').matchAll(/ from '([^']+)'/g)].map(
      (match) => match[1],
    );
    for (const name of imports) t.match(name, /^\.\/[a-z-]+\.js$|^node:crypto$/, `${file} imports ${name}`);
  }
});

t.test('a client handshake through what is exported', async (t) => {
  const url = handshake.parseUrl('ws://server.example.com/chat');
  const request = handshake.buildRequest({ url, key: 'dGhlIHNhbXBsZSBub25jZQ==', protocols: ['chat'] });
  t.match(request, 'GET /chat HTTP/1.1\r\nHost: server.example.com\r\n');
  const parser = new handshake.ResponseParser();
  parser.push(
    bytes(
      head(
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
        'Sec-WebSocket-Protocol: chat',
      ),
    ),
  );
  if (!parser.response) throw new Error('not complete');
  const expected = { key: 'dGhlIHNhbXBsZSBub25jZQ==', protocols: ['chat'], offeredExtensions: [] };
  t.same(handshake.checkResponse(parser.response, expected), { protocol: 'chat', extensions: [] });
});

t.test('what is exported', async (t) => {
  t.same(Object.keys(handshake).sort(), [
    'DEFAULT_HEAD_LIMITS',
    'HandshakeError',
    'HandshakeHeaders',
    'PERMESSAGE_DEFLATE',
    'RequestParser',
    'ResponseParser',
    'SocksClient',
    'acceptOf',
    'acceptOffer',
    'answerDigest',
    'basicAuthorization',
    'buildRefusal',
    'buildRefusalOf',
    'buildRequest',
    'buildResponse',
    'buildTunnelRequest',
    'checkAcceptance',
    'checkProtocols',
    'checkResponse',
    'checkTunnelResponse',
    'createKey',
    'effectiveProtocols',
    'findDigest',
    'formatExtensions',
    'hasHeader',
    'hasToken',
    'headersForOthers',
    'isSameOrigin',
    'makeOffer',
    'parseChallenges',
    'parseExtensions',
    'parseRetryAfter',
    'parseUrl',
    'redirectedUrl',
    'selectProtocol',
  ]);
});
