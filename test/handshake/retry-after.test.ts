import t from 'tap';
import { parseRetryAfter } from '../../src/handshake/retry-after.js';

// RFC 9110 5.6.7: the same moment in its three forms.
const MOMENT = Date.UTC(1994, 10, 6, 8, 49, 37);
const FORMS = ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'];

t.test('seconds', async (t) => {
  t.equal(parseRetryAfter('120', MOMENT), 120_000, 'RFC 9110 10.2.3');
  t.equal(parseRetryAfter('0', MOMENT), 0);
  t.equal(parseRetryAfter('9'.repeat(400), MOMENT), 2 ** 31 - 1, 'not more than a timer takes');
});

t.test('a date, whatever the time zone of this machine is', async (t) => {
  for (const form of FORMS) {
    t.equal(parseRetryAfter(form, MOMENT - 5000), 5000, form);
    t.equal(parseRetryAfter(form, MOMENT + 5000), 0, 'past');
  }
  t.equal(parseRetryAfter('Fri, 31 Dec 1999 23:59:59 GMT', MOMENT), 2 ** 31 - 1, 'RFC 9110 10.2.3, far away');
});

t.test('what is neither', async (t) => {
  const values = [
    null,
    '',
    '-1',
    '1.5',
    '0x10',
    '1e3',
    'soon',
    '6 Nov 1994',
    'Sun, 06 Nov 1994 08:49:37 PST',
    '120, 120',
  ];
  for (const value of [...values, 'Sun, 06 Nuv 1994 08:49:37 GMT'])
    t.equal(parseRetryAfter(value, MOMENT), undefined, `${value}`);
});
