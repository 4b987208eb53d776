import { inspect } from 'node:util';
import t from 'tap';
import { formatHead, type HeadersOption, readHeaders } from '../../src/handshake/header-options.js';
import { thrown } from './support.js';

t.test('an object, pairs, a Map and a Headers are read in their order', async (t) => {
  const expected = [
    ['x-a', { name: 'x-a', values: ['1'] }],
    ['x-b', { name: 'x-b', values: ['2'] }],
  ];
  const options: HeadersOption[] = [
    { 'x-a': '1', 'x-b': '2' },
    [
      ['x-a', '1'],
      ['x-b', '2'],
    ],
    new Map([
      ['x-a', '1'],
      ['x-b', '2'],
    ]),
    new Headers({ 'x-a': '1', 'x-b': '2' }),
  ];
  for (const option of options) t.same([...readHeaders(option)], expected);
  t.equal(readHeaders().size, 0);
  t.equal(readHeaders({}).size, 0);
});

t.test('an array as value and repeated pairs give several lines, the first spelling of the name stays', async (t) => {
  t.same(readHeaders({ 'X-A': ['1', '2'] }).get('x-a'), { name: 'X-A', values: ['1', '2'] });
  const pairs: HeadersOption = [
    ['X-A', '1'],
    ['x-a', ['2', '3']],
  ];
  t.same(readHeaders(pairs).get('x-a'), { name: 'X-A', values: ['1', '2', '3'] });
});

t.test('spaces around a value are no part of it (RFC 9110 5.5)', async (t) => {
  t.same(
    readHeaders({ a: ' \tb c\t ', d: '', e: '\xe4' }),
    new Map([
      ['a', { name: 'a', values: ['b c'] }],
      ['d', { name: 'd', values: [''] }],
      ['e', { name: 'e', values: ['\xe4'] }],
    ]),
  );
});

t.test('names of Object.prototype are names like any other', async (t) => {
  const option = JSON.parse('{"__proto__": "1", "constructor": "2"}');
  t.same([...readHeaders(option).keys()], ['__proto__', 'constructor']);
});

t.test('an object with names that differ in case only is refused', async (t) => {
  t.match(
    thrown(() => readHeaders({ 'X-A': '1', 'x-a': '2' })),
    { code: 'WS_HANDSHAKE_HEADER', rule: 'header-twice', value: 'x-a' },
  );
});

t.test('the names of the handshake and of a body are reserved, in any case', async (t) => {
  for (const name of [
    'Connection',
    'upgrade',
    'SEC-WEBSOCKET-KEY',
    'Sec-WebSocket-Version',
    'Sec-WebSocket-Extensions',
    'Sec-WebSocket-Accept',
    'Content-Length',
    'Transfer-Encoding',
  ]) {
    const error = thrown(() => readHeaders({ [name]: 'x' }));
    t.match(error, { code: 'WS_HANDSHAKE_HEADER', rule: 'header-reserved', value: name });
    t.match(error.message, `"${name}"`);
  }
});

t.test('RFC 9110 5.1: a name that is no token is refused', async (t) => {
  for (const name of ['', 'a b', 'a:', 'a\r\nb', '\u00e4', '\0']) {
    t.match(
      thrown(() => readHeaders({ [name]: 'x' })),
      { code: 'WS_HANDSHAKE_HEADER', rule: 'header-name', value: name },
    );
  }
});

t.test('RFC 9110 5.5: a value with a control character or beyond latin1 is refused', async (t) => {
  for (const [value, code] of [
    ['a\r\nb: c', 'U+000D at character 1'],
    ['ab\nc', 'U+000A at character 2'],
    ['token\n', 'U+000A at character 5'],
    ['\0', 'U+0000 at character 0'],
    ['a\x1bb', 'U+001B at character 1'],
    ['\x7f', 'U+007F at character 0'],
    ['\u0100', 'U+0100 at character 0'],
    ['\u20ac', 'U+20AC at character 0'],
    ['a\u{1f600}', 'U+1F600 at character 1'],
  ] as const) {
    const error = thrown(() => readHeaders({ 'X-A': value }));
    t.match(error, { code: 'WS_HANDSHAKE_HEADER', rule: 'header-value', value: code.split(' ')[0] });
    t.match(error.message, `"X-A" has ${code}`);
  }
  t.match(
    thrown(() => readHeaders({ 'X-A': ['ok', 'a\n'] })),
    { rule: 'header-value' },
  );
});

t.test('the value of a refused header is not in the error: it may be a secret', async (t) => {
  const error = thrown(() => readHeaders({ Authorization: 'Bearer secret\n' }));
  t.notMatch(inspect(error), /secret/);
});

t.test('what is no string is refused by its name', async (t) => {
  for (const [value, type] of [
    [1, 'number'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, 'object'],
  ] as const) {
    const error = thrown(() => readHeaders({ 'X-A': value } as never));
    t.match(error, { code: 'WS_HANDSHAKE_HEADER', rule: 'header-value-type' });
    t.match(error.message, `"X-A" must be a string, not ${type}`);
  }
  for (const option of ['a: b', 5, true, null]) {
    t.match(
      thrown(() => readHeaders(option as never)),
      { code: 'WS_HANDSHAKE_HEADER', rule: 'headers-type' },
    );
  }
  for (const pair of ['ab', ['a'], [1, 'b'], 7]) {
    t.match(
      thrown(() => readHeaders([pair] as never)),
      { code: 'WS_HANDSHAKE_HEADER', rule: 'headers-type' },
    );
  }
});

t.test('RFC 9112 3.2, RFC 6454 7.3: Host, Origin and Authorization have one value', async (t) => {
  for (const name of ['Host', 'origin', 'Authorization']) {
    t.match(
      thrown(() => readHeaders({ [name]: ['a', 'b'] })),
      { code: 'WS_HANDSHAKE_HEADER', rule: 'header-single' },
    );
    t.match(
      thrown(() => readHeaders({ [name]: [] })),
      { code: 'WS_HANDSHAKE_HEADER', rule: 'header-single' },
    );
    t.equal(readHeaders({ [name]: 'a' }).size, 1);
  }
});

t.test('formatHead: a given value stands where ours stood, other names follow', async (t) => {
  const own = '\r\nHost: h\r\nUpgrade: websocket';
  const given = readHeaders({ 'X-A': ['1', '2'], HOST: 'other' });
  t.equal(
    formatHead(`GET / HTTP/1.1${own}`, given),
    'GET / HTTP/1.1\r\nHost: other\r\nUpgrade: websocket\r\nX-A: 1\r\nX-A: 2\r\n\r\n',
  );
  t.equal(formatHead(`S${own}`, readHeaders({})), 'S\r\nHost: h\r\nUpgrade: websocket\r\n\r\n');
  t.equal(formatHead(`S${own}`, readHeaders({ upgrade: [] }, new Set())), 'S\r\nHost: h\r\n\r\n');
  t.equal(formatHead('S', readHeaders()), 'S\r\n\r\n');
});
