import t from 'tap';
import { certificateRefused, handshakeFailed, TlsError } from '../../src/tls/error.js';
import type { Verdict } from '../../src/tls/verdict.js';

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

const facts = { hostName: 'a.example', presentedNames: ['b.example'], ignore: [] as const, now: 0 };
const refused: Verdict = {
  accepted: false,
  findings: [{ keyword: 'HostNameMismatch', opensslCode: '', depth: 0, certificate: null }],
  chain: [],
  acceptedBy: ['HostNameMismatch'],
  refusal: { kind: 'findings', detail: '' },
};

t.test('certificateRefused', async (t) => {
  const cause = new Error('of Node');
  const error = certificateRefused(refused, { ...facts, address: '10.0.0.1:443' }, cause);
  t.equal(error.code, 'WS_TLS_CERTIFICATE');
  t.equal(error.findings, refused.findings);
  t.equal(error.chain, refused.chain);
  t.equal(error.hostName, 'a.example');
  t.same(error.presentedNames, ['b.example']);
  t.same(error.acceptedBy, ['HostNameMismatch']);
  t.equal(error.reason, 'there is 1 SSL error, which ignoreSslErrors does not cover');
  t.equal(error.address, '10.0.0.1:443');
  t.equal(error.cause, cause);
  t.equal(
    error.message,
    [
      'a.example (10.0.0.1:443) was refused: there is 1 SSL error, which ignoreSslErrors does not cover',
      '  HostNameMismatch: the certificate is for b.example, not for a.example; ' +
        'connect by one of its names or give one as tls.servername, or list HostNameMismatch',
      'To accept this very connection, and anybody who can show the same errors:',
      "  ignoreSslErrors: ['HostNameMismatch']",
    ].join('\n'),
  );
});

t.test('a pin that did not match has a code of its own', async (t) => {
  const detail = 'the certificate is none of the pinned ones';
  const error = certificateRefused(
    { ...refused, findings: [], acceptedBy: null, refusal: { kind: 'pin', detail } },
    facts,
  );
  t.equal(error.code, 'WS_TLS_PIN');
  t.equal(error.reason, detail);
  t.equal(error.address, undefined);
  t.equal(error.message, `a.example was refused: ${detail}\nNo ignoreSslErrors list accepts this connection.`);
  t.equal(error.cause, undefined);
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
