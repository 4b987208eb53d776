import t from 'tap';
import { type ConnectOptions, checkOptions } from '../../src/api/options.js';

t.test('keepAlive', async (t) => {
  t.equal(checkOptions().keepAlive, undefined, 'no pings by default');
  t.strictSame(checkOptions({ keepAlive: {} }).keepAlive, { intervalMs: 30_000, timeoutMs: 10_000 });
  const given = { intervalMs: 0.5, timeoutMs: Number.POSITIVE_INFINITY };
  t.strictSame(checkOptions({ keepAlive: given }).keepAlive, given);
  for (const name of ['intervalMs', 'timeoutMs']) {
    for (const value of [0, -1, 2 ** 31, Number.NaN, '1000', null]) {
      const check = (): unknown => checkOptions({ keepAlive: { [name]: value } } as ConnectOptions);
      t.throws(check, { code: 'WS_OPTION', message: new RegExp(`'keepAlive\\.${name}': .* milliseconds`) }, `${value}`);
    }
  }
  for (const value of [true, 1000, null, 'on']) {
    const check = (): unknown => checkOptions({ keepAlive: value } as unknown as ConnectOptions);
    t.throws(
      check,
      { code: 'WS_OPTION', message: /'keepAlive': .*an object with intervalMs and timeoutMs/ },
      `${value}`,
    );
  }
  t.throws(() => checkOptions({ keepAlive: { interval: 1 } } as ConnectOptions), {
    code: 'WS_OPTION',
    message: "option 'keepAlive.interval' does not exist; there are intervalMs, timeoutMs",
  });
});

t.test('idleTimeoutMs', async (t) => {
  t.equal(checkOptions().idleTimeoutMs, Number.POSITIVE_INFINITY);
  for (const value of [1, 2 ** 31 - 1, Number.POSITIVE_INFINITY]) {
    t.equal(checkOptions({ idleTimeoutMs: value }).idleTimeoutMs, value);
  }
  for (const value of [0, -1, 2 ** 31, Number.NaN, '1000', null]) {
    const check = (): unknown => checkOptions({ idleTimeoutMs: value } as ConnectOptions);
    t.throws(check, { code: 'WS_OPTION', message: /'idleTimeoutMs'/ }, `${value}`);
  }
});

t.test('keylog', async (t) => {
  const keylog = (): void => {};
  t.equal(checkOptions().security.keylog, undefined);
  t.equal(checkOptions({ keylog }).security.keylog, keylog);
  t.equal(checkOptions({ keylog: 'env' }).security.keylog, 'env');
  t.throws(() => checkOptions({ keylog: 'keys.log' } as unknown as ConnectOptions), { code: 'WS_OPTION' });
});
