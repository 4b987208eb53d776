import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { connect, createServer } from 'node:tls';
import t from 'tap';
import { explainHandshakeFailure, handshakeFailed } from '../../src/tls/handshake-failure.js';
import { pem } from '../certs.js';

t.test('the codes of Node 20 and of later ones', async (t) => {
  const known: [code: string, text: RegExp][] = [
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /^the server asks for a client certificate/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not accept the client certificate/],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', /does not accept the client certificate/],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', /does not accept the client certificate/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /use ws: instead of wss:/],
    ['ERR_SSL_HTTP_REQUEST', /does not speak TLS/],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', /does not speak TLS/],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', /tls\.servername/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /tls\.minVersion/],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', /tls\.minVersion/],
    ['ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED', /tls\.secureOptions/],
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', /tls\.ALPNProtocols/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /tls\.ciphers/],
    ['ERR_SSL_DH_KEY_TOO_SMALL', /tls\.ciphers/],
    ['ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM', /tls\.sigalgs/],
    ['ECONNRESET', /ended the connection without a word/],
  ];
  for (const [code, text] of known) t.match(explainHandshakeFailure(code), text, code);
  for (const code of ['', 'ERR_SSL_SOMETHING', 'CERTIFICATE_REQUIRED_NOT', '__proto__']) {
    t.equal(explainHandshakeFailure(code), undefined, code);
  }
});

/** The code of the error that Node raises for a connection to a server with these options. */
async function codeOf(server: ReturnType<typeof createServer> | ReturnType<typeof createTcpServer>, options: object) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  socket.resume();
  const [error] = await once(socket, 'error');
  socket.destroy();
  server.close();
  return String(error.code);
}

t.test('live: what Node says for each', async (t) => {
  const secure = { cert: pem('server.pem'), key: pem('server.key') };
  const asking = createServer({ ...secure, requestCert: true, rejectUnauthorized: true, ca: pem('ca.pem') });
  t.match(explainHandshakeFailure(await codeOf(asking, { minVersion: 'TLSv1.3' })), /asks for a client certificate/);

  const plain = createTcpServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  t.match(explainHandshakeFailure(await codeOf(plain, {})), /does not speak TLS/);

  const old = createServer({ ...secure, maxVersion: 'TLSv1.2' });
  t.match(explainHandshakeFailure(await codeOf(old, { minVersion: 'TLSv1.3' })), /no TLS version in common/);

  const silent = createTcpServer((socket) => socket.on('error', () => {}).destroy());
  t.match(explainHandshakeFailure(await codeOf(silent, {})), /without a word/);
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
