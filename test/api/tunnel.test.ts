import { connect as connectTcp, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import { pem } from '../certs.js';
import { accepted, ended, HI, httpProxy, join, onHead, rejection, serve, target } from './dial-peers.js';

const CA = { ca: pem('ca.pem'), servername: 'localhost' };
/** A name that nobody on this machine can look up. */
const NAME = 'device.test';

async function talks(t: Test, url: string, options: Parameters<typeof connect>[1]): Promise<void> {
  const ws = await connect(url, options);
  t.equal(await ws.receive(), 'hi');
  await ws.send('through');
  t.equal(await ws.receive(), 'through');
  ws.terminate();
}

/** A SOCKS5 proxy of hand-written bytes, which cuts its replies. It needs a password if one is given. */
function socksProxy(t: Test, password: string | undefined, cut: number, asked: string[]) {
  return serve(t, (socket) => {
    let bytes: Buffer = Buffer.alloc(0);
    const say = async (reply: number[]): Promise<void> => {
      for (let at = 0; at < reply.length; at += cut) {
        socket.write(Buffer.from(reply.slice(at, at + cut)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const steps: (() => boolean)[] = [
      () => {
        const count = bytes[1];
        if (count === undefined || bytes.length < 2 + count) return false;
        const method = password === undefined ? 0 : 2;
        say([5, bytes.subarray(2, 2 + count).includes(method) ? method : 0xff]);
        if (method === 0) steps.shift();
        bytes = bytes.subarray(2 + count);
        return true;
      },
      () => {
        const size = bytes[1] ?? 300;
        const length = bytes[2 + size] ?? 300;
        if (bytes.length < 3 + size + length) return false;
        const word = bytes.subarray(3 + size, 3 + size + length).toString();
        say([1, word === password ? 0 : 1]);
        bytes = bytes.subarray(3 + size + length);
        return true;
      },
      () => {
        const size = bytes[4] ?? 300;
        if (bytes.length < 7 + size) return false;
        asked.push(bytes.subarray(5, 5 + size).toString());
        const far = connectTcp(bytes.readUInt16BE(5 + size), '127.0.0.1', async () => {
          socket.off('data', read);
          await say([5, 0, 0, 3, 2, 104, 105, 0, 80]);
          join(socket, far);
        });
        return true;
      },
    ];
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      while (steps[0]?.() === true) steps.shift();
    };
    socket.on('data', read);
  });
}

t.test("CONNECT: the name goes to the proxy, with Basic and headers of the user's", async (t) => {
  const far = await target(t);
  const proxy = await httpProxy(t);
  const headers = { 'User-Agent': 'test', 'X-Twice': ['1', '2'] };
  await talks(t, `ws://${NAME}:${far.port}/x`, {
    proxy: { url: `http://joe:p%40ss@127.0.0.1:${proxy.port}`, headers },
  });
  const authority = `${NAME}:${far.port}`;
  t.equal(
    proxy.heads[0],
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Basic am9lOnBAc3M=\r\n` +
      'User-Agent: test\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n',
  );
  t.match(far.heads[0], /^GET \/x HTTP\/1\.1\r\nHost: device\.test:/);
  t.notMatch(far.heads[0], /User-Agent|Authorization/);
});

t.test('TLS to the target inside, judged as always', async (t) => {
  const far = await target(t, { certificate: 'server' });
  const wrong = await target(t, { certificate: 'wrong-host' });
  const proxy = await httpProxy(t);
  const options = { proxy: `http://127.0.0.1:${proxy.port}`, tls: CA };
  await talks(t, `wss://${NAME}:${far.port}/`, options);
  const error = await rejection(connect(`wss://${NAME}:${wrong.port}/`, options));
  t.match(error, { name: 'TlsError', code: 'WS_TLS_CERTIFICATE', acceptedBy: ['HostNameMismatch'] });
  t.same(wrong.heads, [], 'nothing was written to it');
  await talks(t, `wss://${NAME}:${wrong.port}/`, { ...options, ignoreSslErrors: ['HostNameMismatch'] });
});

t.test('TLS to the proxy, which is judged by options of its own', async (t) => {
  const plain = await target(t);
  const far = await target(t, { certificate: 'server' });
  const proxy = await httpProxy(t, { certificate: 'self-signed' });
  const url = `https://127.0.0.1:${proxy.port}`;
  const ignoreSslErrors = ['SelfSignedCertificate', 'HostNameMismatch'] as const;
  await talks(t, `ws://${NAME}:${plain.port}/`, { proxy: { url, ignoreSslErrors } });
  await talks(t, `wss://${NAME}:${far.port}/`, { tls: CA, proxy: { url, ignoreSslErrors } });
  const before = proxy.heads.length;
  const error = await rejection(connect(`ws://${NAME}:${plain.port}/`, { proxy: url, ignoreSslErrors: 'all' }));
  t.match(error, {
    name: 'ConnectionError',
    code: 'WS_CONNECT_PROXY',
    phase: 'proxy',
    cause: { code: 'WS_TLS_CERTIFICATE' },
  });
  t.match(error.message, `the connection to the proxy ${url} failed: `);
  const strict = { url, ignoreSslErrors, pin: [`sha256/${'A'.repeat(43)}=`] };
  t.match(await rejection(connect(`ws://${NAME}:${plain.port}/`, { proxy: strict })), {
    cause: { code: 'WS_TLS_PIN' },
  });
  t.equal(proxy.heads.length, before, 'nothing was written to a proxy that was refused');
  const inner = connect(`wss://localhost:${far.port}/`, { proxy: { url, ignoreSslErrors } });
  t.match(
    await rejection(inner),
    { name: 'TlsError', acceptedBy: ['UnableToGetLocalIssuerCertificate', 'UnableToVerifyFirstCertificate'] },
    'not for the target',
  );
});

t.test('a proxy that speaks no TLS', async (t) => {
  const proxy = await serve(t, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const error = await rejection(connect('ws://h/', { proxy: `https://127.0.0.1:${proxy.port}` }));
  t.match(error, { code: 'WS_CONNECT_PROXY', phase: 'proxy', cause: { code: 'WS_TLS_HANDSHAKE' } });
});

t.test('SOCKS5: names are looked up at the proxy; replies may come in pieces', async (t) => {
  const far = await target(t);
  const secure = await target(t, { certificate: 'server' });
  const asked: string[] = [];
  for (const cut of [1, 2, 3, 100]) {
    const open = await socksProxy(t, undefined, cut, asked);
    await talks(t, `ws://${NAME}:${far.port}/`, { proxy: `socks5://127.0.0.1:${open.port}` });
    const closed = await socksProxy(t, 'pass', cut, asked);
    await talks(t, `wss://${NAME}:${secure.port}/`, { proxy: `socks5h://joe:pass@127.0.0.1:${closed.port}`, tls: CA });
  }
  t.same(asked, new Array(8).fill(NAME));
});

t.test('SOCKS5: what is refused', async (t) => {
  const proxy = await socksProxy(t, 'pass', 2, []);
  for (const [url, message, rule] of [
    [`socks5://127.0.0.1:${proxy.port}`, /takes none of the methods offered; give user name/, 'socks-method'],
    [`socks5://joe:wrong@127.0.0.1:${proxy.port}`, /refused user name and password/, 'socks-auth'],
  ] as const) {
    const error = await rejection(connect('ws://h/', { proxy: url }));
    t.match(error, { code: 'WS_CONNECT_PROXY', phase: 'proxy', message, cause: { code: 'WS_HANDSHAKE_PROXY', rule } });
    t.notMatch(error.message, /wrong/);
  }
  const http = await httpProxy(t, { answer: () => true });
  http.server.prependListener('connection', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const error = await rejection(connect('ws://h/', { proxy: `socks5://127.0.0.1:${http.port}` }));
  t.match(error.cause, { rule: 'socks-version', value: '72' });
});

t.test('a refusal is the cause, with status, headers and body', async (t) => {
  const refusal =
    'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\nwhy';
  for (const answer of [refusal, refusal.replace('Content-Length: 3\r\n', '')]) {
    const proxy = await httpProxy(t, { answer: (socket) => socket.end(answer) !== null });
    const url = `http://joe:secret@127.0.0.1:${proxy.port}`;
    const error = await rejection(connect('ws://target.test/', { proxy: url }));
    const facts = {
      code: 'WS_CONNECT_PROXY',
      phase: 'proxy',
      url: 'ws://target.test/',
      address: `127.0.0.1:${proxy.port}`,
    };
    t.match(error, facts);
    t.match(error.cause, {
      code: 'WS_HANDSHAKE_PROXY',
      status: 407,
      reason: 'Proxy Authentication Required',
      retryAfterMs: 7000,
    });
    t.same(error.cause?.body, Buffer.from('why'));
    t.match(error.message, /proxy http:\/\/127\.0\.0\.1:\d+ failed: .*407 .*it asks for "Basic realm/);
    t.notMatch(error.message, /secret/);
  }
});

t.test('a proxy that breaks the rules, or off', async (t) => {
  for (const [bytes, cause] of [
    ['SSH-2.0-OpenSSH\r\n', { code: 'WS_HANDSHAKE_MALFORMED' }],
    [`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(9000)}`, { code: 'WS_HANDSHAKE_LIMIT', limit: 8192 }],
    [`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(200)}`, { code: 'WS_HANDSHAKE_LIMIT', rule: 'maxHeaders' }],
    ['HTTP/1.1 200 O', { code: 'WS_HANDSHAKE_TRUNCATED' }],
    ['', undefined],
  ] as const) {
    const proxy = await httpProxy(t, { answer: (socket) => socket.end(bytes) !== null });
    const error = await rejection(connect('ws://h/', { proxy: `http://127.0.0.1:${proxy.port}` }));
    t.match(error, { code: 'WS_CONNECT_PROXY', phase: 'proxy' }, bytes.slice(0, 20));
    if (cause === undefined) t.equal(error.cause, undefined);
    else t.match(error.cause, cause);
  }
  const proxy = await httpProxy(t, { answer: (socket) => socket.resetAndDestroy() !== null });
  t.match(await rejection(connect('ws://h/', { proxy: `http://127.0.0.1:${proxy.port}` })), {
    code: 'WS_CONNECT_PROXY',
  });
  await new Promise((resolve) => proxy.server.close(resolve));
  const error = await rejection(connect('ws://h/', { proxy: `http://127.0.0.1:${proxy.port}` }));
  t.match(error, { code: 'WS_CONNECT_PROXY', phase: 'proxy', cause: { code: 'ECONNREFUSED' } });
  const unknown = await rejection(connect('ws://h/', { proxy: 'http://proxy.invalid' }));
  t.match(unknown, { code: 'WS_CONNECT_PROXY', phase: 'proxy', cause: { syscall: 'getaddrinfo' } });
});

t.test('bytes in the chunk of the 200 belong to the tunnel', async (t) => {
  const early = await httpProxy(t, {
    answer: (socket) => {
      onHead(socket, (head) => socket.write(Buffer.concat([Buffer.from(accepted(head).slice(17)), HI])));
      return socket.write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Swit') !== null;
    },
  });
  const ws = await connect('ws://h/', { proxy: `http://127.0.0.1:${early.port}` });
  t.equal(await ws.receive(), 'hi');
  ws.terminate();
  const garbage = await httpProxy(t, {
    answer: (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nSSH-2.0\r\n') !== null,
  });
  const options = { proxy: `http://127.0.0.1:${garbage.port}` };
  t.match(await rejection(connect('ws://h/', options)), { code: 'WS_HANDSHAKE_MALFORMED', url: 'ws://h/' });
  const error = await rejection(connect('wss://h/', options));
  t.match(error, { code: 'WS_CONNECT_PROXY', message: /sent 9 bytes before the TLS handshake/ });
});

t.test('timeout and abort in the phase "proxy" leave nothing behind', async (t) => {
  const silent = await httpProxy(t, { answer: () => true });
  const deaf = await serve(t, () => {});
  for (const url of [
    `http://127.0.0.1:${silent.port}`,
    `https://127.0.0.1:${deaf.port}`,
    `socks5://127.0.0.1:${deaf.port}`,
  ]) {
    const error = await rejection(connect('wss://h/', { proxy: url, timeoutMs: 50 }));
    t.match(error, { code: 'WS_TIMEOUT', phase: 'proxy' });
    t.match(error.message, `under way was the connection to the proxy ${url}`);
    const controller = new AbortController();
    for (const { server } of [silent, deaf]) server.once('connection', () => controller.abort());
    t.match(await rejection(connect('wss://h/', { proxy: url, signal: controller.signal })), {
      code: 'WS_ABORTED',
      phase: 'proxy',
    });
    t.match(await rejection(connect('wss://h/', { proxy: url, signal: AbortSignal.abort() })), {
      code: 'WS_ABORTED',
      phase: 'dns',
    });
    const early = new AbortController();
    const attempted = rejection(connect('wss://h/', { proxy: url, signal: early.signal }));
    early.abort();
    t.match(await attempted, { code: 'WS_ABORTED' });
  }
  for (const socket of [...silent.sockets, ...deaf.sockets]) socket.destroy();
  t.same(await ended(), []);
});

t.test('the TLS handshake and the opening handshake inside the tunnel', async (t) => {
  for (const certificate of [undefined, 'server'] as const) {
    const proxy = await httpProxy(t, certificate === undefined ? {} : { certificate });
    const options = { proxy: { url: `http${certificate ? 's' : ''}://127.0.0.1:${proxy.port}`, tls: CA } };
    for (const [scheme, phase] of [
      ['wss', 'tls'],
      ['ws', 'handshake'],
    ] as const) {
      const controller = new AbortController();
      // The first bytes are the ClientHello, or the request.
      const deaf = await serve(t, (socket) => socket.once('data', () => controller.abort()));
      const error = await rejection(connect(`${scheme}://h:${deaf.port}/`, { ...options, signal: controller.signal }));
      t.match(error, { code: 'WS_ABORTED', phase });
    }
    const plain = await serve(t, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')));
    const error = await rejection(connect(`wss://h:${plain.port}/`, { proxy: options.proxy }));
    t.match(error, { code: 'WS_TLS_HANDSHAKE', hostName: 'h' });
  }
  t.same(await ended(), []);
});

t.test('the environment, on request', async (t) => {
  const far = await target(t);
  const proxy = await httpProxy(t);
  const before = { ...process.env };
  t.teardown(() => {
    for (const name of ['http_proxy', 'no_proxy']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  process.env['no_proxy'] = 'other.test';
  process.env['http_proxy'] = `127.0.0.1:${proxy.port}`;
  await talks(t, `ws://127.0.0.1:${far.port}/`, {});
  t.equal(proxy.heads.length, 0, 'not without being asked');
  await talks(t, `ws://${NAME}:${far.port}/`, { proxy: 'env' });
  await talks(t, `ws://${NAME}:${far.port}/`, { proxy: { url: 'env', headers: { 'X-A': 'b' } } });
  t.match(proxy.heads[1], /\r\nX-A: b\r\n/);
  process.env['no_proxy'] = '127.0.0.0/8';
  await talks(t, `ws://127.0.0.1:${far.port}/`, { proxy: 'env' });
  t.equal(proxy.heads.length, 2);
  process.env['http_proxy'] = `joe:secret@127.0.0.1:${proxy.port}`;
  await talks(t, `ws://${NAME}:${far.port}/`, { proxy: 'env' });
  t.match(proxy.heads[2], /\r\nProxy-Authorization: Basic /);
  process.env['http_proxy'] = 'gopher://joe:secret@x';
  const error = await rejection(connect(`ws://${NAME}:${far.port}/`, { proxy: 'env' }));
  t.match(error, { code: 'WS_OPTION', message: /^environment variable 'http_proxy': / });
  t.notMatch(error.message, /secret/);
});
