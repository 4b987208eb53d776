import t from 'tap';
import { checkCompression } from '../../src/api/compression-options.js';

t.test('what comes of the option', async (t) => {
  t.equal(checkCompression(undefined), null);
  t.equal(checkCompression(false), null);
  t.same(checkCompression(true), {});
  const given = { threshold: 0, level: 0, memLevel: 1, clientMaxWindowBits: false, serverNoContextTakeover: true };
  const checked = checkCompression(given);
  t.same(checked, given);
  t.not(checked, given, 'a copy: what the caller changes later is not checked');
});

t.test('every value is checked', async (t) => {
  const wrong: [value: unknown, message: RegExp][] = [
    [null, /option 'perMessageDeflate': true, false or an object/],
    ['yes', /option 'perMessageDeflate'/],
    [1, /option 'perMessageDeflate'/],
    [[], /option 'perMessageDeflate'/],
    [{ treshold: 1 }, /'perMessageDeflate.treshold' does not exist; there are threshold, level/],
    [{ threshold: -1 }, /perMessageDeflate.threshold': -1 given, a whole number of bytes from 0 on is allowed/],
    [{ threshold: 1.5 }, /threshold/],
    [{ threshold: '5' }, /threshold': "5" given/],
    [{ level: 10 }, /level': 10 given, a whole number from 0 to 9 is allowed/],
    [{ level: -1 }, /level/],
    [{ level: Number.NaN }, /level': NaN given/],
    [{ memLevel: 0 }, /memLevel': 0 given, a whole number from 1 to 9/],
    [{ clientMaxWindowBits: 7 }, /clientMaxWindowBits': 7 given, a whole number from 8 to 15, or false, is allowed/],
    [{ clientMaxWindowBits: true }, /clientMaxWindowBits': true given/],
    [{ serverMaxWindowBits: 16 }, /serverMaxWindowBits': 16 given, a whole number from 8 to 15 is allowed/],
    [{ serverMaxWindowBits: false }, /serverMaxWindowBits': false given/],
    [{ serverMaxWindowBits: {} }, /serverMaxWindowBits': an object given/],
    [{ clientNoContextTakeover: 1 }, /clientNoContextTakeover': 1 given, true or false is allowed/],
    [{ serverNoContextTakeover: null }, /serverNoContextTakeover': an object given/],
    [JSON.parse('{"__proto__": 1}'), /'perMessageDeflate.__proto__' does not exist/],
  ];
  for (const [value, message] of wrong) {
    t.throws(() => checkCompression(value), { code: 'WS_OPTION', message }, JSON.stringify(value));
  }
});
