import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import tls, { type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import type { ConnectOptions } from '../../src/api/options.js';
import { checkSecurity } from '../../src/api/secure.js';
import { connectTls } from '../../src/api/tls-socket.js';
import type { TlsError } from '../../src/tls/index.js';
import { certificate, pem } from '../certs.js';
import { handles, listen, type Peer, quiet, settle, text } from './peer.js';

t.test('values of tls that OpenSSL does not take', async (t) => {
  const before = handles();
  for (const [name, value] of [
    ['ciphers', 'nonsense'],
    ['sigalgs', 'nonsense'],
    ['ecdhCurve', 'nonsense'],
  ] as const) {
    const wrong = { name: 'TlsError', code: 'WS_TLS_OPTION', option: 'tls', message: new RegExp(`tls\\.${name}`) };
    await t.rejects(connect('wss://127.0.0.1:1/', { tls: { [name]: value } }), wrong);
    t.same(handles(), before, 'nothing was begun');
  }
});

const made = fileURLToPath(new URL('../../../certs/made/', import.meta.url));

/** A server with the certificate `name` of certs/made. */
const serve = (t: Test, name: string, options: TlsOptions = {}): Promise<Peer> =>
  listen(t, { tls: { cert: pem(`${name}.pem`), key: pem(`${name}.key`), ...options } });

/** Connects by the name localhost, and ends at once. */
async function open(peer: Peer, options: ConnectOptions): Promise<Connection> {
  const ws = await connect(`wss://localhost:${peer.port}/`, options);
  ws.terminate();
  return ws;
}

const failure = (peer: Peer, options: ConnectOptions): Promise<TlsError> =>
  open(peer, options).then(
    () => {
      throw new Error('the connection was accepted');
    },
    (error) => error,
  );

const ca = pem('ca.pem');

t.test('a connection without an error', async (t) => {
  const peer = await serve(t, 'server');
  const ws = await open(peer, { tls: { ca } });
  t.match(ws.tls, { findings: [], hostName: 'localhost', protocol: 'TLSv1.3', cipher: /^TLS_/ });
  t.equal(ws.tls?.chain[0]?.subject, ws.tls?.chain[0]?.subject);
  t.ok((ws.tls?.chain.length ?? 0) >= 1);
  const old = await open(peer, { tls: { ca, maxVersion: 'TLSv1.2', minDHSize: 2048, ALPNProtocols: ['http/1.1'] } });
  t.match(old.tls, { protocol: 'TLSv1.2', cipher: /^TLS_ECDHE_/ });
});

t.test('nothing is written before the verdict, and a refused connection ends', async (t) => {
  for (const name of ['self-signed', 'expired', 'wrong-host', 'under-unknown-ca']) {
    const before = await quiet();
    const peer = await serve(t, name);
    const error = await failure(peer, { tls: { ca } });
    t.match(error, { name: 'TlsError', code: 'WS_TLS_CERTIFICATE', hostName: 'localhost' });
    t.match(error.address, /^127\.0\.0\.1:\d+$/);
    t.ok(error.findings.length > 0);
    await peer.idle();
    // The server may not even have seen the end of the TLS handshake.
    for (const { rest, head } of peer.wires) t.equal(rest.length + head.length, 0, 'not a byte of the request');
    await peer.end();
    await settle();
    t.same(handles(), before);
  }
});

t.test('the list is exact: every error must be on it', async (t) => {
  const expired = await serve(t, 'self-signed-expired');
  const { acceptedBy } = await failure(expired, {});
  t.same([...(acceptedBy ?? [])].sort(), ['CertificateExpired', 'SelfSignedCertificate']);
  t.match(await failure(expired, { ignoreSslErrors: ['SelfSignedCertificate'] }), { code: 'WS_TLS_CERTIFICATE' });
  t.match(await failure(expired, { ignoreSslErrors: [] }), { code: 'WS_TLS_CERTIFICATE' });
  const ws = await open(expired, { ignoreSslErrors: ['CertificateExpired', 'SelfSignedCertificate'] });
  t.same(ws.tls?.findings.map(({ keyword }) => keyword).sort(), ['CertificateExpired', 'SelfSignedCertificate']);
  await open(expired, { ignoreSslErrors: 'all' });
});

t.test('the name that is checked', async (t) => {
  const peer = await serve(t, 'wrong-host');
  const error = await failure(peer, { tls: { ca } });
  t.same(
    error.findings.map(({ keyword }) => keyword),
    ['HostNameMismatch'],
  );
  t.match(error.presentedNames.join(), /elsewhere\.example/);
  let asked: unknown;
  const server = await serve(t, 'wrong-host', {
    SNICallback: (name, done) => {
      asked = name;
      done(null);
    },
  });
  const ws = await open(server, { tls: { ca, servername: 'elsewhere.example' } });
  t.equal(ws.tls?.hostName, 'elsewhere.example');
  t.equal(asked, 'elsewhere.example');
  asked = undefined;
  await failure(server, { tls: { ca, servername: '' } });
  t.equal(asked, undefined, 'an empty name is not sent, and the name in the url is checked');
  const byAddress = await connect(`wss://127.0.0.1:${(await serve(t, 'server')).port}/`, { tls: { ca } });
  t.equal(byAddress.tls?.hostName, '127.0.0.1');
  byAddress.terminate();
});

t.test('RFC 6455 4.1, item 5: the name in the url is sent as SNI, an address is not', async (t) => {
  const peer = await serve(t, 'server');
  const names: unknown[] = [];
  peer.server.on('secureConnection', ({ servername }: { servername: unknown }) => names.push(servername));
  for (const host of ['localhost', '127.0.0.1']) {
    (await connect(`wss://${host}:${peer.port}/`, { tls: { ca } })).terminate();
  }
  t.same(names, ['localhost', false], 'RFC 6066 3: no address');
});

t.test('a pin holds whatever is ignored', async (t) => {
  const peer = await serve(t, 'self-signed');
  const pin = `sha256/${createHash('sha256').update(certificate('self-signed').raw).digest('base64')}`;
  const other = `sha256/${createHash('sha256').update('other').digest('base64')}`;
  await open(peer, { ignoreSslErrors: 'all', pin: [other, pin] });
  t.match(await failure(peer, { ignoreSslErrors: 'all', pin: [other] }), { code: 'WS_TLS_PIN' });
});

t.test('ca replaces the anchors, extraCa adds some', async (t) => {
  const server = await serve(t, 'server');
  const unknown = await serve(t, 'under-unknown-ca', { cert: pem('under-unknown-ca-bundle.pem') });
  await failure(server, {});
  await open(server, { tls: { extraCa: ca } });
  await open(server, { tls: { ca: pem('unknown-ca.pem'), extraCa: ca } });
  await open(unknown, { tls: { ca: pem('unknown-ca.pem'), extraCa: ca } });
  await failure(server, { tls: { ca: pem('unknown-ca.pem') } });
  await open(server, { tls: { ca: [pem('unknown-ca.pem'), ca] } });
  await open(server, { tls: { ca: Buffer.from(pem('unknown-ca.pem') + ca) } });
});

t.test('what connections share goes by content', async (t) => {
  const peer = await serve(t, 'server');
  const made: unknown[] = [];
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => {
    made.push(options?.ca);
    return createSecureContext(options);
  };
  t.teardown(() => {
    tls.createSecureContext = createSecureContext;
  });
  const own = (): ConnectOptions => ({ tls: { ca: Buffer.from(`${ca}\n`), sigalgs: 'RSA-PSS+SHA256:ECDSA+SHA256' } });
  await open(peer, own());
  t.equal(made.length, 1);
  await open(peer, own());
  t.equal(made.length, 1, 'equal options, one context');
  const changed = { ca: [ca] };
  await open(peer, { tls: changed });
  changed.ca[0] = pem('unknown-ca.pem');
  t.match(
    await failure(peer, { tls: changed }),
    { code: 'WS_TLS_CERTIFICATE' },
    'the same object with another content',
  );
  // The cache is bounded: 16 others drive the first one out.
  for (let i = 0; i < 16; i++) await failure(peer, { tls: { ca: `${pem('unknown-ca.pem')}${'\n'.repeat(i + 5)}` } });
  const before = made.length;
  await open(peer, own());
  t.equal(made.length, before + 1);
});

t.test('the name and the protocols do not ask for a context of their own', async (t) => {
  const contexts = [{}, { servername: 'a' }, { ALPNProtocols: ['http/1.1'] }, { minDHSize: 2048 }].map((options) => {
    const { connect } = tls;
    let context: unknown;
    tls.connect = ((given: { secureContext: unknown }) => {
      context = given.secureContext;
      return { setNoDelay: () => null };
    }) as unknown as typeof connect;
    connectTls('localhost', checkSecurity({ tls: options }), { host: '127.0.0.1', port: 1 });
    tls.connect = connect;
    return context;
  });
  t.equal(new Set(contexts).size, 1);
});

// Certificates of clients.

const askedFor = { requestCert: true, rejectUnauthorized: true, ca };

t.test('a client certificate', async (t) => {
  for (const [name, algorithm] of [
    ['client-rsa', 'RSA'],
    ['client-ec', 'EC'],
  ] as const) {
    const peer = await serve(t, 'server', askedFor);
    const sslConfig = { localCertificate: pem(`${name}.pem`), privateKey: { key: pem(`${name}.key`), algorithm } };
    for (const options of [
      { sslConfig, tls: { ca } },
      { tls: { ca, cert: pem(`${name}.pem`), key: pem(`${name}.key`) } },
    ]) {
      const ws = await connect(`wss://localhost:${peer.port}/`, options);
      const { socket } = await peer.wire();
      const seen = (socket as tls.TLSSocket).getPeerX509Certificate();
      t.equal(seen?.fingerprint256, certificate(name).fingerprint256);
      ws.terminate();
    }
  }
});

/** A server of OpenSSL's that demands a client certificate: Node's own one ends the connection without an alert. */
async function demanding(t: Test, version: '-tls1_2' | '-tls1_3'): Promise<string> {
  const files = ['-cert', `${made}server.pem`, '-key', `${made}server.key`, '-CAfile', `${made}unknown-ca.pem`];
  const args = ['s_server', '-accept', '127.0.0.1:0', version, '-Verify', '1', '-verify_return_error', ...files];
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  t.teardown(async () => {
    const closed = once(child, 'close');
    child.kill();
    await closed;
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
    if (port !== undefined) return `wss://localhost:${port}/`;
  }
  throw new Error(`openssl s_server said ${output}`);
}

t.test('a server that demands a client certificate: with TLS 1.3 it says so after secureConnect', async (t) => {
  for (const [version, code] of [
    ['-tls1_3', /ALERT_CERTIFICATE_REQUIRED$/],
    ['-tls1_2', /ALERT_HANDSHAKE_FAILURE$/],
  ] as const) {
    const url = await demanding(t, version);
    const before = await quiet();
    const error = await connect(url, { tls: { ca } }).then(t.fail, (error) => error);
    t.match(error, { name: 'TlsError', code: 'WS_TLS_HANDSHAKE', hostName: 'localhost', cause: { code } });
    t.match(error.message, /client certificate/);
    t.match(error.address, /^127\.0\.0\.1:/);
    await settle();
    t.same(handles(), before);
  }
});

t.test('a server that does not know the client certificate', async (t) => {
  const options = { ca, cert: pem('client-ec.pem'), key: pem('client-ec.key') };
  for (const version of ['-tls1_3', '-tls1_2'] as const) {
    const error = await connect(await demanding(t, version), { tls: options }).then(t.fail, (error) => error);
    t.match(error, { code: 'WS_TLS_HANDSHAKE', message: /does not accept the client certificate/ });
  }
});

// What answers is not TLS, or not for long.

t.test('a server that does not speak TLS', async (t) => {
  const plain = await listen(t);
  plain.server.on('connection', (socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const error = await failure(plain, {});
  t.match(error, { name: 'TlsError', code: 'WS_TLS_HANDSHAKE', message: /does not speak TLS/ });
});

t.test('a server that ends or resets during the TLS handshake', async (t) => {
  for (const how of ['end', 'resetAndDestroy'] as const) {
    const plain = await listen(t);
    plain.server.on('connection', (socket) => socket.once('data', () => socket[how]()));
    const error = await failure(plain, {});
    t.match(error, { name: 'TlsError', code: 'WS_TLS_HANDSHAKE', cause: { code: 'ECONNRESET' } });
  }
});

t.test('no version in common', async (t) => {
  const peer = await serve(t, 'server', { minVersion: 'TLSv1.3' });
  t.match(await failure(peer, { tls: { ca, maxVersion: 'TLSv1.2' } }), {
    code: 'WS_TLS_HANDSHAKE',
    message: /version/,
  });
});

// The environment, in a process of its own.

const PROGRAM = `
import { connect } from ${JSON.stringify(new URL('../../src/api/connect.js', import.meta.url).href)};
for (const options of [{}, { tls: { extraCa: process.env.EXTRA } }, { tls: { ca: process.env.EXTRA } }, { ignoreSslErrors: ['HostNameMismatch'] }]) {
  console.log(await connect(process.env.URL, options).then((ws) => (ws.terminate(), 'accepted'), ({ code, findings }) => code + ' ' + findings?.map((each) => each.keyword)));
}
`;

async function runWith(env: Record<string, string>): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env: { ...process.env, NODE_V8_COVERAGE: '', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await once(child, 'close');
  return output.trim().split('\n');
}
t.test('NODE_EXTRA_CA_CERTS', async (t) => {
  const peer = await serve(t, 'server');
  const wrong = await serve(t, 'wrong-host');
  const NODE_EXTRA_CA_CERTS = `${made}ca.pem`;
  const EXTRA = pem('unknown-ca.pem');
  const url = (each: Peer): string => `wss://localhost:${each.port}/`;
  t.match(await runWith({ NODE_EXTRA_CA_CERTS, EXTRA, URL: url(peer) }), [
    'accepted',
    'accepted',
    /^WS_TLS_CERTIFICATE /,
    'accepted',
  ]);
  // The verdict sees these anchors, too: the only error is the name.
  t.match(await runWith({ NODE_EXTRA_CA_CERTS, EXTRA, URL: url(wrong) }), [
    'WS_TLS_CERTIFICATE HostNameMismatch',
    'WS_TLS_CERTIFICATE HostNameMismatch',
    /^WS_TLS_CERTIFICATE .*HostNameMismatch,/,
    'accepted',
  ]);
});

t.test('NODE_TLS_REJECT_UNAUTHORIZED does not open anything', async (t) => {
  const peer = await serve(t, 'self-signed');
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', EXTRA: ca, URL: `wss://localhost:${peer.port}/` };
  for (const line of await runWith(env)) t.match(line, /^WS_TLS_CERTIFICATE SelfSignedCertificate/);
});

t.test('data of TLS goes both ways', async (t) => {
  const peer = await listen(t, { tls: true, first: text('first') });
  const ws = await connect(`wss://localhost:${peer.port}/`, { tls: { ca } });
  const wire = await peer.wire();
  t.equal(await ws.receive(), 'first');
  await ws.send('hello');
  await wire.count(1);
  t.same(wire.told, ['1:hello']);
  ws.terminate();
});
