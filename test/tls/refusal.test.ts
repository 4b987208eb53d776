import t from 'tap';
import { certificateRefused } from '../../src/tls/refusal.js';
import type { Verdict } from '../../src/tls/verdict.js';

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
