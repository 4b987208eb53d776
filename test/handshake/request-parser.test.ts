import t from 'tap';
import { RequestParser } from '../../src/handshake/request-parser.js';
import { bytes, cutsOf, head, outcomeOf, seededRandom, seedOfThisRun, thrown } from './support.js';

// RFC 6455 1.2
const EXAMPLE = head(
  'GET /chat HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Origin: http://example.com',
  'Sec-WebSocket-Protocol: chat, superchat',
  'Sec-WebSocket-Version: 13',
);

t.test('RFC 6455 1.2: the example request', async (t) => {
  const parser = new RequestParser();
  t.equal(parser.request, null);
  const input = bytes(`${EXAMPLE}\x81\x80frames`);
  t.equal(parser.push(input), EXAMPLE.length);
  t.match(parser.request, {
    method: 'GET',
    target: '/chat',
    resourceName: '/chat',
    httpVersion: '1.1',
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    origin: 'http://example.com',
    protocols: ['chat', 'superchat'],
    extensions: [],
  });
  t.equal(parser.request?.headers.get('host'), 'server.example.com');
  t.equal(parser.push(input, EXAMPLE.length), EXAMPLE.length, 'frames are left alone');
  t.doesNotThrow(() => parser.end());
});

t.test('start and end bound what is read, also in a Uint8Array', async (t) => {
  const parser = new RequestParser();
  const input = new Uint8Array(bytes(`##${EXAMPLE}##`));
  t.equal(parser.push(input, 2, 100), 100);
  t.equal(parser.push(input, 100), EXAMPLE.length + 2);
  t.ok(parser.request);
});

t.test('RFC 9112 2.2: empty lines before the request line are ignored, within the limit', async (t) => {
  const parser = new RequestParser();
  parser.push(bytes(`\r\n\r\n${EXAMPLE}`));
  t.ok(parser.request);
  t.match(
    thrown(() => new RequestParser().push(bytes('\r\n'.repeat(10_000)))),
    { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeadBytes' },
  );
});

t.test('RFC 9112 3: method SP target SP version', async (t) => {
  for (const line of [
    'GET',
    'GET /',
    'GET  / HTTP/1.1',
    'GET /a b HTTP/1.1',
    ' GET / HTTP/1.1',
    'G(T / HTTP/1.1',
    'GET /\xe4 HTTP/1.1',
    'GET / HTTP/1.1 ',
  ]) {
    const error = thrown(() => new RequestParser().push(bytes(`${line}\r\n`)));
    t.match(error, { code: 'WS_HANDSHAKE_MALFORMED', rule: 'request-line', value: line }, line);
  }
  t.match(
    thrown(() => new RequestParser().push(bytes('PRI * HTTP/2.0\r\n'))),
    { rule: 'http-version' },
  );
});

t.test('a fault stays: each further call throws the same error', async (t) => {
  const parser = new RequestParser();
  const error = thrown(() => parser.push(bytes(EXAMPLE.replace('GET', 'PUT'))));
  t.match(error, { code: 'WS_HANDSHAKE_METHOD' });
  t.equal(
    thrown(() => parser.push(bytes(EXAMPLE))),
    error,
  );
  t.equal(
    thrown(() => parser.end()),
    error,
  );
  t.equal(parser.request, null);
});

t.test('a stream that ends inside the head', async (t) => {
  const parser = new RequestParser();
  parser.push(bytes('GET / HTTP/1.1\r\nHo'));
  const error = thrown(() => parser.end());
  t.match(error, { code: 'WS_HANDSHAKE_TRUNCATED', value: 'Ho' });
  t.equal(
    thrown(() => parser.push(bytes('x'))),
    error,
  );
});

t.test('limits are the options', async (t) => {
  t.match(
    thrown(() => new RequestParser({ maxHeaders: -1 })),
    { code: 'WS_HANDSHAKE_OPTION' },
  );
  t.match(
    thrown(() => new RequestParser({ maxHeaders: 6 }).push(bytes(EXAMPLE))),
    { code: 'WS_HANDSHAKE_LIMIT', limit: 6 },
  );
});

t.test('however the bytes are cut, the outcome is the same', async (t) => {
  const seed = seedOfThisRun();
  t.comment(`HANDSHAKE_SEED=${seed}`);
  const random = seededRandom(seed);
  for (const text of [
    `${EXAMPLE}frames`,
    EXAMPLE.replace('13', '8'),
    `${EXAMPLE.slice(0, 60)}\n${EXAMPLE}`,
    EXAMPLE.slice(0, 90),
  ]) {
    const input = bytes(text);
    const run = (cuts: readonly number[]) => outcomeOf(new RequestParser(), input, cuts, (parser) => parser.request);
    const whole = JSON.stringify(run([]));
    const different = [...cutsOf(input.length, random, 200)].find((cuts) => JSON.stringify(run(cuts)) !== whole);
    t.equal(different, undefined, text.slice(0, 20));
  }
});
