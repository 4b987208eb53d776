import { X509Certificate } from 'node:crypto';
import dns from 'node:dns';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import tls, { type SecureVersion, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import { judgeSocket } from '../../src/api/judge.js';
import type { ConnectOptions } from '../../src/api/options.js';
import { checkSecurity } from '../../src/api/secure.js';
import type { TlsReport } from '../../src/api/tls-report.js';
import { parseUrl } from '../../src/handshake/index.js';
import { pinOf, SSL_ERROR_KEYWORDS, TlsError } from '../../src/tls/index.js';
import { certificate, pem } from '../certs.js';
import { tlv } from '../tls/pki/der-writer.js';
import { keyPem } from '../tls/pki/keys.js';
import { dns as dnsName, makeCertificate, type Plan, toPem } from '../tls/pki/make-certificate.js';
import { type ChainServer, startChainServer } from './tls-server.js';

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
const root: Plan = { subject: 'root', key: 'ec-1', basicConstraints: { ca: true }, keyUsage: 0x06 };
const ca = toPem(makeCertificate(root));
const leaf: Plan = { subject: 'device', key: 'ec-3', serial: 3 };

/** Connects and ends; gives the report or the error. */
async function attempt(url: string, options: ConnectOptions): Promise<TlsReport | TlsError> {
  try {
    const ws = await connect(url, options);
    ws.terminate();
    return ws.tls as TlsReport;
  } catch (error) {
    if (error instanceof TlsError) return error;
    throw error;
  }
}

async function refusal(url: string, options: ConnectOptions): Promise<TlsError> {
  const result = await attempt(url, options);
  if (result instanceof TlsError) return result;
  throw new Error('the connection was accepted');
}

/** Until the end of the test every name leads to this machine. */
function resolveAll(t: Test): void {
  const { lookup } = dns;
  type Done = (...result: unknown[]) => void;
  const answer = (_name: string, options: { all?: boolean } | Done, done?: Done): void => {
    const found = { address: '127.0.0.1', family: 4 };
    const [all, callback] = typeof options === 'function' ? [false, options] : [options.all, done];
    process.nextTick(() => (all ? callback?.(null, [found]) : callback?.(null, found.address, found.family)));
  };
  dns.lookup = answer as unknown as typeof lookup;
  t.teardown(() => {
    dns.lookup = lookup;
  });
}

/** A server for the certificate, which notes the names it is asked for (SNI). */
async function serve(t: Test, plan: Partial<Plan>): Promise<ChainServer> {
  const server = await startChainServer(t);
  server.show([makeCertificate({ ...leaf, ...plan }, root)], keyPem('ec-3'));
  return server;
}

t.test('which names a certificate is for, over live connections', async (t) => {
  const ipv4 = tlv(0x87, Buffer.from([127, 0, 0, 1]));
  const cases: readonly [host: string, names: readonly Buffer[] | null, subject: string, matches: boolean][] = [
    ['device.example', [dnsName('device.example')], 'x', true],
    ['DEVICE.example', [dnsName('device.EXAMPLE')], 'x', true],
    ['device.example.', [dnsName('device.example')], 'x', true],
    ['bücher.example', [dnsName('xn--bcher-kva.example')], 'x', true],
    ['xn--bcher-kva.example', [dnsName('xn--bcher-kva.example')], 'x', true],
    ['bücher.example', [dnsName('bucher.example')], 'x', false],
    ['a.example', [dnsName('*.example')], 'x', false],
    ['a.plant.example', [dnsName('*.plant.example')], 'x', true],
    ['a.b.plant.example', [dnsName('*.plant.example')], 'x', false],
    ['plant.example', [dnsName('*.plant.example')], 'x', false],
    ['ab.plant.example', [dnsName('a*.plant.example')], 'x', false],
    ['device.example', null, 'device.example', true],
    ['device.example', [dnsName('other.example')], 'device.example', false],
    ['device.example', [ipv4], 'device.example', true],
    ['127.0.0.1', [ipv4], 'x', true],
    ['127.0.0.1', [dnsName('127.0.0.1')], '127.0.0.1', false],
    ['127.0.0.1', null, '127.0.0.1', false],
  ];
  resolveAll(t);
  for (const [host, names, subject, matches] of cases) {
    const server = await serve(t, { names, subject });
    const result = await attempt(`wss://${host}:${server.port}/`, { tls: { ca } });
    const found = result.findings.map(({ keyword }) => keyword).join();
    t.equal(
      found,
      matches ? '' : 'HostNameMismatch',
      `${host} against ${names?.map((der) => der.toString('hex')) ?? `the CN ${subject}`}`,
    );
    t.equal(result instanceof TlsError, !matches);
    t.equal((await server.end()).length, matches ? 1 : 0);
  }
});

t.test('an IPv6 address', async (t) => {
  // Some machines have none.
  const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));
  const host = hasIpv6 ? '::1' : '127.0.0.1';
  const server = await startChainServer(t, {}, host);
  server.show([certificate('server').raw], pem('server.key'));
  const shown = hasIpv6 ? '[::1]' : host;
  const report = await attempt(`wss://${shown}:${server.port}/`, { tls: { ca: pem('ca.pem') } });
  t.match(report, { findings: [], presentedNames: ['localhost', '127.0.0.1', '::1'] });
});

t.test('the name that the server is asked for is one of RFC 6066', async (t) => {
  const asked: string[] = [];
  const server = await startChainServer(t, {
    SNICallback: (name, done) => {
      asked.push(name);
      done(null, tls.createSecureContext({ cert: pem('server.pem'), key: pem('server.key') }));
    },
    cert: pem('server.pem'),
    key: pem('server.key'),
  });
  resolveAll(t);
  for (const host of ['device.example', 'device.example.', 'bücher.example', '127.0.0.1']) {
    await attempt(`wss://${host}:${server.port}/`, { tls: { ca: pem('ca.pem') } });
  }
  t.same(
    asked,
    ['device.example', 'device.example', 'xn--bcher-kva.example'],
    'without a dot at the end, and no address',
  );
});

t.test('by address, with the name in tls.servername', async (t) => {
  const server = await serve(t, { names: [dnsName('device.example'), dnsName('spare.example')] });
  const url = `wss://127.0.0.1:${server.port}/`;
  const report = await attempt(url, { tls: { ca, servername: 'device.example' } });
  t.match(report, { findings: [], hostName: 'device.example', presentedNames: ['device.example', 'spare.example'] });
  const error = await refusal(url, { tls: { ca } });
  t.match(error, {
    code: 'WS_TLS_CERTIFICATE',
    hostName: '127.0.0.1',
    presentedNames: ['device.example', 'spare.example'],
    acceptedBy: ['HostNameMismatch'],
    address: `127.0.0.1:${server.port}`,
  });
  t.match(error.message, 'is for device.example, spare.example, not for 127.0.0.1; connect by one of its names');
  await refusal(url, { tls: { ca, servername: 'third.example' } });
  t.equal((await server.end()).length, 1);
});

t.test('the report of a connection that stands', async (t) => {
  const server = await serve(t, { names: [dnsName('device.example')], notAfter: '210101000000Z' });
  const url = `wss://127.0.0.1:${server.port}/`;
  const ignoreSslErrors = ['CertificateExpired', 'HostNameMismatch', 'SelfSignedCertificate'] as const;
  const report = (await attempt(url, { tls: { ca }, ignoreSslErrors })) as TlsReport;
  const error = await refusal(url, { tls: { ca } });
  for (const name of ['findings', 'chain', 'acceptedBy', 'hostName', 'presentedNames'] as const) {
    t.same(report[name], error[name], `${name}, as in the error`);
    t.equal(report[name], report[name], `${name} is read once`);
  }
  t.same(report.acceptedBy, ['HostNameMismatch', 'CertificateExpired'], 'what is needed, not what was listed');
  t.match(report.text.split('\n'), [
    /^HostNameMismatch \(ignored\): CN=device at depth 0 is for device\.example, not for 127\.0\.0\.1; connect by /,
    /^CertificateExpired \(ignored\): CN=device at depth 0 expired at 2021-01-01T00:00:00Z, it is \d{4}-[^;]*; renew /,
  ]);
  t.match(report.chain, [
    {
      subject: 'CN=device',
      issuer: 'CN=root',
      subjectAltName: ['DNS:device.example'],
      notBefore: '2020-01-01T00:00:00Z',
      notAfter: '2021-01-01T00:00:00Z',
      key: 'EC prime256v1',
      fingerprint256: /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/,
    },
  ]);
  const all = (await attempt(url, { tls: { ca }, ignoreSslErrors: 'all' })) as TlsReport;
  t.same(all.acceptedBy, ['HostNameMismatch', 'CertificateExpired']);
  const good = await serve(t, { names: [dnsName('localhost')] });
  const clean = await attempt(`wss://localhost:${good.port}/`, { tls: { ca } });
  t.match(clean, { findings: [], acceptedBy: [], text: '', presentedNames: ['localhost'], protocol: 'TLSv1.3' });
  t.equal((JSON.parse(JSON.stringify(clean)) as TlsReport).chain[0]?.subject, 'CN=device', 'it can be logged');
});

t.test("pins are checked always, also with 'all'", async (t) => {
  const plan: Partial<Plan> = { names: [dnsName('localhost')] };
  const expiredPlan: Partial<Plan> = { ...plan, notAfter: '210101000000Z' };
  const [clean, expired] = [await serve(t, plan), await serve(t, expiredPlan)];
  const read = (each: Partial<Plan>): X509Certificate =>
    new X509Certificate(makeCertificate({ ...leaf, ...each }, root));
  const { publicKey } = pinOf(read(plan));
  t.equal(publicKey, pinOf(read(expiredPlan)).publicKey, 'one key, two certificates');
  const wrong = pinOf(new X509Certificate(makeCertificate(root)));
  const urlOf = ({ port }: ChainServer): string => `wss://localhost:${port}/`;
  const match = { findings: [], acceptedBy: [] };
  t.match(await attempt(urlOf(clean), { tls: { ca }, pin: [publicKey] }), match);
  t.match(await attempt(urlOf(clean), { tls: { ca }, pin: [wrong.certificate, publicKey] }), match);
  // A pin of an authority is no pin of the server, and nothing that is ignored lifts a pin.
  for (const pin of [[wrong.certificate], [wrong.publicKey]]) {
    for (const ignoreSslErrors of [[], [...SSL_ERROR_KEYWORDS], 'all'] as const) {
      const error = await refusal(urlOf(clean), { tls: { ca }, pin, ignoreSslErrors });
      t.match(error, { code: 'WS_TLS_PIN', acceptedBy: null, findings: [] });
      t.match(error.message, 'No ignoreSslErrors list accepts this connection.');
      t.match(await refusal(urlOf(expired), { tls: { ca }, pin, ignoreSslErrors }), {
        code: 'WS_TLS_PIN',
        findings: [{ keyword: 'CertificateExpired' }],
      });
    }
  }
  // A pin adds a check and takes none away.
  t.match(await refusal(urlOf(expired), { tls: { ca }, pin: [publicKey] }), { code: 'WS_TLS_CERTIFICATE' });
  t.match(await refusal(urlOf(clean), { pin: [publicKey] }), { code: 'WS_TLS_CERTIFICATE' });
  const listed = { tls: { ca }, pin: [publicKey], ignoreSslErrors: ['CertificateExpired'] } as const;
  t.match(await attempt(urlOf(expired), listed), { text: /^CertificateExpired/ });
  t.equal((await clean.end()).length, 2);
  t.equal((await expired.end()).length, 1);
});

/** A connection of node:tls, at its secureConnect. */
async function connected(t: Test, port: number, options: tls.ConnectionOptions): Promise<TLSSocket> {
  const given = { servername: 'localhost', rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const socket = tls.connect({ host: '127.0.0.1', port, ...given, ...options });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

t.test('a resumed session is refused, whatever is ignored', async (t) => {
  const server = await serve(t, { names: [dnsName('localhost')] });
  for (const version of VERSIONS) {
    const versions = { minVersion: version, maxVersion: version, ca };
    const first = tls.connect({ host: '127.0.0.1', port: server.port, servername: 'localhost', ...versions });
    const session = new Promise<Buffer>((resolve) => first.once('session', resolve));
    // A request makes the server write, and with it go the tickets of TLS 1.3.
    first.write('GET / HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\n');
    const resumable = await session;
    first.destroy();
    for (const ignoreSslErrors of [[], [...SSL_ERROR_KEYWORDS], 'all'] as const) {
      const socket = await connected(t, server.port, { ...versions, session: resumable });
      t.equal(socket.isSessionReused(), true);
      t.equal(socket.authorized, true, 'Node has no objection');
      const security = checkSecurity({ ignoreSslErrors, tls: { ca } });
      await t.rejects(async () => judgeSocket(socket, parseUrl('wss://localhost/'), security, undefined), {
        code: 'WS_TLS_CERTIFICATE',
        acceptedBy: null,
        message: /a resumed TLS session shows no certificate/,
      });
    }
  }
  // connect() itself never resumes.
  for (let i = 0; i < 3; i++) {
    t.match(await attempt(`wss://localhost:${server.port}/`, { tls: { ca } }), { findings: [] });
  }
});

const ANONYMOUS = 'ADH-AES128-GCM-SHA256:AECDH-AES128-SHA';

t.test('a server without a certificate', async (t) => {
  const ciphers = `${ANONYMOUS}:@SECLEVEL=0`;
  const server = await startChainServer(t, { ciphers, maxVersion: 'TLSv1.2' });
  const url = `wss://localhost:${server.port}/`;
  await t.rejects(connect(url, { tls: { ciphers, maxVersion: 'TLSv1.2' } }), {
    code: 'WS_TLS_OPTION',
    option: 'tls.ciphers',
  });
  // Above level 0 OpenSSL has no such cipher, so nobody gets to see such a server.
  for (const level of ['', ':@SECLEVEL=1']) {
    await t.rejects(connect(url, { tls: { ciphers: ANONYMOUS + level, maxVersion: 'TLSv1.2' } }), {
      code: /^WS_TLS_(HANDSHAKE|OPTION)$/,
    });
  }
  await t.rejects(connect(url, { ignoreSslErrors: 'all' }), { code: 'WS_TLS_HANDSHAKE' });
  for (const ignoreSslErrors of [[], ['NoPeerCertificate'], 'all'] as const) {
    const socket = await connected(t, server.port, { ciphers, maxVersion: 'TLSv1.2' });
    await t.rejects(async () => judgeSocket(socket, parseUrl(url), checkSecurity({ ignoreSslErrors }), undefined), {
      code: 'WS_TLS_CERTIFICATE',
      acceptedBy: null,
      findings: [{ keyword: 'NoPeerCertificate', certificate: null }],
      message: /NoPeerCertificate.*: the certificate is missing: the server sent none/,
    });
  }
});

t.test('every kind of client certificate reaches the server', async (t) => {
  const seen: (string | undefined)[] = [];
  const server = await startChainServer(
    t,
    { requestCert: true, rejectUnauthorized: true, ca: pem('ca.pem') },
    '127.0.0.1',
    (socket) => seen.push(socket.getPeerX509Certificate()?.fingerprint256),
  );
  server.show([certificate('server').raw], pem('server.key'));
  const names = ['client-rsa', 'client-rsa-pss', 'client-ec', 'client-ed25519'];
  for (const version of VERSIONS) {
    for (const name of names) {
      const given = { cert: pem(`${name}.pem`), key: pem(`${name}.key`), ca: pem('ca.pem'), maxVersion: version };
      const report = await attempt(`wss://localhost:${server.port}/`, { tls: given });
      t.match(report, { findings: [], protocol: version }, name);
      t.equal(seen.pop(), certificate(name).fingerprint256, `${name} over ${version}`);
    }
  }
});
