import assert from 'node:assert/strict';
import { pem } from '../certificates.js';
import { connect, type Ignore, type SslErrorKeyword, TlsError } from '../ours.js';
import type { Target, TlsWay } from '../target.js';
import { refusal } from './handshake.js';

/** Only for what is reached by TLS. */
export interface TlsScenario {
  readonly name: string;
  run(tls: TlsWay, target: Target): Promise<void>;
}

async function tlsError(attempt: Promise<unknown>): Promise<TlsError> {
  const error = await attempt.then(
    () => assert.fail('the certificate was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TlsError, String(error));
  assert.equal(error.code, 'WS_TLS_CERTIFICATE');
  return error;
}

const keywords = (findings: readonly { readonly keyword: SslErrorKeyword }[]): SslErrorKeyword[] =>
  findings.map(({ keyword }) => keyword);

async function trusted({ trustedUrl }: TlsWay): Promise<void> {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const ws = await connect(trustedUrl('/echo'), {
      tls: { ca: pem('ca.pem'), minVersion: version, maxVersion: version },
    });
    assert.deepEqual(ws.tls?.findings, []);
    assert.equal(ws.tls?.protocol, version);
    await ws.close();
  }
}

/** The error names the list that accepts the connection. */
async function untrusted({ trustedUrl }: TlsWay): Promise<void> {
  const { acceptedBy, findings } = await tlsError(connect(trustedUrl('/echo')));
  assert.ok(acceptedBy !== null && acceptedBy.length > 0);
  const ws = await connect(trustedUrl('/echo'), { ignoreSslErrors: acceptedBy });
  assert.deepEqual(keywords(ws.tls?.findings ?? []), keywords(findings));
  await ws.close();
}

async function selfSigned({ selfSignedUrl }: TlsWay): Promise<void> {
  const url = selfSignedUrl('/echo');
  for (const ignoreSslErrors of [undefined, [], ['HostNameMismatch', 'CertificateExpired']] as const) {
    const error = await tlsError(connect(url, { ...(ignoreSslErrors && { ignoreSslErrors }) }));
    assert.deepEqual(keywords(error.findings), ['SelfSignedCertificate']);
    assert.deepEqual(error.acceptedBy, ['SelfSignedCertificate']);
  }
  const accepting: readonly Ignore[] = [['SelfSignedCertificate'], 'all'];
  for (const ignoreSslErrors of accepting) {
    const ws = await connect(url, { ignoreSslErrors });
    assert.deepEqual(keywords(ws.tls?.findings ?? []), ['SelfSignedCertificate']);
    await ws.send('hello');
    assert.equal(await ws.receive(), 'hello');
    await ws.close();
  }
}

async function ownPages({ kind }: TlsWay, target: Target): Promise<void> {
  for (const { path, status, body } of kind.pages) {
    const error = await refusal(target, path);
    assert.equal(error.status, status);
    assert.match(String(error.body), body);
    assert.equal(error.bodyTruncated, false);
  }
}

export const TLS: readonly TlsScenario[] = [
  { name: 'a certificate of a trusted authority, TLS 1.2 and 1.3', run: trusted },
  { name: 'an authority that is not trusted', run: untrusted },
  { name: 'a self-signed certificate', run: selfSigned },
  { name: "the proxy's own error pages", run: ownPages },
];
