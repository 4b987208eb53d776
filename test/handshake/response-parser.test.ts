import t from 'tap';
import { ResponseParser } from '../../src/handshake/response-parser.js';
import { bytes, cutsOf, head, outcomeOf, seededRandom, seedOfThisRun, thrown } from './support.js';

// RFC 6455 1.2
const SWITCHING = head(
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  'Sec-WebSocket-Protocol: chat',
);
const FORBIDDEN = `${head('HTTP/1.1 403 Forbidden', 'Content-Length: 4')}nope`;

function parserOf(text: string, limits = {}): { parser: ResponseParser; taken: number } {
  const parser = new ResponseParser(limits);
  return { parser, taken: parser.push(bytes(text)) };
}

t.test('RFC 6455 1.2: the example response; frames behind it are left alone', async (t) => {
  const { parser, taken } = parserOf(`${SWITCHING}\x81\x05hello`);
  t.equal(taken, SWITCHING.length);
  t.match(parser.response, { httpVersion: '1.1', status: 101, reason: 'Switching Protocols', bodyTruncated: false });
  t.equal(parser.response?.headers.get('sec-websocket-protocol'), 'chat');
  t.equal(parser.response?.body.length, 0);
  t.equal(parser.push(bytes('\x81\x00')), 0);
  t.doesNotThrow(() => parser.end());
});

t.test('start and end bound what is read, also in a Uint8Array', async (t) => {
  const parser = new ResponseParser();
  const input = new Uint8Array(bytes(`#${SWITCHING}#`));
  t.equal(parser.push(input, 1, 50), 50);
  t.equal(parser.head, null);
  t.equal(parser.push(input, 50), SWITCHING.length + 1);
  t.equal(parser.push(input, 3), 3, 'complete: nothing is taken');
});

t.test('what was read stays as it is when the caller reuses the buffer', async (t) => {
  const parser = new ResponseParser();
  const shared = bytes(FORBIDDEN);
  parser.push(shared, 0, shared.length - 2);
  const rest = Buffer.from(shared.subarray(-2));
  shared.fill(0);
  parser.push(rest);
  rest.fill(0);
  t.equal(parser.response?.body.toString(), 'nope');
  t.equal(parser.response?.headers.get('content-length'), '4');
});

t.test('RFC 9112 6.3: a 101 has no body, whatever its headers say', async (t) => {
  for (const field of ['Content-Length: 5', 'Content-Length: x', 'Transfer-Encoding: chunked']) {
    const text = head('HTTP/1.1 101 x', field);
    const { parser, taken } = parserOf(`${text}frames`);
    t.equal(taken, text.length);
    t.equal(parser.response?.status, 101);
  }
});

t.test('a refused upgrade: the head first, then head and body', async (t) => {
  const parser = new ResponseParser();
  t.equal(parser.push(bytes(FORBIDDEN), 0, FORBIDDEN.length - 1), FORBIDDEN.length - 1);
  t.match(parser.head, { status: 403, reason: 'Forbidden' });
  t.equal(parser.response, null);
  t.equal(parser.push(bytes('e?')), 1);
  t.match(parser.response, { status: 403, bodyTruncated: false });
  t.equal(parser.response?.body.toString(), 'nope');
});

t.test('a refused upgrade: body in chunks, until the end, cut by the end, none', async (t) => {
  for (const [text, body, truncated] of [
    [`${head('HTTP/1.1 500 x', 'Transfer-Encoding: chunked')}2\r\nab\r\n0\r\n\r\n`, 'ab', false],
    [`${head('HTTP/1.1 500 x')}abc`, 'abc', false],
    [`${head('HTTP/1.0 500 x')}abc`, 'abc', false],
    [`${head('HTTP/1.1 500 x', 'Content-Length: 9')}abc`, 'abc', true],
    [`${head('HTTP/1.1 500 x', 'Content-Length: 0')}`, '', false],
    [`${head('HTTP/1.1 204 x')}`, '', false],
  ] as const) {
    const { parser } = parserOf(text);
    parser.end();
    t.match(parser.response, { bodyTruncated: truncated }, text);
    t.equal(parser.response?.body.toString(), body);
  }
  t.ok(parserOf(head('HTTP/1.1 400 x', 'Content-Length: 0')).parser.response, 'complete with its head');
});

t.test('limit maxBodyBytes: a refusal is complete there', async (t) => {
  const { parser, taken } = parserOf(`${head('HTTP/1.1 403 x')}abcdef`, { maxBodyBytes: 4 });
  t.equal(taken, head('HTTP/1.1 403 x').length + 4);
  t.match(parser.response, { bodyTruncated: true });
  t.equal(parser.response?.body.toString(), 'abcd');
});

t.test('RFC 9110 15.2: interim responses are skipped', async (t) => {
  const interim =
    head('HTTP/1.1 100 Continue') + head('HTTP/1.1 103 Early Hints', 'Link: </a>') + head('HTTP/1.1 199 x');
  const { parser, taken } = parserOf(`${interim}${SWITCHING}xx`);
  t.equal(taken, interim.length + SWITCHING.length);
  t.equal(parser.response?.status, 101);
  t.notOk(parser.response?.headers.has('link'));
});

t.test('interim responses share the limits of the head', async (t) => {
  const limit = { code: 'WS_HANDSHAKE_LIMIT' };
  t.match(
    thrown(() => parserOf(head('HTTP/1.1 100 x').repeat(2000))),
    { ...limit, rule: 'maxHeadBytes', limit: 16_384 },
  );
  t.match(
    thrown(() => parserOf(head('HTTP/1.1 103 x', 'Link: a').repeat(101))),
    { ...limit, rule: 'maxHeaders', limit: 100 },
  );
});

t.test('RFC 9112 4: HTTP-version SP status-code SP reason-phrase', async (t) => {
  for (const [line, status, reason] of [
    ['HTTP/1.1 404 Not  Found ', 404, 'Not  Found '],
    ['HTTP/1.1 404 ', 404, ''],
    ['HTTP/1.1 404', 404, ''],
    ['HTTP/1.2 999 \xe4\t', 999, '\xe4\t'],
  ] as const) {
    t.match(parserOf(head(line, 'Content-Length: 0')).parser.response, { status, reason }, line);
  }
  for (const [line, rule] of [
    ['HTTP/1.1', 'status-line'],
    ['HTTP/1.1 ', 'status-line'],
    ['HTTP/1.1  101 x', 'status-line'],
    ['HTTP/1.1 99 x', 'status-line'],
    ['HTTP/1.1 1010 x', 'status-line'],
    ['HTTP/1.1 099 x', 'status-line'],
    ['HTTP/1.1 1x1 x', 'status-line'],
    ['HTTP/1.1 404 a\0b', 'status-line'],
    ['HTTP/1.1\t101 x', 'http-version'],
    ['HTTP/2.0 101 x', 'http-version'],
    ['ICY 200 OK', 'http-version'],
    ['SSH-2.0-x', 'http-version'],
    ['', 'http-version'],
  ] as const) {
    t.match(
      thrown(() => parserOf(`${line}\r\n`)),
      { code: 'WS_HANDSHAKE_MALFORMED', rule },
      JSON.stringify(line),
    );
  }
});

t.test('RFC 9110 7.8: HTTP/1.0 cannot switch protocols', async (t) => {
  const error = thrown(() => parserOf('HTTP/1.0 101 Switching Protocols\r\n'));
  t.match(error, { code: 'WS_HANDSHAKE_MALFORMED', rule: 'http-version', section: 'RFC 6455 4.2.2' });
});

t.test('a malformed head fails at the line that is wrong', async (t) => {
  for (const [text, rule] of [
    ['HTTP/1.1 101 x\n', 'bare-lf'],
    ['HTTP/1.1 101 x\r\nA: b\n', 'bare-lf'],
    ['HTTP/1.1 101 x\r\nA: b\rc\r\n', 'bare-cr'],
    ['HTTP/1.1 101 x\r\nA: b\r\n c\r\n', 'obs-fold'],
    ['HTTP/1.1 101 x\r\n A: b\r\n', 'obs-fold'],
    ['HTTP/1.1 101 x\r\nA : b\r\n', 'space-before-colon'],
    ['HTTP/1.1 101 x\r\nA\r\n', 'missing-colon'],
    ['HTTP/1.1 101 x\r\nA: \0\r\n', 'field-value'],
    ['HTTP/1.1 101 x\r\nA\0: b\r\n', 'field-name'],
  ] as const) {
    t.match(
      thrown(() => parserOf(text)),
      { code: 'WS_HANDSHAKE_MALFORMED', rule },
      JSON.stringify(text),
    );
  }
});

t.test('a fault behind the head keeps what the head said', async (t) => {
  for (const text of [
    head('HTTP/1.1 503 Busy', 'Content-Length: -1'),
    head('HTTP/1.1 503 Busy', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    `${head('HTTP/1.1 503 Busy', 'Transfer-Encoding: chunked')}x\r\n`,
  ]) {
    const error = thrown(() => parserOf(text));
    t.match(error, { code: 'WS_HANDSHAKE_MALFORMED', status: 503, reason: 'Busy' });
    t.ok(error.headers && error.headers.size > 0);
  }
});

t.test('a fault stays: each further call throws the same error', async (t) => {
  const parser = new ResponseParser();
  const error = thrown(() => parser.push(bytes('x\r\n')));
  t.equal(
    thrown(() => parser.push(bytes(SWITCHING))),
    error,
  );
  t.equal(
    thrown(() => parser.end()),
    error,
  );
  t.equal(parser.response, null);
});

t.test('a stream that ends inside the head', async (t) => {
  for (const [text, value, hint] of [
    ['', '', 'before its response was complete ('],
    ['HTTP/1.1 101 x\r\nUpg', 'Upg', 'the last line was "Upg"'],
    ['\x15\x03\x01\x00\x02\x02\x46', '\x15\x03\x01\x00\x02\x02\x46', 'use wss:// for this port'],
    [head('HTTP/1.1 100 x'), '', 'before its response was complete ('],
  ] as const) {
    const { parser } = parserOf(text);
    const error = thrown(() => parser.end());
    t.match(error, { code: 'WS_HANDSHAKE_TRUNCATED', rule: 'truncated', value });
    t.match(error.message, hint);
    t.equal(
      thrown(() => parser.end()),
      error,
    );
  }
});

t.test('limits of the head are the options', async (t) => {
  t.match(
    thrown(() => new ResponseParser({ maxLineBytes: 0.5 })),
    { code: 'WS_HANDSHAKE_OPTION' },
  );
  t.match(
    thrown(() => parserOf(`HTTP/1.1 101 ${'x'.repeat(9000)}`)),
    { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxLineBytes', limit: 8192 },
  );
  const long = `HTTP/1.1 101 x\r\n${`A: ${'x'.repeat(5000)}\r\n`.repeat(4)}`;
  t.match(
    thrown(() => parserOf(long)),
    { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeadBytes', limit: 16_384 },
  );
  t.match(
    thrown(() => parserOf(`HTTP/1.1 101 x\r\n${'A: b\r\n'.repeat(101)}`)),
    { rule: 'maxHeaders', limit: 100 },
  );
  t.ok(parserOf(head('HTTP/1.1 101 x', ...Array.from({ length: 100 }, () => 'A: b'))).parser.response);
});

t.test('a head without end is stopped at the limit with flat memory', async (t) => {
  const parser = new ResponseParser({ maxHeadBytes: 1 << 30, maxLineBytes: 1 << 16, maxHeaders: 1 << 30 });
  const error = thrown(() => {
    parser.push(bytes('HTTP/1.1 101 '));
    for (let count = 0; count < 1 << 20; count += 1) parser.push(bytes('x'));
  });
  t.match(error, { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxLineBytes' });
  t.same(
    Object.keys(error).sort(),
    ['code', 'limit', 'name', 'rule', 'section', 'side'],
    'the line is not in the error',
  );
});

const FIXTURES = [
  `${SWITCHING}\x81\x05hello\r\n\r\n`,
  `${FORBIDDEN}trailing`,
  `${head('HTTP/1.1 100 a', 'b: c')}${head('HTTP/1.1 500 x', 'Transfer-Encoding: chunked')}2;x\r\nab\r\n5\r\ncdefg\r\n0\r\nT: u\r\n\r\nmore`,
  `${head('HTTP/1.1 500 x')}until the end`,
  `${head('HTTP/1.1 500 x', 'Content-Length: 50')}too short`,
  `${head('HTTP/1.1 500 x', 'Transfer-Encoding: chunked')}3\r\nabcX`,
  'HTTP/1.1 101 x\r\nA: b\nC: d\r\n\r\n',
  'HTTP/1.1 101 x\r\nA: b\r\r\n\r\n',
  `HTTP/1.1 101 x\r\n${'A: b\r\n'.repeat(6)}\r\n`,
  `HTTP/1.1 101 x\r\nA: ${'b'.repeat(70)}\r\n\r\n`,
  `HTTP/1.1 101 x\r\n${'Abc: 0123456789\r\n'.repeat(5)}${'z'.repeat(70)}`,
  `${head('HTTP/1.1 500 x')}${'long body '.repeat(8)}`,
];

t.test('however the bytes are cut, the outcome is the same: every cut in two, bytewise, random', async (t) => {
  const seed = seedOfThisRun();
  t.comment(`HANDSHAKE_SEED=${seed}`);
  const random = seededRandom(seed);
  const limits = { maxHeaders: 5, maxLineBytes: 60, maxHeadBytes: 150, maxBodyBytes: 32 };
  for (const [text, given] of FIXTURES.flatMap((fixture) => [[fixture, {}] as const, [fixture, limits] as const])) {
    const input = bytes(text);
    const run = (cuts: readonly number[]): string => {
      const outcome = outcomeOf(new ResponseParser(given), input, cuts, (parser) => [parser.head, parser.response]);
      return JSON.stringify(outcome);
    };
    const whole = run([]);
    const different = [...cutsOf(input.length, random, 100)].find((cuts) => run(cuts) !== whole);
    t.equal(different, undefined, JSON.stringify(text.slice(0, 40)));
  }
});

t.test('random bytes and damaged responses never hang and throw nothing but HandshakeError', async (t) => {
  const seed = seedOfThisRun();
  t.comment(`HANDSHAKE_SEED=${seed}`);
  const random = seededRandom(seed);
  const faults = new Set<string | null>();
  for (let run = 0; run < 3000; run += 1) {
    const input = bytes(FIXTURES[random(FIXTURES.length)] ?? '');
    for (let damage = random(4); damage > 0; damage -= 1) input[random(input.length)] = random(256);
    if (run % 3 === 0) input.set(Array.from(input, () => random(256)));
    const cuts = Array.from({ length: random(6) }, () => random(input.length + 1)).sort((a, b) => a - b);
    faults.add(
      outcomeOf(new ResponseParser(), input, cuts, () => null)
        .fault?.split(' ', 2)
        .join(' ') ?? null,
    );
  }
  t.ok(faults.has(null), 'some are whole');
  t.ok(faults.size > 5, 'many rules are met');
});

t.test(
  'RFC 9112 6.3, item 2: a 2xx to CONNECT has no body, whatever its headers say; what follows is the tunnel',
  async (t) => {
    for (const lines of [[], ['Content-Length: 5'], ['Transfer-Encoding: chunked'], ['Content-Length: x']]) {
      const text = head('HTTP/1.1 200 Connection established', ...lines);
      const parser = new ResponseParser({}, 'CONNECT');
      t.equal(parser.push(bytes(`${text}hello`)), text.length);
      t.match(parser.response, { status: 200, bodyTruncated: false });
      t.equal(parser.response?.body.length, 0);
    }
    const refusal = new ResponseParser({}, 'CONNECT');
    refusal.push(bytes(head('HTTP/1.1 100 Continue') + FORBIDDEN));
    t.match(refusal.response, { status: 403, body: Buffer.from('nope') }, 'a refusal has one');
    t.equal(
      parserOf(`${head('HTTP/1.1 200 OK', 'Content-Length: 5')}hello`).parser.response?.body.length,
      5,
      'and to GET',
    );
  },
);
