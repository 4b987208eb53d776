import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { connect, inspect, type TlsInspection } from '../../src/index.js';
import { certificate, pem } from '../certs.js';
import { httpProxy, target } from './dial-peers.js';
import { startPeer } from './raw-peer.js';

const server = (name: string): { cert: string; key: string } => ({ cert: pem(`${name}.pem`), key: pem(`${name}.key`) });

t.test('a certificate with several errors is reported, and refused by nobody', async (t) => {
  let requests = 0;
  const peer = await startPeer(t, () => {}, {
    tls: server('self-signed-expired-wrong-host'),
    answer: () => {
      requests++;
      return '';
    },
  });
  const inspection = await inspect(peer.url.replace('wss://', 'wss://user:secret@'));
  t.equal(inspection.url, peer.url);
  t.equal(inspection.address, `127.0.0.1:${peer.port}`);
  const tls = inspection.tls as TlsInspection;
  t.strictSame(
    tls.findings.map(({ keyword }) => keyword),
    ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired'],
  );
  t.strictSame(tls.acceptedBy, ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired']);
  t.equal(tls.accepted, false);
  t.equal(tls.hostName, '127.0.0.1');
  t.equal(tls.protocol, 'TLSv1.3');
  t.match(tls.cipher, /^TLS_/);
  const { subjectAltName, fingerprint256 } = certificate('self-signed-expired-wrong-host');
  t.strictSame(tls.presentedNames.map((name) => `DNS:${name}`).join(', '), subjectAltName);
  t.strictSame(
    tls.chain.map((each) => each.fingerprint256),
    [fingerprint256],
  );
  for (const text of [
    'CertificateExpired: ',
    'SelfSignedCertificate: ',
    'HostNameMismatch: ',
    fingerprint256,
    'TLSv1.3',
  ]) {
    t.ok(inspection.text.includes(text), text);
  }
  t.ok(
    inspection.text.includes("ignoreSslErrors: ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired']"),
  );
  t.notMatch(JSON.stringify(inspection), 'secret');
  t.equal(requests, 0, 'no request was sent');
});

t.test('what it says would be accepted is accepted', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve(), { tls: server('expired-wrong-host') });
  const tls = (await inspect(peer.url)).tls as TlsInspection;
  const ignoreSslErrors = tls.acceptedBy ?? [];
  const ws = await connect(peer.url, { ignoreSslErrors });
  await ws.close();
  const again = (await inspect(peer.url, { ignoreSslErrors })).tls;
  t.equal(again?.accepted, true, 'and inspect tells so with the same options');
  t.strictSame(again?.findings, tls.findings);
});

t.test('a clean connection', async (t) => {
  const peer = await startPeer(t, () => {}, { tls: server('server') });
  const url = `wss://localhost:${peer.port}/`;
  const { tls, text } = await inspect(url, { tls: { ca: pem('ca.pem') } });
  t.strictSame(tls?.findings, []);
  t.strictSame(tls?.acceptedBy, []);
  t.equal(tls?.accepted, true);
  t.match(text, 'No SSL errors.');
  t.notMatch(text, 'ignoreSslErrors');
});

t.test('a pin that does not match is told, not thrown', async (t) => {
  const peer = await startPeer(t, () => {}, { tls: server('self-signed') });
  const { tls, text } = await inspect(peer.url, { pin: [`sha256/${Buffer.alloc(32).toString('base64')}`] });
  t.equal(tls?.accepted, false);
  t.equal(tls?.acceptedBy, null);
  t.match(text, /It would be refused: .*pinned/);
});

t.test('nothing but the TLS handshake is written', async (t) => {
  const tls = server('self-signed');
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    // A relay that keeps what the client writes
    const peer = await startPeer(t, () => {}, { tls: { ...tls, maxVersion } });
    const written: Buffer[] = [];
    const { connect: connectTcp } = await import('node:net');
    const relay = createServer((socket) => {
      const upstream = connectTcp(peer.port, '127.0.0.1');
      socket.on('data', (chunk) => {
        written.push(chunk);
        upstream.write(chunk);
      });
      upstream.on('data', (chunk) => socket.write(chunk));
      socket.on('close', () => upstream.destroy());
      socket.on('error', () => {});
      upstream.on('error', () => socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    t.teardown(() => relay.close());
    const { port } = relay.address() as { port: number };
    const inspection = await inspect(`wss://127.0.0.1:${port}/`);
    t.equal(inspection.tls?.protocol, maxVersion);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const types = recordsOf(Buffer.concat(written));
    // 22 handshake, 20 change_cipher_spec; in TLS 1.3 the Finished is in one record of type 23 (RFC 8446 5.2), which need not leave.
    const handshake = maxVersion === 'TLSv1.2' ? [22, 22, 20, 22] : [22, 20, 23];
    t.strictSame(types, handshake.slice(0, types.length), maxVersion);
    t.ok(types.length > 0);
  }
});

/** The types of the TLS records. */
function recordsOf(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at] as number);
  return types;
}

t.test('ws: tells the address', async (t) => {
  let bytes = 0;
  const peer = await startPeer(t, () => {}, {
    answer: () => {
      bytes++;
      return '';
    },
  });
  const inspection = await inspect(peer.url);
  t.strictSame(inspection, {
    url: peer.url,
    address: `127.0.0.1:${peer.port}`,
    tls: null,
    text: `${peer.url} (127.0.0.1:${peer.port}): not encrypted`,
  });
  t.equal(bytes, 0);
});

t.test('what goes wrong before there is something to report', async (t) => {
  await t.rejects(inspect('ftp://127.0.0.1/'), { code: 'WS_HANDSHAKE_URL' });
  await t.rejects(inspect('wss://127.0.0.1/', { timeoutMs: 0 }), { code: 'WS_OPTION' });
  await t.rejects(inspect('wss://127.0.0.1/', { signal: AbortSignal.abort() }), { code: 'WS_ABORTED' });
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const { port } = silent.address() as { port: number };
  await t.rejects(inspect(`wss://127.0.0.1:${port}/`, { timeoutMs: 30 }), { code: 'WS_TIMEOUT', phase: 'tls' });
  const abort = new AbortController();
  const waiting = inspect(`wss://127.0.0.1:${port}/`, { signal: abort.signal });
  setTimeout(() => abort.abort(), 10);
  await t.rejects(waiting, { code: 'WS_ABORTED', phase: 'tls' });
  const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  t.teardown(() => plain.close());
  await t.rejects(inspect(`wss://127.0.0.1:${(plain.address() as { port: number }).port}/`), {
    code: 'WS_TLS_HANDSHAKE',
  });
});

t.test('through a proxy: the proxy is judged, the server is not, and gets nothing but a TLS handshake', async (t) => {
  const peer = await target(t, { certificate: 'self-signed' });
  const plain = await httpProxy(t);
  const url = `wss://device.test:${peer.port}/`;
  const inspection = await inspect(url, { proxy: `http://127.0.0.1:${plain.port}` });
  t.equal(inspection.address, `127.0.0.1:${plain.port}`, 'the address that was dialed');
  t.match(inspection.tls, { hostName: 'device.test', accepted: false });
  t.equal(inspection.tls?.chain[0]?.fingerprint256, certificate('self-signed').fingerprint256);
  t.match(plain.heads, [new RegExp(`^CONNECT device\\.test:${peer.port} `)]);

  const secure = await httpProxy(t, { certificate: 'server' });
  const proxy = { url: `https://localhost:${secure.port}`, tls: { ca: pem('ca.pem') } };
  t.match((await inspect(url, { proxy })).tls, { hostName: 'device.test', accepted: false });
  await t.rejects(inspect(url, { proxy: proxy.url }), {
    code: 'WS_CONNECT_PROXY',
    cause: { code: 'WS_TLS_CERTIFICATE' },
  });
  const other = await target(t);
  t.strictSame(await inspect(`ws://device.test:${other.port}/`, { proxy }), {
    url: `ws://device.test:${other.port}/`,
    address: `127.0.0.1:${secure.port}`,
    tls: null,
    text: `ws://device.test:${other.port}/ (127.0.0.1:${secure.port}): not encrypted`,
  });
  t.strictSame([...peer.heads, ...other.heads], [], 'no request was sent');
  for (const socket of [...plain.sockets, ...secure.sockets]) if (!socket.destroyed) await once(socket, 'close');
});

t.test('by a unix domain socket, which has no address', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ws-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'socket');
  await target(t, { path });
  const inspection = await inspect('ws://device.test/', { socketPath: path });
  t.match(inspection, { address: undefined, tls: null, text: 'ws://device.test/: not encrypted' });
});
