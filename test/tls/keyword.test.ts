import t from 'tap';
import {
  isKeyword,
  keywordOf,
  nearestKeyword,
  notAKeyword,
  OPENSSL_CODES,
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

t.test('a long or hostile name is cut and escaped in the text', async (t) => {
  const text = notAKeyword(`\u001b[2J${'x'.repeat(1e6)}`);
  t.ok(text.length < 200);
  t.match(text, /^"\\u001b\[2Jx+\.\.\." is not/);
});
