import t from 'tap';
import { checkReconnectOptions, type ReconnectOptions } from '../../src/api/reconnect-options.js';

t.test('defaults', async (t) => {
  const settings = checkReconnectOptions();
  t.match(settings, { minDelayMs: 500, maxDelayMs: 30_000, factor: 2, resetAfterMs: 5000, maxRetryAfterMs: 300_000 });
  t.equal(settings.maxAttempts, Number.POSITIVE_INFINITY);
  t.equal(settings.random, Math.random);
  t.equal(settings.signal, undefined);
  t.strictSame(settings.connect, {});
});

t.test('the good value beside the bad one', async (t) => {
  const values: Record<string, { good: unknown[]; bad: unknown[] }> = {
    minDelayMs: { good: [0, 1, 2 ** 31 - 1], bad: [-1, 2 ** 31, Number.NaN, '1', null] },
    maxDelayMs: { good: [0, 1, 2 ** 31 - 1], bad: [-1, Number.POSITIVE_INFINITY, Number.NaN, '1'] },
    factor: { good: [1, 1.5, 1000], bad: [0.9, 1001, Number.NaN, '2'] },
    maxAttempts: { good: [1, 10, Number.POSITIVE_INFINITY], bad: [0, -1, Number.NaN, '3'] },
    resetAfterMs: { good: [0, 1, Number.POSITIVE_INFINITY], bad: [-1, Number.NaN, true] },
    maxRetryAfterMs: { good: [0, 1], bad: [-1, 2 ** 31, [], Number.NaN] },
    random: { good: [() => 0.5], bad: [0.5, null, 'random'] },
  };
  for (const [name, { good, bad }] of Object.entries(values)) {
    for (const value of good) {
      const settings = checkReconnectOptions({ [name]: value } as ReconnectOptions) as unknown as Record<
        string,
        unknown
      >;
      t.equal(settings[name], value, `${name}: ${value}`);
    }
    for (const value of bad) {
      const check = (): unknown => checkReconnectOptions({ [name]: value } as ReconnectOptions);
      t.throws(
        check,
        { code: 'WS_OPTION', message: new RegExp(`^option '${name}': .* is allowed$`) },
        `${name}: ${value}`,
      );
    }
  }
});

t.test('the options of connect() are checked before anything is dialed', async (t) => {
  t.throws(() => checkReconnectOptions({ timeoutMs: -1 }), { code: 'WS_OPTION', message: /timeoutMs/ });
  t.throws(() => checkReconnectOptions({ minDelay: 1 } as ReconnectOptions), {
    code: 'WS_OPTION',
    message: /minDelay/,
  });
  const { signal } = new AbortController();
  const settings = checkReconnectOptions({ signal, origin: 'x', factor: 3 });
  t.equal(settings.signal, signal);
  t.strictSame(settings.connect, { signal, origin: 'x' });
});
