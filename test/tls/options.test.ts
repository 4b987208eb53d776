import { createSecureContext } from 'node:tls';
import t from 'tap';
import { TlsError } from '../../src/tls/error.js';
import { parseTlsOptions } from '../../src/tls/options.js';
import { pem } from '../certs.js';

const ca = pem('ca.pem');

t.test('what passes', async (t) => {
  t.same(parseTlsOptions(undefined), {});
  t.same(parseTlsOptions({}), {});
  const all = {
    servername: 'a.example',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: 'DEFAULT@SECLEVEL=1',
    ecdhCurve: 'P-256:P-384',
    sigalgs: 'ECDSA+SHA256',
    honorCipherOrder: true,
    minDHSize: 2048,
    secureOptions: 4,
    ALPNProtocols: ['http/1.1'],
    ca: [ca],
    extraCa: [ca, ca],
    cert: pem('client-ec.pem'),
    key: pem('client-ec.key'),
    passphrase: '',
  };
  t.same(parseTlsOptions(all), all);
  t.same(parseTlsOptions({ ca }), { ca: [ca] }, 'one text');
  t.same(parseTlsOptions({ ca: Buffer.from(ca), extraCa: [new TextEncoder().encode(ca)] }), {
    ca: [ca],
    extraCa: [ca],
  });
  t.same(parseTlsOptions({ cert: Buffer.from(ca) }), { cert: ca });
  t.same(parseTlsOptions({ servername: '' }), { servername: '' });
  t.same(parseTlsOptions({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }), {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
  });
  t.same(
    parseTlsOptions({ rejectUnauthorized: undefined, nonsense: undefined, ca: undefined }),
    {},
    'undefined is not given',
  );
});

t.test('the result is a copy without what was inherited', async (t) => {
  const given = Object.assign(Object.create({ rejectUnauthorized: false, ciphers: 'x' }), { ca: [ca] });
  const options = parseTlsOptions(given);
  given.ca.push('later');
  t.same(Object.keys(options), ['ca']);
  t.same(options.ca, [ca]);
  t.equal('rejectUnauthorized' in options, false);
});

/** The option and the text of the error. */
function refusal(value: unknown): [option: string | undefined, text: string] {
  try {
    parseTlsOptions(value);
  } catch (error) {
    if (error instanceof TlsError && error.code === 'WS_TLS_OPTION') return [error.option, error.message];
    throw error;
  }
  return [undefined, 'taken'];
}

t.test('options that would weaken the verdict are refused, whatever their value', async (t) => {
  const refused: [option: string, instead: RegExp][] = [
    ['rejectUnauthorized', /say with ignoreSslErrors/],
    ['checkServerIdentity', /tls\.servername, pin, or ignoreSslErrors: \['HostNameMismatch'\]/],
    ['allowPartialTrustChain', /use pin/],
    ['crl', /no support for revocation lists/],
    ['session', /a resumed session carries no certificate/],
    ['secureContext', /tls\.ca, tls\.cert, tls\.key/],
    ['secureProtocol', /use tls\.minVersion and tls\.maxVersion/],
    ['pfx', /openssl pkcs12 -in FILE/],
    ['pskCallback', /with a shared key there is no certificate/],
    ['privateKeyEngine', /use tls\.cert and tls\.key/],
    ['requestOCSP', /leave it out/],
    ['requestCert', /it is for servers/],
    ['isServer', /it is for servers/],
    ['host', /connecting is up to connect\(\)/],
    ['socket', /connecting is up to connect\(\)/],
    ['timeout', /connecting is up to connect\(\)/],
    ['enableTrace', /--trace-tls/],
  ];
  for (const [option, instead] of refused) {
    for (const value of [null, true, false, {}, ''])
      t.match(refusal({ ca, [option]: value }), [`tls.${option}`, instead]);
  }
});

t.test('names that do not exist', async (t) => {
  t.match(refusal({ servernam: 'x' }), [
    'tls.servernam',
    /does not exist; allowed are servername, minVersion, .*passphrase$/,
  ]);
  t.match(refusal(JSON.parse('{"__proto__":{"ca":1}}')), ['tls.__proto__', /does not exist/]);
  t.match(refusal({ constructor: 1 }), ['tls.constructor', /does not exist/]);
  t.ok(refusal({ ['x'.repeat(1e6)]: 1 })[1].length < 400);
  for (const value of [null, true, 'ca', [], 1]) t.match(refusal(value), ['tls', /must be an object of options/]);
});

t.test('values of a wrong form', async (t) => {
  const wrong: [option: string, value: unknown, text: RegExp][] = [
    ['servername', 1, /must be a string, not of type number/],
    ['servername', '127.0.0.1', /must be a DNS name/],
    ['servername', '::1', /must be a DNS name/],
    ['servername', '[::1]', /must be a DNS name/],
    ['servername', 'a.', /must be a DNS name/],
    ['servername', 'a\0b', /must not hold a NUL/],
    ['minVersion', 'TLSv1.4', /must be one of 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'/],
    ['maxVersion', 1.2, /must be one of/],
    ['ciphers', '', /must not be empty/],
    ['ciphers', ['A'], /must be a string/],
    ['ciphers', 'ALL:@SECLEVEL=0', /security level to 0/],
    ['ciphers', 'ALL:@SECLEVEL=3', /security level to 3, allowed are 1 and 2/],
    ['ciphers', 'ALL:@SECLEVEL=20', /security level to 20/],
    ['ciphers', 'DEFAULT@SECLEVEL=2:@SECLEVEL=0:A', /security level to 0/],
    ['ecdhCurve', '', /must not be empty/],
    ['sigalgs', null, /must be a string/],
    ['honorCipherOrder', 1, /must be true or false/],
    ['minDHSize', -1, /must be an integer from 0/],
    ['minDHSize', 0, /must be above 0/],
    ['minDHSize', 1.5, /must be an integer/],
    ['secureOptions', 2 ** 32, /must be an integer/],
    ['secureOptions', '4', /must be an integer/],
    ['ALPNProtocols', 'http/1.1', /must be an array of 1 to 32/],
    ['ALPNProtocols', [], /must be an array of 1 to 32/],
    ['ALPNProtocols', new Array(33).fill('a'), /must be an array of 1 to 32/],
    ['ALPNProtocols', [''], /1 to 255 bytes/],
    ['ALPNProtocols', ['ü'.repeat(128)], /1 to 255 bytes/],
    ['ALPNProtocols', [1], /must be a string/],
    ['ALPNProtocols', ['http/1.1', 'h2'], /HTTP\/1\.1/],
    ['ca', [], /must not be an empty array/],
    ['ca', '', /holds no certificate/],
    ['ca', 'ca.pem', /holds no certificate/],
    ['ca', {}, /must be PEM text or its bytes/],
    ['ca', ca.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), /openssl x509 -in FILE/],
    ['extraCa', pem('ca.key'), /holds no certificate/],
    ['cert', [ca], /must be one PEM text, not an array/],
    ['key', { pem: 'x' }, /must be PEM text or its bytes, not of type object/],
    ['passphrase', Buffer.from('x'), /must be a string/],
  ];
  for (const [option, value, text] of wrong) t.match(refusal({ [option]: value }), [`tls.${option}`, text], option);
  t.match(refusal({ ca: [ca, ''] }), ['tls.ca[1]', /holds no certificate/]);
  t.match(refusal({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }), ['tls.minVersion', /above tls\.maxVersion/]);
});

t.test('node:tls takes what passes', async (t) => {
  const options = parseTlsOptions({
    minVersion: 'TLSv1.2',
    ciphers: 'DEFAULT@SECLEVEL=1',
    ecdhCurve: 'P-256:P-384',
    sigalgs: 'ECDSA+SHA256',
    honorCipherOrder: true,
    secureOptions: 4,
    ca: Buffer.from(ca),
    cert: pem('client-ec.pem'),
    key: pem('client-ec-encrypted.key'),
    passphrase: 'secret',
  });
  const { ca: anchors = [], ALPNProtocols: _, extraCa: __, ...rest } = options;
  t.ok(createSecureContext({ ...rest, ca: [...anchors] }).context);
});
