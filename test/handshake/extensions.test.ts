import t from 'tap';
import { formatExtensions, parseExtensions, sharedExtensions } from '../../src/handshake/extensions.js';
import { thrown } from './support.js';

t.test('RFC 6455 9.1: the examples of the section', async (t) => {
  t.same(parseExtensions('foo'), [{ name: 'foo', params: [] }]);
  t.same(parseExtensions('bar; baz=2'), [{ name: 'bar', params: [{ name: 'baz', value: '2' }] }]);
  const list = [
    { name: 'foo', params: [] },
    { name: 'bar', params: [{ name: 'baz', value: '2' }] },
  ];
  t.same(parseExtensions('foo, bar; baz=2'), list);
  t.same(parseExtensions(['foo', 'bar; baz=2']), list, 'split over two field lines');
  t.same(parseExtensions('deflate-stream'), [{ name: 'deflate-stream', params: [] }]);
  t.same(parseExtensions('mux; max-channels=4; flow-control, deflate-stream'), [
    {
      name: 'mux',
      params: [
        { name: 'max-channels', value: '4' },
        { name: 'flow-control', value: null },
      ],
    },
    { name: 'deflate-stream', params: [] },
  ]);
});

t.test('RFC 6455 9.1: a quoted value is a token without its quotes', async (t) => {
  t.same(parseExtensions('a; b="10"; c="\\1\\0"'), [
    {
      name: 'a',
      params: [
        { name: 'b', value: '10' },
        { name: 'c', value: '10' },
      ],
    },
  ]);
  for (const value of ['a; b=""', 'a; b="x y"', 'a; b="x,y"', 'a; b="x;y"', 'a; b="\\""']) {
    t.match(
      thrown(() => parseExtensions(value)),
      { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'extension-grammar', value },
    );
  }
});

t.test('RFC 2616 2.1: implied space between any two tokens; RFC 9110 5.6.1.2: empty elements', async (t) => {
  const expected = [
    { name: 'a', params: [{ name: 'b', value: 'c' }] },
    { name: 'd', params: [] },
  ];
  for (const value of ['a;b=c,d', ' a ; b = c , d ', '\ta\t;\tb\t=\t"c"\t,d', ',, a;b=c,,d ,', ', ,a; b=c, d, ,']) {
    t.same(parseExtensions(value), expected, value);
  }
  t.same(parseExtensions(['', 'a;b=c,d']), expected);
});

t.test('a parameter that occurs twice is kept twice; names of Object.prototype are names', async (t) => {
  t.same(parseExtensions('x; __proto__; __proto__=1'), [
    {
      name: 'x',
      params: [
        { name: '__proto__', value: null },
        { name: '__proto__', value: '1' },
      ],
    },
  ]);
});

t.test('RFC 6455 9.1: a value that does not conform to the grammar fails', async (t) => {
  for (const value of [
    '',
    ' ',
    ',',
    ';',
    '; a',
    'a;',
    'a; ',
    'a;;b',
    'a; =b',
    'a; b=',
    'a; b= ,c',
    'a b',
    'a; b c',
    'a; b=c d',
    'a; b="c',
    'a; b="c"d',
    'a=b',
    'a; b==c',
    '"a"',
    'a; "b"',
    'a/b',
    'a\0',
  ]) {
    t.match(
      thrown(() => parseExtensions(value)),
      { code: 'WS_HANDSHAKE_EXTENSIONS', rule: 'extension-grammar', value },
      JSON.stringify(value),
    );
  }
  t.match(
    thrown(() => parseExtensions([])),
    { rule: 'extension-grammar' },
  );
  t.match(thrown(() => parseExtensions('a; b=')).message, 'at character 5');
});

t.test('formatExtensions writes the list', async (t) => {
  const extensions = [
    {
      name: 'mux',
      params: [
        { name: 'max-channels', value: '4' },
        { name: 'flow-control', value: null },
      ],
    },
    { name: 'x', params: [] },
  ];
  t.equal(formatExtensions(extensions), 'mux; max-channels=4; flow-control, x');
  t.equal(formatExtensions([]), '');
});

t.test('formatExtensions refuses what is no token', async (t) => {
  for (const extension of [
    { name: 'a b', params: [] },
    { name: 'a', params: [{ name: 'b,', value: null }] },
    { name: 'a', params: [{ name: 'b', value: '' }] },
    { name: 'a', params: [{ name: 'b', value: 'c\r\nd' }] },
  ]) {
    t.match(
      thrown(() => formatExtensions([extension])),
      { code: 'WS_HANDSHAKE_OPTION', rule: 'extension-token' },
    );
  }
});

t.test('the same text is parsed once, and nobody can change what it means', async (t) => {
  const text = 'permessage-deflate; server_max_window_bits="10", x-y';
  const extensions = sharedExtensions(text);
  t.strictSame(extensions, parseExtensions(text));
  t.equal(sharedExtensions(text), extensions);
  for (const part of [extensions, ...extensions, ...extensions.map(({ params }) => params), extensions[0]?.params[0]]) {
    t.ok(Object.isFrozen(part));
  }
  const fault = { code: 'WS_HANDSHAKE_EXTENSIONS' };
  t.throws(() => sharedExtensions('a;'), fault);
  t.throws(() => sharedExtensions('a;'), fault, 'also the next time');
});

t.test('a server cannot make the shared texts grow', async (t) => {
  const long = `x; ${'y'.repeat(300)}`;
  t.strictSame(sharedExtensions(long), parseExtensions(long));
  t.not(sharedExtensions(long), sharedExtensions(long), 'a long one is not kept');
  const first = sharedExtensions('first');
  for (let i = 0; i < 16; i++) sharedExtensions(`x${i}`);
  t.not(sharedExtensions('first'), first);
  t.strictSame(sharedExtensions('first'), first);
});
