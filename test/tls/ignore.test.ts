import t from 'tap';
import { TlsError } from '../../src/tls/error.js';
import { parseIgnore } from '../../src/tls/ignore.js';

t.test('parseIgnore takes all, lists, and nothing', async (t) => {
  t.equal(parseIgnore('all'), 'all');
  t.same(parseIgnore(undefined), []);
  t.same(parseIgnore([]), [], 'an empty list ignores nothing');
  t.same(parseIgnore(['HostNameMismatch', 'CertificateExpired', 'HostNameMismatch']), [
    'HostNameMismatch',
    'CertificateExpired',
  ]);
  const list = ['CertificateExpired'];
  const parsed = parseIgnore(list);
  list.push('HostNameMismatch');
  t.same(parsed, ['CertificateExpired'], 'what is done to the array later does not count');
  t.ok(Object.isFrozen(parsed));
});

function refusal(value: unknown): string {
  try {
    parseIgnore(value);
  } catch (error) {
    if (error instanceof TlsError && error.code === 'WS_TLS_OPTION' && error.option === 'ignoreSslErrors') {
      return error.message;
    }
    throw error;
  }
  return 'taken';
}

t.test('parseIgnore refuses everything else and says what to write', async (t) => {
  t.match(
    refusal(true),
    /^ignoreSslErrors must not be true: allowed are 'all' or an array .*; instead of true write 'all'$/,
  );
  t.match(refusal(false), /must not be false: .*leave the option out$/);
  t.match(refusal(null), /must not be null: .*leave the option out$/);
  t.match(refusal('CertificateExpired'), /must not be a string: .*; write \['CertificateExpired'\]$/);
  t.match(refusal('All'), /"All" is not one of the 25 keywords/);
  t.match(refusal({ 0: 'CertificateExpired', length: 1 }), /must not be of type object: allowed/);
  t.match(refusal(new Set(['CertificateExpired'])), /must not be of type object/);
  t.match(
    refusal(['CertificateExpired', 'HostNameMismath']),
    /^ignoreSslErrors\[1\]: "HostNameMismath" is not one of the 25 keywords; the nearest is 'HostNameMismatch'$/,
  );
  t.match(refusal(['__proto__']), /\[0\]: "__proto__" is not one/);
  t.match(refusal([['CertificateExpired']]), /\[0\] must be a keyword, not of type object/);
  t.match(refusal([7]), /\[0\] must be a keyword, not 7/);
  t.match(refusal(new Array(1)), /\[0\] must be a keyword, not of type undefined/);
  t.match(refusal(['all']), /'all' stands alone/);
});
