import t from 'tap';
import { handshakeFailed, TlsError } from '../../src/tls/error.js';

t.test('the fields and their defaults', async (t) => {
  const error = new TlsError('WS_TLS_OPTION', 'pin is wrong', { option: 'pin' });
  t.ok(error instanceof Error && error instanceof TlsError);
  t.equal(error.name, 'TlsError');
  t.equal(Object.hasOwn(error, 'name'), false);
  t.match(error.stack, /^TlsError: pin is wrong\n/);
  t.equal(Object.hasOwn(error, 'cause'), false);
  const { code, findings, chain, hostName, presentedNames, acceptedBy, reason, address, option } = error;
  t.same(
    { code, findings, chain, hostName, presentedNames, acceptedBy, reason, address, option },
    {
      code: 'WS_TLS_OPTION',
      findings: [],
      chain: [],
      hostName: null,
      presentedNames: [],
      acceptedBy: null,
      reason: 'pin is wrong',
      address: undefined,
      option: 'pin',
    },
  );
});

t.test('handshakeFailed', async (t) => {
  const cause = Object.assign(new Error('ssl: alert number 116'), {
    code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  });
  const error = handshakeFailed(cause, 'a.example', '10.0.0.1:443');
  t.equal(error.code, 'WS_TLS_HANDSHAKE');
  t.equal(error.cause, cause);
  t.equal(error.hostName, 'a.example');
  t.equal(error.address, '10.0.0.1:443');
  t.equal(
    error.message,
    'TLS with a.example (10.0.0.1:443) failed (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED): ' +
      'the server asks for a client certificate: give sslConfig, or tls.cert and tls.key',
  );
  const other = handshakeFailed(new Error('odd\u001b'), 'a.example');
  t.equal(other.message, 'TLS with a.example failed (no code): odd\\u{1b}');
  t.equal(other.reason, 'odd\\u{1b}');
  t.equal(handshakeFailed('text', 'a').message, 'TLS with a failed (no code): text');
  t.equal(handshakeFailed(Object.assign(new Error('x'), { code: 7 }), 'a').message, 'TLS with a failed (no code): x');
});
