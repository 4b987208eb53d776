import t from 'tap';
import { type ConnectOptions, checkOptions, checkWaitLimits, show } from '../../src/api/options.js';
import { MAX_FRAGMENTS, MAX_MESSAGE_BYTES } from '../../src/frames/index.js';
import { pem } from '../certs.js';

function refusal(options: unknown): string {
  try {
    checkOptions(options as ConnectOptions);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'taken';
}

t.test('the defaults', async (t) => {
  const { security, ...settings } = checkOptions();
  t.same(settings, {
    headers: undefined,
    protocols: [],
    origin: undefined,
    timeoutMs: 30_000,
    closeTimeoutMs: 10_000,
    signal: undefined,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxFragments: MAX_FRAGMENTS,
    compression: null,
    keepAlive: undefined,
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    proxy: null,
    maxRedirects: 0,
    socketOptions: {},
  });
  t.equal(checkOptions({}), checkOptions(), 'made once');
  t.equal(checkOptions(Object.create({ timeoutMs: 7 })).timeoutMs, 7, 'what is inherited counts');
  t.same(security, { ignore: [], pins: [], options: {}, certificate: null, keylog: undefined });
  t.equal(MAX_MESSAGE_BYTES, 16 * 1024 * 1024);
  t.equal(MAX_FRAGMENTS, 131_072);
});

t.test('every option', async (t) => {
  const { signal } = new AbortController();
  const given = {
    headers: { 'X-A': '1' },
    protocols: ['a', 'b'],
    origin: 'https://example.org',
    timeoutMs: 1.5,
    closeTimeoutMs: Number.POSITIVE_INFINITY,
    signal,
    maxMessageBytes: Number.MAX_SAFE_INTEGER,
    maxFragments: 1,
  };
  const { security, ...settings } = checkOptions({
    ...given,
    ignoreSslErrors: 'all',
    tls: { servername: 'x.example' },
  });
  t.match(settings, given);
  t.match(security, { ignore: 'all', options: { servername: 'x.example' } });
  t.same(checkOptions({ protocols: 'a' }).protocols, ['a']);
  t.match(checkOptions({ tls: { cert: pem('client-ec.pem'), key: pem('client-ec.key') } }).security.certificate, {
    cert: pem('client-ec.pem'),
  });
});

t.test('what makes no sense', async (t) => {
  const delay = 'a number of milliseconds above 0, up to 2147483647, or Infinity is allowed';
  const count = 'a whole number above 0 is allowed';
  for (const [options, message] of [
    [null, 'options: an object is expected'],
    ['x', 'options: an object is expected'],
    [{ timeout: 5 }, "option 'timeout' does not exist; there are headers, protocols, origin, timeoutMs"],
    [JSON.parse('{"__proto__":1}'), "option '__proto__' does not exist"],
    [{ constructor: undefined }, "option 'constructor' does not exist"],
    [{ protocols: 5 }, "option 'protocols': 5 given, a string or an array of strings is allowed"],
    [{ protocols: ['a', 5] }, "option 'protocols': an array given"],
    [{ origin: null }, "option 'origin': null given, a string is allowed"],
    [{ timeoutMs: 0 }, `option 'timeoutMs': 0 given, ${delay}`],
    [{ timeoutMs: -1 }, `option 'timeoutMs': -1 given, ${delay}`],
    [{ timeoutMs: Number.NaN }, `option 'timeoutMs': NaN given, ${delay}`],
    [{ timeoutMs: 2 ** 31 }, `option 'timeoutMs': 2147483648 given, ${delay}`],
    [{ closeTimeoutMs: '5' }, `option 'closeTimeoutMs': "5" given, ${delay}`],
    [{ signal: {} }, "option 'signal': a value of type object given, an AbortSignal is allowed"],
    [{ maxMessageBytes: 0 }, `option 'maxMessageBytes': 0 given, ${count}`],
    [{ maxMessageBytes: 2 ** 53 }, `option 'maxMessageBytes': 9007199254740992 given, ${count}`],
    [{ maxFragments: 1.5 }, `option 'maxFragments': 1.5 given, ${count}`],
    [{ maxFragments: 5n }, `option 'maxFragments': a value of type bigint given, ${count}`],
  ] as const) {
    t.match(refusal(options), `WS_OPTION ${message}`);
  }
  t.match(refusal({ ignoreSslErrors: ['SelfSigned'] }), /^WS_TLS_OPTION .*SelfSigned/);
  t.match(refusal({ ignoreSslErrors: true }), /^WS_TLS_OPTION /);
  t.match(refusal({ pin: 'x' }), /^WS_TLS_OPTION /);
  t.match(refusal({ sslConfig: 'x' }), /^WS_TLS_OPTION /);
  t.match(refusal({ tls: { rejectUnauthorized: false } }), /^WS_TLS_OPTION tls\.rejectUnauthorized/);
});

t.test('an empty list ignores nothing', async (t) => {
  t.same(checkOptions({ ignoreSslErrors: [] }).security.ignore, []);
});

t.test('the limits of a wait', async (t) => {
  const { signal } = new AbortController();
  t.same(checkWaitLimits(undefined), {});
  t.same(checkWaitLimits({}), { timeoutMs: Number.POSITIVE_INFINITY });
  t.same(checkWaitLimits({ timeoutMs: 5, signal }), { timeoutMs: 5, signal });
  t.throws(() => checkWaitLimits({ timeoutMs: 0 }), { code: 'WS_OPTION' });
  t.throws(() => checkWaitLimits('x' as never), { code: 'WS_OPTION', message: /"x" given, an object is allowed/ });
});

t.test('a value in an error text', async (t) => {
  t.same(['a"b', 5, true, null, undefined, [1], {}, 5n, Symbol('s'), () => 0].map(show), [
    '"a\\"b"',
    '5',
    'true',
    'null',
    'undefined',
    'an array',
    'a value of type object',
    'a value of type bigint',
    'a value of type symbol',
    'a value of type function',
  ]);
  t.equal(show('x'.repeat(1000)).length, 82);
});
