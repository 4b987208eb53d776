import t from 'tap';
import { checkSecurity } from '../../src/api/secure.js';
import { loadTls, tlsLayer, waitsForTls } from '../../src/api/tls-loader.js';

t.test('what speaks TLS is loaded once; a judge is waited for wherever there may be something to judge', async (t) => {
  const plain = checkSecurity({});
  const lenient = checkSecurity({ ignoreSslErrors: ['CertificateExpired'] });
  t.equal(waitsForTls(plain), true);
  t.throws(() => tlsLayer(), /before it was loaded/);
  await loadTls(plain);
  t.equal(waitsForTls(plain), false);
  t.type(tlsLayer().connectTls, 'function');
  t.equal(waitsForTls(lenient), true);
  const layer = tlsLayer();
  await loadTls(lenient);
  t.equal(tlsLayer(), layer);
});
