import t from 'tap';
import { TlsError } from '../../src/tls/error.js';
import {
  isKeyword,
  keywordOf,
  nearestKeyword,
  notAKeyword,
  OPENSSL_CODES,
  parseIgnore,
  SSL_ERROR_KEYWORDS,
} from '../../src/tls/keyword.js';

t.test('there are 25 keywords, each once', async (t) => {
  t.equal(SSL_ERROR_KEYWORDS.length, 25);
  t.equal(new Set(SSL_ERROR_KEYWORDS).size, 25);
});

t.test('keywordOf', async (t) => {
  t.equal(keywordOf('CERT_HAS_EXPIRED'), 'CertificateExpired');
  t.equal(keywordOf('DEPTH_ZERO_SELF_SIGNED_CERT'), 'SelfSignedCertificate');
  t.equal(keywordOf('SELF_SIGNED_CERT_IN_CHAIN'), 'SelfSignedCertificateInChain');
  t.equal(keywordOf('INVALID_CA'), 'InvalidCaCertificate');
  t.equal(keywordOf('HOSTNAME_MISMATCH'), 'UnspecifiedError', "OpenSSL's own host check is not Qt's");
  for (const other of ['UNSPECIFIED', 'EE_KEY_TOO_SMALL', '', '__proto__', 'constructor', 'cert_has_expired']) {
    t.equal(keywordOf(other), 'UnspecifiedError', other);
  }
});

t.test('the table names each code once, and only keywords', async (t) => {
  t.equal(new Set(OPENSSL_CODES.map(([code]) => code)).size, OPENSSL_CODES.length);
  t.equal(new Set(OPENSSL_CODES.map(([, number]) => number)).size, OPENSSL_CODES.length);
  for (const [code, , keyword] of OPENSSL_CODES) {
    t.ok(isKeyword(keyword), code);
    t.equal(keywordOf(code), keyword);
  }
  t.equal(new Set(OPENSSL_CODES.map(([, , keyword]) => keyword)).size, 19, '18 kinds of Qt and UnspecifiedError');
});

t.test('isKeyword', async (t) => {
  t.ok(isKeyword('CertificateExpired'));
  for (const value of ['certificateexpired', 'toString', '__proto__', '', undefined, null, 1, ['CertificateExpired']]) {
    t.notOk(isKeyword(value), String(value));
  }
});

t.test('nearestKeyword', async (t) => {
  t.equal(nearestKeyword('CertificateExpire'), 'CertificateExpired');
  t.equal(nearestKeyword('certificateExpired'), 'CertificateExpired');
  t.equal(nearestKeyword('Expired'), 'CertificateExpired');
  t.equal(nearestKeyword('HostnameMissmatch'), 'HostNameMismatch');
  t.equal(nearestKeyword('SelfSigned'), 'SelfSignedCertificate');
  t.equal(nearestKeyword('SelfSignedCertificateinchain'), 'SelfSignedCertificateInChain');
  t.equal(nearestKeyword('CERT_HAS_EXPIRED'), 'CertificateExpired', "Node's code");
  t.equal(nearestKeyword('X509_V_ERR_INVALID_CA'), 'InvalidCaCertificate', "OpenSSL's constant");
  t.equal(nearestKeyword('ERR_TLS_CERT_ALTNAME_INVALID'), 'HostNameMismatch');
  t.ok(isKeyword(nearestKeyword('')));
  for (const keyword of SSL_ERROR_KEYWORDS) t.equal(nearestKeyword(keyword), keyword);
});

t.test('nearestKeyword looks at the beginning of a long name only', async (t) => {
  t.equal(
    nearestKeyword(`CertificateExpired${' '.repeat(1e7)}`),
    nearestKeyword(`CertificateExpired${' '.repeat(46)}`),
  );
});

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

t.test('a long or hostile name is cut and escaped in the text', async (t) => {
  const text = notAKeyword(`\u001b[2J${'x'.repeat(1e6)}`);
  t.ok(text.length < 200);
  t.match(text, /^"\\u001b\[2Jx+\.\.\." is not/);
});
