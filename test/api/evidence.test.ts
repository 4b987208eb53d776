import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import t from 'tap';
import { evidenceOf, type SocketEvidence } from '../../src/api/evidence.js';
import { checkSecurity } from '../../src/api/secure.js';
import { certificate } from '../certs.js';

/** What is told of a socket of which Node says this. */
function evidenceWith(values: Partial<Record<keyof TLSSocket, unknown>>, options = {}): SocketEvidence {
  const socket = {
    authorized: true,
    getPeerX509Certificate: () => certificate('server'),
    isSessionReused: () => false,
    getProtocol: () => 'TLSv1.3',
    getCipher: () => ({ standardName: 'TLS_AES_128_GCM_SHA256' }),
    ...values,
  };
  return evidenceOf(socket as unknown as TLSSocket, { host: 'device' }, checkSecurity(options), '192.0.2.1:443');
}

t.test('the facts of a socket', async (t) => {
  const before = Date.now();
  const evidence = evidenceWith({});
  t.match(evidence, {
    authorizationError: null,
    hostName: 'device',
    resumed: false,
    address: '192.0.2.1:443',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
  });
  t.ok(evidence.time >= before && evidence.time <= Date.now());
  t.equal(evidenceWith({ getCipher: () => undefined }).cipher, '');
});

t.test('the name that the certificate has to be for', async (t) => {
  t.equal(evidenceWith({}, { tls: { servername: 'other.example' } }).hostName, 'other.example');
  t.equal(evidenceWith({}, { tls: { servername: '' } }).hostName, 'device', 'no SNI does not mean no name');
});

t.test("Node's error of the chain: anything that cannot be told counts as unknown", async (t) => {
  for (const [authorizationError, told] of [
    ['CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED'],
    [Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [new Error('x'), 'UNSPECIFIED'],
    [undefined, 'UNSPECIFIED'],
    [null, 'UNSPECIFIED'],
    ['', ''],
  ]) {
    const evidence = evidenceWith({ authorized: false, authorizationError });
    t.equal(evidence.authorizationError, told, String(authorizationError));
    t.not(evidence.authorizationError, null, 'which would be none');
  }
});

t.test('the certificates, as they were sent, and no endless chain', async (t) => {
  const [leaf, ca] = [{}, {}] as [{ issuerCertificate?: object }, { issuerCertificate?: object }];
  leaf.issuerCertificate = ca;
  const sent = evidenceWith({ getPeerX509Certificate: () => leaf }).sent as readonly object[];
  t.ok(sent.length === 2 && sent[0] === leaf && sent[1] === ca);
  t.same(evidenceWith({ getPeerX509Certificate: () => undefined }).sent, []);
  ca.issuerCertificate = leaf;
  const endless: readonly X509Certificate[] = evidenceWith({ getPeerX509Certificate: () => leaf }).sent;
  t.equal(endless.length, 102, 'one more than the verdict takes');
});
