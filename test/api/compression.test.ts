import t from 'tap';
import { agreeOn, checkCompression, deflaterOf, inflaterOf } from '../../src/api/compression.js';
import { formatExtensions, parseExtensions } from '../../src/handshake/index.js';

const offerOf = (value: unknown): string | null => {
  const checked = checkCompression(value);
  return checked && formatExtensions([checked.offer]);
};

t.test('what is offered', async (t) => {
  t.equal(offerOf(undefined), null);
  t.equal(offerOf(false), null);
  t.equal(offerOf(true), 'permessage-deflate; client_max_window_bits');
  t.equal(offerOf({}), 'permessage-deflate; client_max_window_bits');
  t.equal(offerOf({ clientMaxWindowBits: false }), 'permessage-deflate');
  t.equal(
    offerOf({ clientMaxWindowBits: 8, serverMaxWindowBits: 10 }),
    'permessage-deflate; server_max_window_bits=10; client_max_window_bits=8',
  );
  t.equal(
    offerOf({ clientNoContextTakeover: true, serverNoContextTakeover: true, clientMaxWindowBits: false }),
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  );
  t.match(checkCompression(true), { threshold: 1024, level: undefined, memLevel: undefined });
  t.match(checkCompression({ threshold: 0, level: 0, memLevel: 1 }), { threshold: 0, level: 0, memLevel: 1 });
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

t.test('what was agreed on, and who works by it', async (t) => {
  const asked = checkCompression({ threshold: 5, level: 1, clientMaxWindowBits: 12 });
  t.equal(agreeOn(null, []), null);
  t.equal(agreeOn(asked, []), null, 'not accepted');
  const agreed = agreeOn(asked, parseExtensions('permessage-deflate; client_max_window_bits=9'));
  t.match(agreed, { threshold: 5, level: 1, agreement: { clientMaxWindowBits: 9, serverMaxWindowBits: 15 } });
  if (agreed === null) throw new Error('nothing agreed');
  const payload = Buffer.from(deflaterOf(agreed).now(Buffer.from('Hello')));
  t.equal(inflaterOf(agreed).now(payload, 0, payload.length, 5), 5);
  const malformed = parseExtensions('permessage-deflate; server_max_window_bits=7');
  t.throws(() => agreeOn(asked, malformed), { code: 'WS_HANDSHAKE_EXTENSIONS' });
});
