import type { TLSSocket } from 'node:tls';
import t from 'tap';
import { judgeSocket, loadJudge } from '../../src/api/judge.js';
import { checkSecurity, needsJudge } from '../../src/api/secure.js';
import { pinOf } from '../../src/tls/index.js';
import { certificate, pem } from '../certs.js';

const url = { host: 'localhost' };
const leaf = certificate('server');

/** A socket of which Node says this. */
function socketWith(values: Partial<Record<keyof TLSSocket, unknown>>): TLSSocket {
  const socket = {
    authorized: true,
    authorizationError: null,
    getPeerX509Certificate: () => leaf,
    isSessionReused: () => false,
    getProtocol: () => 'TLSv1.3',
    getCipher: () => ({ standardName: 'TLS_AES_128_GCM_SHA256' }),
    ...values,
  };
  return socket as unknown as TLSSocket;
}

const ca = pem('ca.pem');
const expired = socketWith({
  authorized: false,
  authorizationError: 'CERT_HAS_EXPIRED',
  getPeerX509Certificate: () => certificate('expired'),
});

// The first test: nobody has loaded the judge yet.
t.test('a clean connection is accepted at once; the reason of a refusal takes a while', async (t) => {
  const report = judgeSocket(socketWith({}), url, checkSecurity({}), undefined);
  t.match(report, {
    findings: [],
    acceptedBy: [],
    hostName: 'localhost',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    text: '',
    chain: [{ subject: /CN=/, fingerprint256: leaf.fingerprint256 }],
  });
  t.notOk(report instanceof Promise);
  if (report instanceof Promise) return;
  t.ok(report.presentedNames.includes('localhost'));
  t.equal(report.chain, report.chain, 'read once');
  t.equal(report.presentedNames, report.presentedNames, 'read once');
  const refused = judgeSocket(expired, url, checkSecurity({}), '192.0.2.1:443');
  t.ok(refused instanceof Promise);
  await t.rejects(Promise.resolve(refused), { code: 'WS_TLS_CERTIFICATE', address: '192.0.2.1:443' });
});

t.test('with options that may accept it, the judge is loaded before, and judges at once', async (t) => {
  t.equal(needsJudge(checkSecurity({})), false);
  t.equal(needsJudge(checkSecurity({ ignoreSslErrors: [] })), false);
  const all = checkSecurity({ ignoreSslErrors: 'all', tls: { ca } });
  const pinned = checkSecurity({ pin: [pinOf(leaf).publicKey] });
  for (const security of [all, pinned, checkSecurity({ ignoreSslErrors: ['CertificateExpired'] })]) {
    t.equal(needsJudge(security), true);
  }
  await loadJudge();
  t.match(judgeSocket(expired, url, all, undefined), {
    findings: [{ keyword: 'CertificateExpired' }],
    text: /^CertificateExpired/,
  });
  t.match(judgeSocket(socketWith({}), url, pinned, undefined), { findings: [], acceptedBy: [] });
  const other = checkSecurity({ pin: [pinOf(certificate('ca')).publicKey] });
  t.throws(() => judgeSocket(socketWith({}), url, other, undefined), { code: 'WS_TLS_PIN' });
});

t.test('what cannot be told about a connection is refused', async (t) => {
  const unknown = Object.assign(new Error('x'), { code: 'ERR_OF_TOMORROW' });
  for (const authorizationError of ['ERR_OF_TOMORROW', unknown, new Error('x'), undefined, null]) {
    const socket = socketWith({
      authorized: false,
      authorizationError,
      getPeerX509Certificate: () => undefined,
      getProtocol: () => null,
      getCipher: () => undefined,
    });
    const error = { name: 'TlsError', code: 'WS_TLS_CERTIFICATE', presentedNames: [], address: undefined };
    for (const ignoreSslErrors of [[], ['SelfSignedCertificate'], 'all']) {
      await t.rejects(async () => judgeSocket(socket, url, checkSecurity({ ignoreSslErrors }), undefined), error);
    }
  }
});
