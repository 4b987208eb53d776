import t from 'tap';
import { DEFAULT_HEAD_LIMITS, limitsOf } from '../../src/handshake/limits.js';
import { thrown } from './support.js';

t.test('the defaults: head 16 KiB, 100 headers, line 8 KiB, body 64 KiB', async (t) => {
  const defaults = { maxHeadBytes: 16_384, maxHeaders: 100, maxLineBytes: 8_192, maxBodyBytes: 65_536 };
  t.same(DEFAULT_HEAD_LIMITS, defaults);
  t.same(limitsOf(), defaults);
  t.same(limitsOf({ maxBodyBytes: 0 }), { ...defaults, maxBodyBytes: 0 });
});

t.test('a limit that is no whole number is refused by its name', async (t) => {
  for (const name of Object.keys(DEFAULT_HEAD_LIMITS)) {
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      t.match(
        thrown(() => limitsOf({ [name]: value })),
        { code: 'WS_HANDSHAKE_OPTION', rule: name, value: String(value) },
      );
    }
  }
});
