import t from 'tap';
import { type BodyReader, type Framing, framingOf, readBody } from '../../src/handshake/body.js';
import { HandshakeHeaders } from '../../src/handshake/headers.js';
import { limitsOf } from '../../src/handshake/limits.js';
import { bytes, thrown } from './support.js';

const CHUNKED: Framing = { chunked: true };
const UNTIL_END: Framing = { chunked: false, bytes: Number.POSITIVE_INFINITY };

function framing(fields: readonly (readonly [string, string])[], status = 400, httpVersion = '1.1'): Framing {
  return framingOf(status, httpVersion, new HandshakeHeaders(fields));
}

/** What is read of `input` in one piece; `bytewise` checks that single bytes give the same. */
function read(given: Framing, input: string, limits = {}): { reader: BodyReader; taken: number } {
  const reader = readBody(given, limitsOf(limits));
  return { reader, taken: reader.push(bytes(input), 0) };
}

function bytewise(given: Framing, input: string, limits = {}): { reader: BodyReader; taken: number } {
  const reader = readBody(given, limitsOf(limits));
  let taken = 0;
  for (const byte of bytes(input)) {
    if (!reader.complete) taken += reader.push(Buffer.from([byte]), 0);
  }
  return { reader, taken };
}

t.test('RFC 9112 6.3: how the end of a body is found', async (t) => {
  t.same(framing([]), UNTIL_END);
  t.same(framing([['Content-Length', '5']]), { chunked: false, bytes: 5 });
  t.same(framing([['Content-Length', '5']], 204), { chunked: false, bytes: 0 });
  t.same(framing([['Transfer-Encoding', 'chunked']], 304), { chunked: false, bytes: 0 });
  t.same(framing([['Transfer-Encoding', 'Chunked']]), CHUNKED);
  t.same(framing([['Transfer-Encoding', 'gzip, chunked']]), CHUNKED);
  t.same(framing([['Transfer-Encoding', 'gzip']]), UNTIL_END);
  t.same(framing([['Transfer-Encoding', 'chunked, gzip']]), UNTIL_END);
});

t.test('RFC 9112 6.3: Content-Length is one number, perhaps repeated', async (t) => {
  t.same(
    framing([
      ['Content-Length', '5, 5'],
      ['content-length', '5'],
    ]),
    { chunked: false, bytes: 5 },
  );
  t.same(framing([['Content-Length', '007']]), { chunked: false, bytes: 7 });
  for (const value of ['', '-1', '+1', '1.5', '0x1', '1 2', '5, 6', '5,', '5, 05', '\xa05', '1e3']) {
    const error = thrown(() => framing([['Content-Length', value]]));
    t.match(error, { code: 'WS_HANDSHAKE_MALFORMED', rule: 'content-length', value }, value);
  }
  t.match(
    thrown(() =>
      framing([
        ['Content-Length', '5'],
        ['Content-Length', '6'],
      ]),
    ),
    { rule: 'content-length' },
  );
});

t.test('RFC 9112 6.3: Content-Length and Transfer-Encoding together are an error', async (t) => {
  const error = thrown(() =>
    framing([
      ['Content-Length', '5'],
      ['Transfer-Encoding', 'chunked'],
    ]),
  );
  t.match(error, { code: 'WS_HANDSHAKE_MALFORMED', rule: 'content-length-and-transfer-encoding' });
});

t.test('RFC 9112 6.1: a Transfer-Encoding that cannot be right', async (t) => {
  for (const value of ['', ',', 'chunked, chunked', 'gzip, chunked, chunked', 'a b']) {
    t.match(
      thrown(() => framing([['Transfer-Encoding', value]])),
      { code: 'WS_HANDSHAKE_MALFORMED', rule: 'transfer-encoding' },
    );
  }
  t.match(
    thrown(() => framing([['Transfer-Encoding', 'chunked']], 400, '1.0')),
    { rule: 'transfer-encoding' },
  );
});

t.test('a body with a length ends there, and what follows is not taken', async (t) => {
  for (const run of [read, bytewise]) {
    const { reader, taken } = run({ chunked: false, bytes: 3 }, 'abcdef');
    t.equal(taken, 3);
    t.match(reader, { complete: true, truncated: false });
    t.equal(reader.body().toString(), 'abc');
    reader.end();
    t.notOk(reader.truncated);
  }
  t.ok(readBody({ chunked: false, bytes: 0 }, limitsOf()).complete);
});

t.test('a body with a length that is cut by the end of the stream is kept and marked', async (t) => {
  const { reader } = read({ chunked: false, bytes: 3 }, 'ab');
  t.notOk(reader.complete);
  reader.end();
  t.match(reader, { complete: true, truncated: true });
  t.equal(reader.body().toString(), 'ab');
});

t.test('a body without length goes to the end of the stream', async (t) => {
  for (const run of [read, bytewise]) {
    const { reader, taken } = run(UNTIL_END, 'abc');
    t.equal(taken, 3);
    t.notOk(reader.complete);
    reader.end();
    t.match(reader, { complete: true, truncated: false });
    t.equal(reader.body().toString(), 'abc');
  }
});

t.test('limit maxBodyBytes: the rest is cut off', async (t) => {
  for (const run of [read, bytewise]) {
    for (const [given, input, max, taken, truncated] of [
      [{ chunked: false, bytes: 4 }, 'abcd', 3, 3, true],
      [{ chunked: false, bytes: 4 }, 'abc', 3, 3, true],
      [{ chunked: false, bytes: 3 }, 'abc', 3, 3, false],
      [{ chunked: false, bytes: Number.POSITIVE_INFINITY }, 'abcd', 3, 3, true],
      [CHUNKED, '4\r\nabcd\r\n0\r\n\r\n', 3, 6, true],
      [CHUNKED, '3\r\nabc\r\n0\r\n\r\n', 3, 13, false],
      [CHUNKED, '3\r\nabc\r\n1\r\nd\r\n', 3, 11, true],
    ] as const) {
      const result = run(given, input, { maxBodyBytes: max });
      t.equal(result.taken, taken, input);
      t.match(result.reader, { complete: true, truncated }, input);
      t.equal(result.reader.body().toString(), 'abc');
    }
    const { reader } = run(UNTIL_END, 'abc', { maxBodyBytes: 3 });
    t.notOk(reader.complete, 'a body that just fits is not cut');
    reader.end();
    t.notOk(reader.truncated);
  }
  t.match(readBody({ chunked: false, bytes: 1 }, limitsOf({ maxBodyBytes: 0 })), { complete: true, truncated: true });
});

t.test('RFC 9112 7.1: chunks, with extensions and trailers', async (t) => {
  for (const run of [read, bytewise]) {
    for (const input of [
      '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
      '003;x="y"\r\nabc\r\n2 ; z\r\nde\r\n000;last\r\nExpires: x\r\nA: b\r\n\r\n',
    ]) {
      const { reader, taken } = run(CHUNKED, `${input}more`);
      t.equal(taken, input.length);
      t.match(reader, { complete: true, truncated: false });
      t.equal(reader.body().toString(), 'abcde');
      reader.end();
      t.notOk(reader.truncated);
    }
    t.equal(run(CHUNKED, `A\r\n${'x'.repeat(10)}\r\nf\r\n${'y'.repeat(15)}\r\n0\r\n\r\n`).reader.body().length, 25);
  }
});

t.test('RFC 9112 7.1: chunks that are cut by the end of the stream are kept and marked', async (t) => {
  for (const input of ['3\r\nabc', '3\r\nabc\r', '3\r\nabc\r\n', '3\r\nabc\r\n0\r\n']) {
    const { reader } = read(CHUNKED, input);
    t.notOk(reader.complete);
    reader.end();
    t.match(reader, { complete: true, truncated: true });
    t.equal(reader.body().toString(), 'abc');
  }
});

t.test('RFC 9112 7.1: bad chunks are errors', async (t) => {
  for (const run of [read, bytewise]) {
    for (const [input, rule] of [
      ['\r\n', 'chunk-size'],
      ['x\r\n', 'chunk-size'],
      ['-1\r\n', 'chunk-size'],
      ['0x1\r\n', 'chunk-size'],
      [' 1\r\n', 'chunk-size'],
      ['1 2\r\n', 'chunk-size'],
      ['1;\0\r\n', 'chunk-size'],
      [`${'0'.repeat(17)}\r\n`, 'chunk-size'],
      ['1\n', 'bare-lf'],
      ['1\r\nab', 'chunk-end'],
      ['1\r\na\n', 'chunk-end'],
      ['1\r\na\rb', 'chunk-end'],
      ['0\r\nno colon\r\n', 'missing-colon'],
      ['0\r\n folded: x\r\n', 'obs-fold'],
    ] as const) {
      t.match(
        thrown(() => run(CHUNKED, input)),
        { code: 'WS_HANDSHAKE_MALFORMED', rule },
        JSON.stringify(input),
      );
    }
  }
  const huge = read(CHUNKED, 'ffffffffffffffff\r\nabc');
  t.equal(huge.reader.body().toString(), 'abc');
});

t.test('limits maxHeadBytes and maxLineBytes: extensions and trailers do not go on for ever', async (t) => {
  const extensions = `1;${'x'.repeat(100)}\r\na\r\n`.repeat(20);
  const trailers = `0\r\n${'a: b\r\n'.repeat(200)}`;
  for (const run of [read, bytewise]) {
    for (const input of [extensions, trailers]) {
      const error = thrown(() => run(CHUNKED, input, { maxHeadBytes: 1000 }));
      t.match(error, { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeadBytes', limit: 1000 });
    }
    const line = `1;${'x'.repeat(100)}`;
    t.match(
      thrown(() => run(CHUNKED, line, { maxLineBytes: 50 })),
      { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxLineBytes', limit: 50 },
    );
  }
});
