import t from 'tap';
import { HeadReader, parseFieldLine, parseHttpVersion } from '../../src/handshake/head.js';
import { limitsOf } from '../../src/handshake/limits.js';
import { bytes, head, thrown } from './support.js';

function readerOf(limits = {}): { reader: HeadReader; startLines: string[] } {
  const startLines: string[] = [];
  const reader = new HeadReader(limitsOf(limits), (line) => {
    startLines.push(line);
    return line !== '';
  });
  return { reader, startLines };
}

t.test('RFC 9112 2.1: start line, field lines, empty line; what follows is not taken', async (t) => {
  const { reader, startLines } = readerOf();
  const view = bytes(`${head('start', 'A: 1', 'b:2')}\x81\x00`);
  t.equal(reader.push(view, 0), view.length - 2);
  t.ok(reader.complete);
  t.same(startLines, ['start']);
  t.same(reader.headers().raw, [
    ['A', '1'],
    ['b', '2'],
  ]);
  t.equal(reader.push(view, view.length - 2), view.length - 2);
});

t.test('the start line is handed over before the next line arrives, and may be declined', async (t) => {
  const { reader, startLines } = readerOf();
  reader.push(bytes('\r\nstart\r\nrest'), 0);
  t.same(startLines, ['', 'start']);
  t.equal(reader.rest, 'rest');
  t.notOk(reader.complete);
});

t.test('next() reads another head; the limits are for both together', async (t) => {
  const { reader, startLines } = readerOf({ maxHeaders: 2 });
  reader.push(bytes(head('one', 'a: 1')), 0);
  reader.next();
  t.notOk(reader.complete);
  reader.push(bytes(head('two', 'b: 2')), 0);
  t.same(startLines, ['one', 'two']);
  t.same(reader.headers().raw, [['b', '2']]);
  reader.next();
  t.match(
    thrown(() => reader.push(bytes(head('three', 'c: 3')), 0)),
    { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeaders', limit: 2 },
  );
});

t.test('limit maxHeadBytes: from the first byte to the end of the empty line', async (t) => {
  const text = head('start', 'a: 1');
  const { reader } = readerOf({ maxHeadBytes: text.length });
  t.equal(reader.push(bytes(text), 0), text.length);
  t.ok(reader.complete);
  const limit = { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeadBytes', limit: text.length - 1 };
  t.match(
    thrown(() => readerOf({ maxHeadBytes: text.length - 1 }).reader.push(bytes(text), 0)),
    limit,
  );
});

t.test('limit maxLineBytes: each line with its CRLF', async (t) => {
  t.equal(readerOf({ maxLineBytes: 7 }).reader.push(bytes(head('start', 'a: 1')), 0), 15);
  const limit = { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxLineBytes', limit: 6 };
  t.match(
    thrown(() => readerOf({ maxLineBytes: 6 }).reader.push(bytes('start\r\n'), 0)),
    limit,
  );
});

t.test('limit maxHeaders: that many field lines and no more', async (t) => {
  const { reader } = readerOf({ maxHeaders: 1 });
  reader.push(bytes(head('start', 'a: 1')), 0);
  t.ok(reader.complete);
  const limit = { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeaders', limit: 0 };
  t.match(
    thrown(() => readerOf({ maxHeaders: 0 }).reader.push(bytes('start\r\na: 1\r\n'), 0)),
    limit,
  );
});

t.test('RFC 9112 5: field-name ":" OWS field-value OWS', async (t) => {
  for (const [line, name, value] of [
    ['Name: value', 'Name', 'value'],
    ['Name:value', 'Name', 'value'],
    ['Name:\t two words \t', 'Name', 'two words'],
    ['Name:', 'Name', ''],
    ['Name: a:b', 'Name', 'a:b'],
    ['__proto__: x', '__proto__', 'x'],
    ['Name: \xe4\ttab', 'Name', '\xe4\ttab'],
  ] as const) {
    t.same(parseFieldLine(line), [name, value], line);
  }
});

t.test('field lines that are refused, each with its rule', async (t) => {
  for (const [line, rule, section] of [
    [' folded', 'obs-fold', 'RFC 9112 5.2'],
    ['\tfolded: x', 'obs-fold', 'RFC 9112 5.2'],
    ['no colon', 'missing-colon', 'RFC 9112 5'],
    ['Name : x', 'space-before-colon', 'RFC 9112 5.1'],
    ['Name\t: x', 'space-before-colon', 'RFC 9112 5.1'],
    [': x', 'field-name', 'RFC 9110 5.1'],
    ['Na me: x', 'field-name', 'RFC 9110 5.1'],
    ['Na\0me: x', 'field-name', 'RFC 9110 5.1'],
    ['N\xe4me: x', 'field-name', 'RFC 9110 5.1'],
    ['Name: a\0b', 'field-value', 'RFC 9110 5.5'],
    ['Name: a\x1bb', 'field-value', 'RFC 9110 5.5'],
    ['Name: a\x7f', 'field-value', 'RFC 9110 5.5'],
  ] as const) {
    t.match(
      thrown(() => parseFieldLine(line)),
      { code: 'WS_HANDSHAKE_MALFORMED', rule, section },
      JSON.stringify(line),
    );
  }
});

t.test('RFC 9112 2.3: HTTP-version is HTTP/1.x, in this case', async (t) => {
  t.equal(parseHttpVersion('HTTP/1.1'), '1.1');
  t.equal(parseHttpVersion('HTTP/1.0'), '1.0');
  t.equal(parseHttpVersion('HTTP/1.9'), '1.9');
  for (const text of ['HTTP/2.0', 'HTTP/0.9', 'HTTP/1.10', 'http/1.1', 'HTTP/1', 'SSH-2.0', '', 'HTTP/1.1 ']) {
    t.match(
      thrown(() => parseHttpVersion(text)),
      { code: 'WS_HANDSHAKE_MALFORMED', rule: 'http-version', value: text },
      text,
    );
  }
});
