import t from 'tap';
import {
  equalsIgnoringCase,
  isFieldValue,
  isLowerAt,
  isToken,
  parseList,
  parseTokenList,
  Scanner,
  trimmedSlice,
  trimSpace,
} from '../../src/handshake/grammar.js';

const EVERY_BYTE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

t.test('RFC 9110 5.6.2: token is one or more tchar', async (t) => {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const tchar = `!#$%&'*+-.^_\`|~0123456789${letters}${letters.toUpperCase()}`;
  t.same(EVERY_BYTE.filter(isToken).sort(), [...tchar].sort());
  t.ok(isToken('Sec-WebSocket-Key'));
  for (const text of ['', 'a b', 'a,b', 'a\n', 'ä', '\u212a']) t.notOk(isToken(text), JSON.stringify(text));
});

t.test('RFC 9110 5.5: field-value has no control character but HTAB', async (t) => {
  const refused = EVERY_BYTE.filter((char) => !isFieldValue(char)).map((char) => char.charCodeAt(0));
  t.same(refused, [...Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 9), 127]);
  t.ok(isFieldValue(''));
  t.notOk(isFieldValue('\u0100'));
  t.notOk(isFieldValue('a\n'));
});

t.test('RFC 9110 5.6.3: OWS is SP and HTAB alone', async (t) => {
  t.equal(trimSpace(' \t a b\t '), 'a b');
  t.equal(trimSpace(' \t '), '');
  t.equal(trimSpace('\xa0a\xa0'), '\xa0a\xa0');
  t.equal(trimSpace('\va\f'), '\va\f');
  t.equal(trimmedSlice('a: \tb c \t\r\n', 2, 9), 'b c');
  t.equal(trimmedSlice(' a ', 1, 1), '');
  t.equal(trimmedSlice('   ', 1, 2), '', 'nothing beside the part');
});

t.test('a name in whatever case at an index', async (t) => {
  t.ok(isLowerAt('a X-y:', 2, 'x-y'));
  t.ok(isLowerAt('[@', 0, '[@'));
  t.notOk(isLowerAt('x-y', 1, 'x-y'));
  t.notOk(isLowerAt('{`', 0, '[@'), 'letters alone have a case');
  t.notOk(isLowerAt('\u212a', 0, 'k'));
  t.notOk(isLowerAt('ab', 1, 'bc'), 'not beyond the end');
});

t.test('RFC 9110 5.6.1.2: empty elements of a list are ignored', async (t) => {
  t.same(parseList('a, b ,\tc'), ['a', 'b', 'c']);
  t.same(parseList(',, a,,b,'), ['a', 'b']);
  t.same(parseList(''), []);
});

t.test('RFC 9110 5.6.1: 1#token has at least one element, and all are tokens', async (t) => {
  t.same(parseTokenList(' a ,, b'), ['a', 'b']);
  for (const value of ['', ' , ,', 'a b', 'a, "b"', 'a;b']) t.equal(parseTokenList(value), null, value);
});

t.test('RFC 6455 2.1: ASCII case-insensitive', async (t) => {
  t.ok(equalsIgnoringCase('WebSocket', 'wEBsOCKET'));
  t.notOk(equalsIgnoringCase('websoc\u212aet', 'websocket'));
  t.notOk(equalsIgnoringCase('a', 'b'));
});

t.test('RFC 9110 5.6.4: quoted-string, with quoted pairs', async (t) => {
  for (const [text, value, at] of [
    ['"a b"c', 'a b', 5],
    ['""', '', 2],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`, 9],
    [String.raw`"\a"`, 'a', 4],
  ] as const) {
    const scanner = new Scanner(text);
    t.equal(scanner.quotedString(), value, text);
    t.equal(scanner.at, at, text);
  }
  for (const text of ['a', '', '"a', '"a\\"', '"\\']) t.equal(new Scanner(text).quotedString(), null, text);
});

t.test('a Scanner goes from left to right', async (t) => {
  const scanner = new Scanner('ab \t;c');
  t.equal(scanner.token(), 'ab');
  t.equal(scanner.token(), null);
  scanner.skipSpace();
  t.notOk(scanner.accept(','));
  t.ok(scanner.accept(';'));
  t.notOk(scanner.done);
  t.equal(scanner.token(), 'c');
  t.ok(scanner.done);
  scanner.skipSpace();
  t.notOk(scanner.accept(';'));
  t.equal(scanner.token(), null);
  t.ok(scanner.done);
});
