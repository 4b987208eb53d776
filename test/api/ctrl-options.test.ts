import t from 'tap';
import { type CtrlOptions, toConnectOptions, toMilliseconds } from '../../src/api/ctrl-options.js';
import { pem } from '../certs.js';

/** The text of the argument error. */
function refusal(options: unknown): string {
  try {
    toConnectOptions(options as CtrlOptions);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ARGUMENT') return error.message;
    throw error;
  }
  return 'taken';
}

t.test('exactly four options', async (t) => {
  const sslConfig = {
    localCertificate: pem('client-ec.pem'),
    privateKey: { key: pem('client-ec.key'), algorithm: 'EC' as const },
  };
  t.same(toConnectOptions({ headers: { 'X-A': '1' }, timeout: 2.5, ignoreSslErrors: true, sslConfig }), {
    headers: { 'X-A': '1' },
    timeoutMs: 2500,
    ignoreSslErrors: 'all',
    sslConfig,
  });
  const nothing = { ignoreSslErrors: [], timeoutMs: Number.POSITIVE_INFINITY };
  t.same(toConnectOptions(), nothing);
  t.same(toConnectOptions({}), nothing);
  t.match(
    refusal({ timeoutMs: 5 }),
    "option 'timeoutMs' does not exist; there are headers, timeout, ignoreSslErrors, sslConfig",
  );
  t.match(refusal(JSON.parse('{"__proto__":1}')), "option '__proto__' does not exist");
  t.match(refusal({ Timeout: undefined }), "option 'Timeout' does not exist");
  for (const [options, shown] of [
    [null, 'null'],
    [5, '5'],
    ['x', '"x"'],
    [[], 'an array'],
    [() => 0, 'a value of type function'],
  ]) {
    t.equal(refusal(options), `options: a mapping is allowed, ${shown} was given`);
  }
});

t.test('ignoreSslErrors', async (t) => {
  const ignoredBy = (ignoreSslErrors: unknown): unknown => toConnectOptions({ ignoreSslErrors }).ignoreSslErrors;
  for (const all of [true, [], 1, 0, '', 'yes', {}, new Set(['SelfSignedCertificate'])]) t.equal(ignoredBy(all), 'all');
  t.same(ignoredBy(['SelfSignedCertificate']), ['SelfSignedCertificate']);
  t.same(ignoredBy(undefined), [], 'as if it were not given');
  const text =
    'would ignore ALL errors; leave the option out to ignore none, write true to ignore all, or list the errors';
  t.match(refusal({ ignoreSslErrors: false }), `ignoreSslErrors: false ${text}`);
  t.match(refusal({ ignoreSslErrors: null }), `ignoreSslErrors: null ${text}`);
  t.match(refusal({ ignoreSslErrors: 'SelfSignedCertificate' }), "write ['SelfSignedCertificate']");
});

t.test('times are in seconds', async (t) => {
  t.equal(toMilliseconds('timeout', 0.5), 500);
  t.equal(toMilliseconds('timeout', 2147483), 2147483000);
  const long = 'x'.repeat(10_000);
  for (const [seconds, shown] of [
    [0, '0'],
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [2147484, '2147484'],
    ['1', '"1"'],
    [null, 'null'],
    [true, 'true'],
    [{}, 'a value of type object'],
    [5n, 'a value of type bigint'],
    [Symbol('s'), 'a value of type symbol'],
    [long, `"${'x'.repeat(80)}"`],
  ] as const) {
    t.throws(() => toMilliseconds('timeout', seconds), {
      name: 'CtrlError',
      code: 'ARGUMENT',
      message: `timeout: a number of seconds above 0, up to 2147483, is allowed, ${shown} was given`,
    });
  }
  t.match(refusal({ timeout: 5n }), 'a value of type bigint was given');
});
