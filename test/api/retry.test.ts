import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { pem } from '../certs.js';
import { ended, httpProxy, type Running, rejection, target } from './dial-peers.js';

const CA = { ca: pem('ca.pem') };

const redirectTo =
  (location: string, status = 302) =>
  (socket: Socket): boolean => {
    socket.end(`HTTP/1.1 ${status} Found\r\nLocation: ${location}\r\nContent-Length: 4\r\n\r\nthis`);
    return true;
  };

const header = (server: Running, at: number, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\\r$`, 'im').exec(server.heads[at] ?? '')?.[1];

const HEADERS = { Authorization: 'Bearer secret', cookie: 'a=b', Host: 'virtual.example', 'X-Trace': '7' };

t.test('a redirect is a refusal unless asked for', async (t) => {
  const first = await target(t, { answer: redirectTo('/elsewhere') });
  const error = await rejection(connect(`ws://127.0.0.1:${first.port}/`));
  t.match(error, {
    code: 'WS_HANDSHAKE_STATUS',
    status: 302,
    body: Buffer.from('this'),
    message: /redirects to "\/elsewhere"/,
  });
  t.equal(first.heads.length, 1);
});

t.test('301, 302, 303, 307 and 308 are followed, within the origin with everything', async (t) => {
  const statuses = [301, 302, 303, 307, 308];
  const first = await target(t, {
    answer: (socket, _head, count) => count <= statuses.length && redirectTo(`/${count}`, statuses[count - 1])(socket),
  });
  const headers = new Map(Object.entries(HEADERS)).entries();
  const ws = await connect(`ws://joe:pass@127.0.0.1:${first.port}/0?q`, {
    maxRedirects: 5,
    headers,
    protocols: ['a', 'b'],
  });
  t.equal(ws.url, `ws://127.0.0.1:${first.port}/5`);
  t.equal(await ws.receive(), 'hi');
  ws.terminate();
  for (let at = 0; at < 6; at++) {
    t.match(first.heads[at], at === 0 ? 'GET /0?q HTTP/1.1' : `GET /${at} HTTP/1.1`);
    t.equal(header(first, at, 'cookie'), 'a=b');
    t.equal(header(first, at, 'authorization'), 'Bearer secret');
    t.equal(header(first, at, 'host'), 'virtual.example');
    t.equal(header(first, at, 'sec-websocket-protocol'), 'a, b');
  }
  t.equal(new Set(first.heads.map((_, at) => header(first, at, 'sec-websocket-key'))).size, 6, 'a new key each');
  t.same(await ended(), []);
});

t.test('another origin gets no credentials, not even on the way back', async (t) => {
  const second: Running = await target(t, {
    answer: (socket, head) => head.startsWith('GET /go') && redirectTo(`http://127.0.0.1:${first.port}/back`)(socket),
  });
  const first: Running = await target(t, {
    answer: (socket, head) =>
      head.startsWith('GET /start') && redirectTo(`http://127.0.0.1:${second.port}/go`, 307)(socket),
  });
  for (const [userinfo, headers] of [
    ['', HEADERS],
    ['joe:pass@', { cookie: 'a=b', 'X-Trace': '7' }],
  ] as const) {
    const [a, b] = [first.heads.length, second.heads.length];
    const ws = await connect(`ws://${userinfo}127.0.0.1:${first.port}/start`, {
      maxRedirects: 2,
      headers,
      origin: 'https://page.example',
    });
    ws.terminate();
    t.ok(header(first, a, 'authorization'));
    for (const [server, at] of [
      [second, b],
      [first, a + 1],
    ] as const) {
      t.equal(header(server, at, 'authorization'), undefined);
      t.equal(header(server, at, 'cookie'), undefined);
      t.equal(header(server, at, 'host'), `127.0.0.1:${server.port}`);
      t.equal(header(server, at, 'x-trace'), '7');
      t.equal(header(server, at, 'origin'), 'https://page.example');
    }
  }
});

t.test('too many redirects, and loops', async (t) => {
  const loop = await target(t, { answer: redirectTo('/') });
  const error = await rejection(connect(`ws://127.0.0.1:${loop.port}/`, { maxRedirects: 3 }));
  const facts = { code: 'WS_HANDSHAKE_REDIRECT', rule: 'maxRedirects', limit: 3, status: 302, value: '/' };
  t.match(error, { ...facts, url: `ws://127.0.0.1:${loop.port}/`, address: `127.0.0.1:${loop.port}` });
  t.same(error.body, Buffer.from('this'));
  t.equal(loop.heads.length, 4);
  t.same(await ended(), []);
});

t.test('never from wss to ws; and from ws to wss the certificate is judged', async (t) => {
  const plain = await target(t);
  const down = await target(t, { certificate: 'server', answer: redirectTo(`http://localhost:${plain.port}/`) });
  const options = { maxRedirects: 5, tls: CA };
  const error = await rejection(connect(`wss://localhost:${down.port}/`, options));
  t.match(error, {
    code: 'WS_HANDSHAKE_REDIRECT',
    rule: 'redirect-downgrade',
    status: 302,
    url: `wss://localhost:${down.port}/`,
  });
  t.same(plain.heads, []);
  const secure = await target(t, { certificate: 'wrong-host' });
  const up = await target(t, { answer: redirectTo(`https://localhost:${secure.port}/`) });
  t.match(await rejection(connect(`ws://localhost:${up.port}/`, options)), { acceptedBy: ['HostNameMismatch'] });
  t.same(secure.heads, []);
  const ws = await connect(`ws://localhost:${up.port}/`, { ...options, ignoreSslErrors: ['HostNameMismatch'] });
  t.equal(ws.url, `wss://localhost:${secure.port}/`, 'the same host, so what was said about it holds');
  ws.terminate();
});

t.test('what was said about the certificate of a host is not said about another one', async (t) => {
  const secure = await target(t, { certificate: 'self-signed' });
  const other = `https://127.0.0.1:${secure.port}/`;
  const first = await target(t, { certificate: 'self-signed', answer: redirectTo(other) });
  const error = await rejection(connect(`wss://localhost:${first.port}/`, { maxRedirects: 1, ignoreSslErrors: 'all' }));
  t.match(error, { name: 'TlsError', code: 'WS_TLS_CERTIFICATE', hostName: '127.0.0.1' });
  t.same(secure.heads, []);
  const trusted = await target(t, { certificate: 'server' });
  const named = await target(t, {
    certificate: 'wrong-host',
    answer: redirectTo(`https://localhost:${trusted.port}/`),
  });
  const tls = { ...CA, servername: 'elsewhere.example' };
  const ws = await connect(`wss://127.0.0.1:${named.port}/`, { maxRedirects: 1, tls });
  t.equal(ws.tls?.hostName, 'localhost');
  ws.terminate();
});

t.test('a redirect that makes no sense', async (t) => {
  const nowhere = await target(t, {
    answer: (socket) => socket.end('HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n') !== null,
  });
  const file = await target(t, { answer: redirectTo('file:///etc/passwd') });
  for (const { port } of [nowhere, file]) {
    t.match(await rejection(connect(`ws://127.0.0.1:${port}/`, { maxRedirects: 1 })), {
      code: 'WS_HANDSHAKE_REDIRECT',
      rule: 'location',
    });
  }
  const refusing = await target(t, {
    answer: (socket) => socket.end('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n') !== null,
  });
  t.match(await rejection(connect(`ws://127.0.0.1:${refusing.port}/`, { maxRedirects: 1 })), {
    code: 'WS_HANDSHAKE_STATUS',
    status: 404,
  });
});

t.test('through a proxy, each request has a tunnel of its own', async (t) => {
  const second = await target(t);
  const first = await target(t, { answer: redirectTo(`ws://second.invalid:${second.port}/`) });
  const proxy = await httpProxy(t);
  const ws = await connect(`ws://first.invalid:${first.port}/`, {
    maxRedirects: 1,
    proxy: `http://127.0.0.1:${proxy.port}`,
  });
  t.equal(await ws.receive(), 'hi');
  ws.terminate();
  t.same(
    proxy.heads.map((head) => head.split(' ')[1]),
    [`first.invalid:${first.port}`, `second.invalid:${second.port}`],
  );
});

t.test('one deadline over all redirects', async (t) => {
  const slow = await target(t, {
    answer: (socket) => {
      setTimeout(() => redirectTo('/x')(socket), 20);
      return true;
    },
  });
  const error = await rejection(connect(`ws://127.0.0.1:${slow.port}/`, { maxRedirects: 100, timeoutMs: 200 }));
  t.match(error, { code: 'WS_TIMEOUT', url: `ws://127.0.0.1:${slow.port}/x` });
});

t.test('abort at the second server', async (t) => {
  const controller = new AbortController();
  const silent = await target(t, { answer: () => controller.abort() === undefined });
  const first = await target(t, { answer: redirectTo(`http://127.0.0.1:${silent.port}/x`) });
  const options = { maxRedirects: 1, signal: controller.signal };
  const error = await rejection(connect(`ws://127.0.0.1:${first.port}/`, options));
  t.match(error, { code: 'WS_ABORTED', phase: 'handshake', url: `ws://127.0.0.1:${silent.port}/x` });
  t.same(await ended(), []);
});

t.test('Retry-After of a refusal', async (t) => {
  for (const [value, expected] of [
    ['7', 7000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['soon', undefined],
  ] as const) {
    const busy = await target(t, {
      answer: (socket) =>
        socket.end(`HTTP/1.1 503 Busy\r\nRetry-After: ${value}\r\nContent-Length: 0\r\n\r\n`) !== null,
    });
    const error = await rejection(connect(`ws://127.0.0.1:${busy.port}/`));
    t.match(error, { code: 'WS_HANDSHAKE_STATUS', status: 503 });
    t.equal(error.retryAfterMs, expected);
    t.equal('retryAfterMs' in error, expected !== undefined);
  }
});

// RFC 7616 3.4, as the server checks it.
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function isRight(head: string, nonce: string): boolean {
  const line = /^authorization: digest (.*)\r$/im.exec(head)?.[1] ?? '';
  const field = (name: string): string => new RegExp(`(?:^|, )${name}="?([^",]*)`).exec(line)?.[1] ?? '';
  const uri = head.split(' ')[1] ?? '';
  const a1 = md5('joe:realm:p@ss');
  const expected = md5(`${a1}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${md5(`GET:${uri}`)}`);
  return (
    field('response') === expected && field('uri') === uri && field('nonce') === nonce && field('username') === 'joe'
  );
}

const challenge = (nonce: string, more = ''): string =>
  `HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="realm"\r\n` +
  `WWW-Authenticate: Digest realm="realm", nonce="${nonce}", qop="auth"${more}\r\nContent-Length: 0\r\n\r\n`;

t.test('Digest on a 401', async (t) => {
  const server = await target(t, {
    answer: (socket, head) => !isRight(head, 'n1') && socket.end(challenge('n1')) !== null,
  });
  const ws = await connect(`ws://joe:p%40ss@127.0.0.1:${server.port}/a?b`);
  t.equal(await ws.receive(), 'hi');
  ws.terminate();
  t.match(header(server, 0, 'authorization'), /^Basic /);
  t.match(header(server, 1, 'authorization'), /^Digest /);
  const cnonces = new Set<string | undefined>();
  const again = await connect(`ws://joe:p%40ss@127.0.0.1:${server.port}/a?b`);
  again.terminate();
  for (const at of [1, 3]) cnonces.add(/cnonce="([^"]+)"/.exec(header(server, at, 'authorization') ?? '')?.[1]);
  t.equal(cnonces.size, 2, 'a new cnonce each');
  const before = server.heads.length;
  t.match(await rejection(connect(`ws://joe:wrong@127.0.0.1:${server.port}/`)), {
    code: 'WS_HANDSHAKE_STATUS',
    status: 401,
  });
  t.equal(server.heads.length, before + 2, 'it is answered once');
});

t.test('a stale nonce is answered once more', async (t) => {
  const server = await target(t, {
    answer: (socket, head) => {
      if (isRight(head, 'n2')) return false;
      return socket.end(head.includes('"n1"') ? challenge('n2', ', stale=TRUE') : challenge('n1')) !== null;
    },
  });
  const ws = await connect(`ws://joe:p%40ss@127.0.0.1:${server.port}/`);
  t.equal(server.heads.length, 3);
  ws.terminate();
  const always = await target(t, { answer: (socket) => socket.end(challenge('n', ', stale=true')) !== null });
  t.match(await rejection(connect(`ws://joe:p%40ss@127.0.0.1:${always.port}/`)), { status: 401 });
  t.equal(always.heads.length, 3);
  t.same(await ended(), []);
});

t.test('when there is no Digest answer', async (t) => {
  const server = await target(t, { answer: (socket) => socket.end(challenge('n')) !== null });
  const url = `127.0.0.1:${server.port}/`;
  for (const [address, options] of [
    [`ws://${url}`, {}],
    [`ws://${url}`, { maxRedirects: 1 }],
    [`ws://joe:pass@${url}`, { headers: { authorization: 'Bearer x' } }],
  ] as const) {
    const before = server.heads.length;
    t.match(await rejection(connect(address, options)), {
      code: 'WS_HANDSHAKE_STATUS',
      status: 401,
      message: /it asks for "Basic/,
    });
    t.equal(server.heads.length, before + 1);
  }
  const basic = await target(t, {
    answer: (socket) =>
      socket.end('HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="r"\r\nContent-Length: 0\r\n\r\n') !== null,
  });
  t.match(await rejection(connect(`ws://joe:pass@127.0.0.1:${basic.port}/`)), { status: 401 });
  t.equal(basic.heads.length, 1);
});

t.test('a redirect begins anew with Digest, and keeps it within the origin', async (t) => {
  const server = await target(t, {
    answer: (socket, head) => {
      if (!isRight(head, 'n1')) return socket.end(challenge('n1')) !== null;
      return head.startsWith('GET /a') && redirectTo('/b')(socket);
    },
  });
  const ws = await connect(`ws://joe:p%40ss@127.0.0.1:${server.port}/a`, { maxRedirects: 1 });
  ws.terminate();
  t.same(
    server.heads.map((head) => head.split(' ')[1]),
    ['/a', '/a', '/b', '/b'],
  );
});
