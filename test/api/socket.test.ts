import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, type LookupFunction, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { Duplex, PassThrough } from 'node:stream';
import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { type ConnectOptions, checkOptions } from '../../src/api/options.js';
import type { SocketTarget } from '../../src/api/socket.js';
import { pem } from '../certs.js';
import { accepted, ended, HI, onHead, rejection, serve, target } from './dial-peers.js';

const CA = { ca: pem('ca.pem') };

const dialed = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(socket));
  });

/** Sends texts of different lengths in one tick, and gets them back. */
async function talks(
  t: { equal: (a: unknown, b: unknown) => unknown },
  url: string,
  options: ConnectOptions,
): Promise<void> {
  const ws = await connect(url, options);
  t.equal(await ws.receive(), 'hi');
  const texts = ['a', 'bb'.repeat(50), 'c', 'dddd'];
  for (const text of texts) ws.send(text);
  for (const text of texts) t.equal(await ws.receive(), text);
  ws.terminate();
}

/** A stream of the user's around a socket. It passes on what it gets as it is, later, as streams may do. */
class Slow extends Duplex {
  readonly inner: Socket;

  constructor(inner: Socket) {
    super();
    this.inner = inner;
    inner.on('data', (chunk) => this.push(chunk));
    inner.on('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    setImmediate(() => this.inner.write(chunk));
    done();
  }

  override _final(done: () => void): void {
    setImmediate(() => this.inner.end(done));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.inner.destroy();
    done(error);
  }
}

t.test('each option: the bad value beside the good one', async (t) => {
  const stream = new PassThrough();
  const objects = new PassThrough({ objectMode: true });
  const strings = new PassThrough({ encoding: 'utf8' });
  const lookup: LookupFunction = () => {};
  for (const [name, good, bad] of [
    ['socket', [stream, new Socket()], [objects, strings, {}, 'x', null, 7]],
    ['createConnection', [() => stream, async () => stream], ['x', {}, null]],
    [
      'socketPath',
      ['/run/x.sock', '\\\\.\\pipe\\x', `/${'a'.repeat(106)}`],
      ['', 'a\0b', 7, null, `/${'a'.repeat(107)}`, `/${'\u00e4'.repeat(54)}`],
    ],
    ['localAddress', ['127.0.0.1', '::1'], ['localhost', '', 7, '127.0.0.256']],
    ['family', [4, 6], [0, '4', 5, null]],
    ['lookup', [lookup], ['x', {}, null]],
    ['maxRedirects', [0, 1, 100], [-1, 1.5, 101, '1', Number.NaN, null]],
  ] as const) {
    for (const value of good) {
      const settings = checkOptions({ [name]: value });
      t.equal(name === 'maxRedirects' ? settings.maxRedirects : settings.socketOptions[name], value, name);
    }
    for (const value of bad) {
      t.throws(
        () => checkOptions({ [name]: value }),
        { code: 'WS_OPTION', message: new RegExp(`'${name}'`) },
        `${name}: ${String(value)}`,
      );
    }
  }
  t.same(checkOptions().socketOptions, {});
  t.equal(checkOptions().maxRedirects, 0);
});

t.test('options that exclude each other', async (t) => {
  const all = {
    socket: new PassThrough(),
    createConnection: () => new PassThrough(),
    socketPath: '/run/x.sock',
    localAddress: '127.0.0.1',
    family: 4,
    lookup: () => {},
    proxy: 'env',
    maxRedirects: 1,
  } as const;
  const pick = (...names: (keyof typeof all)[]): ConnectOptions =>
    Object.fromEntries(names.map((name) => [name, all[name]]));
  for (const [name, others] of [
    ['socket', ['createConnection', 'socketPath', 'localAddress', 'family', 'lookup', 'proxy', 'maxRedirects']],
    ['createConnection', ['socketPath', 'proxy']],
    ['socketPath', ['localAddress', 'family', 'lookup', 'proxy']],
  ] as const) {
    for (const other of others) {
      const message = `option '${name}' leaves no meaning to '${other}': give one of them`;
      t.throws(() => checkOptions(pick(name, other)), { code: 'WS_OPTION', message });
    }
  }
  checkOptions(pick('createConnection', 'localAddress', 'family', 'lookup', 'maxRedirects'));
  checkOptions(pick('proxy', 'localAddress', 'family', 'lookup', 'maxRedirects'));
  checkOptions(pick('socketPath', 'maxRedirects'));
  checkOptions({ socket: all.socket, maxRedirects: 0 });
});

t.test('unix domain sockets, by the url and by the option', async (t) => {
  // The folder of the test itself has too long a name.
  const folder = mkdtempSync(`${tmpdir()}/ws-`);
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = `${folder}/a b.sock`;
  const plain = await target(t, { path });
  await talks(t, `ws+unix:${path.replace(' ', '%20')}:/chat?room=1`, {});
  t.match(plain.heads[0], 'GET /chat?room=1 HTTP/1.1\r\nHost: localhost\r\n');
  await talks(t, 'ws://name.invalid/x', { socketPath: path });
  t.match(plain.heads[1], 'GET /x HTTP/1.1\r\nHost: name.invalid\r\n');
  const connection = await connect(`ws+unix:${path.replace(' ', '%20')}`);
  t.equal(connection.url, `ws+unix:${path.replace(' ', '%20')}`);
  connection.terminate();
  const secure = `${folder}/s.sock`;
  await target(t, { path: secure, certificate: 'server' });
  await talks(t, `wss+unix:${secure}`, { tls: CA });
  t.match(await rejection(connect('wss://name.invalid/', { socketPath: secure, tls: CA })), {
    acceptedBy: ['HostNameMismatch'],
  });
  const error = await rejection(connect(`ws+unix:${secure}x:/`));
  t.match(error, { code: 'WS_CONNECT_TCP', phase: 'tcp', url: `ws+unix:${secure}x:/`, cause: { code: 'ENOENT' } });
  const long = `ws+unix:/${'a'.repeat(107)}`;
  t.match(await rejection(connect(long)), { code: 'WS_OPTION', message: /at most 107 bytes/ });
  t.match(await rejection(connect(`ws+unix:${path.replace(' ', '%20')}`, { proxy: 'http://proxy' })), {
    code: 'WS_OPTION',
  });
  await talks(t, `ws+unix:${path.replace(' ', '%20')}`, { proxy: 'env' });
});

t.test("a socket of the user's is used as it is", async (t) => {
  const plain = await target(t);
  const secure = await target(t, { certificate: 'server' });
  for (const wrap of [(socket: Socket) => socket, (socket: Socket) => new Slow(socket)]) {
    await talks(t, 'ws://name.invalid/', { socket: wrap(await dialed(plain.port)) });
    await talks(t, 'wss://localhost/', { socket: wrap(await dialed(secure.port)), tls: CA });
    const error = await rejection(connect('wss://name.invalid/', { socket: wrap(await dialed(secure.port)), tls: CA }));
    t.match(error, { code: 'WS_TLS_CERTIFICATE', acceptedBy: ['HostNameMismatch'] });
  }
  t.equal(secure.heads.length, 2, 'nothing was written to the ones that were refused');
  await talks(t, 'ws://name.invalid/', { socket: connectTcp(plain.port, '127.0.0.1') });
  t.same(await ended(), []);
});

t.test('frames behind the 101 of a stream with data events, and its end', async (t) => {
  const far = await serve(t, (socket) =>
    onHead(socket, (head) => {
      const bytes = Buffer.concat([Buffer.from(accepted(head)), HI, Buffer.from('880203e8', 'hex')]);
      for (const byte of bytes) socket.write(Buffer.of(byte));
      socket.end();
    }),
  );
  const stream = new Slow(await dialed(far.port));
  const ws = await connect('ws://name.invalid/', { socket: stream });
  t.equal(await ws.receive(), 'hi');
  t.match(await ws.closed, { code: 1000, clean: true });
  t.ok(stream.destroyed || stream.writableEnded);
});

t.test('a socket that is no use any more', async (t) => {
  const destroyed = new PassThrough();
  destroyed.destroy();
  t.match(await rejection(connect('ws://h/', { socket: destroyed })), {
    code: 'WS_CONNECT_TCP',
    message: /the socket is destroyed/,
  });
  const failed = new PassThrough().on('error', () => {});
  failed.destroy(new Error('broken before'));
  t.match(await rejection(connect('ws://h/', { socket: failed })), {
    code: 'WS_CONNECT_TCP',
    cause: { message: 'broken before' },
  });
  const failing = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(new Error('no more')) });
  t.match(await rejection(connect('ws://h/', { socket: failing })), {
    code: 'WS_CONNECT_LOST',
    phase: 'handshake',
    cause: { message: 'no more' },
  });
  const throughTls = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(new Error('no more')) });
  t.match(await rejection(connect('wss://h/', { socket: throughTls })), { name: 'TlsError', code: 'WS_TLS_HANDSHAKE' });
  const silent = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  t.match(await rejection(connect('ws://h/', { socket: silent, timeoutMs: 20 })), {
    code: 'WS_TIMEOUT',
    phase: 'handshake',
  });
  t.ok(silent.destroyed, 'it is ours');
  const silentTls = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  t.match(await rejection(connect('wss://h/', { socket: silentTls, timeoutMs: 20 })), {
    code: 'WS_TIMEOUT',
    phase: 'tls',
  });
  t.ok(silentTls.destroyed);
  t.same(await ended(), []);
});

t.test('createConnection makes the socket', async (t) => {
  const plain = await target(t);
  const secure = await target(t, { certificate: 'server' });
  const targets: SocketTarget[] = [];
  const lookup: LookupFunction = () => {};
  const make = (port: number) => (to: SocketTarget) => {
    targets.push(to);
    return connectTcp(port, '127.0.0.1');
  };
  await talks(t, 'ws://name.invalid:81/', { createConnection: make(plain.port) });
  await talks(t, 'wss://localhost/', {
    createConnection: async (to) => make(secure.port)(to),
    tls: CA,
    family: 4,
    lookup,
  });
  await talks(t, 'ws://name.invalid/', { createConnection: () => dialed(plain.port) });
  t.same(targets, [
    { host: 'name.invalid', port: 81 },
    { host: 'localhost', port: 443, family: 4, lookup },
  ]);
  for (const [createConnection, error] of [
    [() => Promise.reject(new Error('no way')), { code: 'WS_CONNECT_TCP', phase: 'tcp', cause: { message: 'no way' } }],
    [
      () => {
        throw 'a text';
      },
      { code: 'WS_CONNECT_TCP', message: /a text/ },
    ],
    [() => ({}), { code: 'WS_OPTION', message: /'createConnection': it returned something else than a net\.Socket/ }],
    [() => undefined, { code: 'WS_OPTION' }],
    [() => connectTcp(1, '127.0.0.1'), { code: 'WS_CONNECT_TCP', cause: { code: 'ECONNREFUSED' } }],
  ] as const) {
    t.match(await rejection(connect('ws://h/', { createConnection: createConnection as () => Duplex })), error);
  }
});

t.test('a socket that is made too late is destroyed, and nothing is written to it', async (t) => {
  const plain = await target(t);
  const socket = await dialed(plain.port);
  const controller = new AbortController();
  let make: (socket: Duplex) => void = () => {};
  const late = new Promise<Duplex>((resolve) => {
    make = resolve;
  });
  const attempt = rejection(connect('ws://h/', { createConnection: () => late, signal: controller.signal }));
  controller.abort();
  t.match(await attempt, { code: 'WS_ABORTED', phase: 'tcp' });
  make(socket);
  t.same(await ended(), []);
  t.ok(socket.destroyed);
  t.equal(socket.bytesWritten, 0);
});

t.test('localAddress, family and lookup', async (t) => {
  const plain = await target(t);
  await talks(t, `ws://127.0.0.1:${plain.port}/`, { localAddress: '127.0.0.2' });
  t.equal(plain.sockets[0]?.remoteAddress, '127.0.0.2');
  const asked: unknown[] = [];
  const lookup: LookupFunction = (host, { family, all }, done) => {
    asked.push([host, family]);
    if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
  await talks(t, `ws://name.invalid:${plain.port}/`, { lookup, family: 4 });
  const secure = await target(t, { certificate: 'server' });
  await talks(t, `wss://name.invalid:${secure.port}/`, { lookup, family: 4, tls: { ...CA, servername: 'localhost' } });
  t.same(asked, [
    ['name.invalid', 4],
    ['name.invalid', 4],
  ]);
  const refusing: LookupFunction = (_host, _options, done) => done(new Error('no such name'), '', 0);
  t.match(await rejection(connect('ws://name.invalid/', { lookup: refusing })), {
    code: 'WS_CONNECT_DNS',
    cause: { message: 'no such name' },
  });
  const throwing: LookupFunction = () => {
    throw new Error('broken');
  };
  t.match(await rejection(connect('ws://name.invalid/', { lookup: throwing })), {
    code: 'WS_CONNECT_DNS',
    cause: { message: 'broken' },
  });
  const error = await rejection(connect('ws://127.0.0.1:1/', { localAddress: '192.0.2.7' }));
  t.match(error, { code: 'WS_CONNECT_TCP', cause: { code: 'EADDRNOTAVAIL' } });
});

t.test('by address, with the name for the certificate and the Host header', async (t) => {
  const secure = await target(t, { certificate: 'server' });
  const names: unknown[] = [];
  secure.server.on('secureConnection', (socket: { servername?: unknown }) => names.push(socket.servername));
  const options = { headers: { Host: 'device.example:8443' }, tls: { ...CA, servername: 'localhost' } };
  await talks(t, `wss://127.0.0.1:${secure.port}/`, options);
  t.same(names, ['localhost']);
  t.match(secure.heads[0], /\r\nHost: device\.example:8443\r\n/);
  t.match(
    await rejection(connect(`wss://127.0.0.1:${secure.port}/`, { tls: { ...CA, servername: 'device.example' } })),
    {
      code: 'WS_TLS_CERTIFICATE',
      acceptedBy: ['HostNameMismatch'],
    },
  );
});
