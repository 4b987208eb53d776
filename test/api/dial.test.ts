import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { ConnectionError } from '../../src/api/errors.js';
import type { ConnectOptions } from '../../src/api/options.js';
import { pem } from '../certs.js';
import {
  accepted,
  close,
  frame,
  handles,
  listen,
  type Peer,
  quiet,
  resolveTo,
  settle,
  text,
  toldClose,
  type Wire,
} from './peer.js';

const ca = { tls: { ca: pem('ca.pem') } };
const silent = (): void => {};

const REFUSAL = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\nX-Why: no\r\n\r\nnot for you';

t.test('a response that is cut in its head', async (t) => {
  for (const [bytes, message] of [
    ['HTTP/1.1 101 Swi', /the last line was "HTTP\/1\.1 101 Swi"/],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: web', /before its response was complete/],
    ['\x15\x03\x03\x00\x02\x02\x46', /looks like a TLS alert: use wss:/],
  ] as const) {
    const peer = await listen(t, { onRequest: (wire) => wire.socket.end(bytes, 'latin1') });
    const error = { name: 'HandshakeError', code: 'WS_HANDSHAKE_TRUNCATED', url: peer.url };
    await t.rejects(connect(peer.url), { ...error, message });
  }
});

t.test('a server that says nothing and ends', async (t) => {
  const peer = await listen(t, { onRequest: (wire) => wire.socket.end() });
  const address = `127.0.0.1:${peer.port}`;
  const error = { name: 'ConnectionError', code: 'WS_CONNECT_LOST', phase: 'handshake', url: peer.url, address };
  await t.rejects(connect(peer.url), {
    ...error,
    message: /the peer ended the connection during the opening handshake/,
  });
});

t.test('a refusal whose body is cut', async (t) => {
  const refused = {
    name: 'HandshakeError',
    code: 'WS_HANDSHAKE_STATUS',
    status: 403,
    body: Buffer.from('not for you'),
    bodyTruncated: true,
  };
  const byReset = (wire: Wire): void => {
    // The client is in this process, so it has read it all after some turns, and the reset overtakes nothing.
    wire.socket.write(REFUSAL, () => settle(20).then(() => wire.reset()));
  };
  for (const onRequest of [(wire: Wire) => void wire.socket.end(REFUSAL), byReset]) {
    const peer = await listen(t, { onRequest });
    await t.rejects(connect(peer.url), refused);
  }
});

t.test('a server that resets at once', async (t) => {
  const peer = await listen(t);
  peer.server.prependListener('connection', (socket) => socket.resetAndDestroy());
  for (let i = 0; i < 20; i++) {
    const error = await connect(peer.url).then(t.fail, (error) => error);
    t.match(error, { name: 'ConnectionError', code: /^WS_CONNECT_(TCP|LOST)$/ });
    t.match(`${error.address}`, /^(undefined|127\.0\.0\.1:\d+)$/);
  }
});

// The deadline and the signal, in every phase.

/** A server whose queue of connections is full: it is in a process of its own that never accepts. */
async function fullBacklog(t: Test): Promise<string> {
  const program = `
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);
    });`;
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  const fillers = Array.from({ length: 4 }, () => connectTcp(Number(`${port}`), '127.0.0.1').on('error', silent));
  await Promise.race(fillers.map((filler) => once(filler, 'connect')));
  // Whoever finds no place is never answered; the ones that do are, within a round trip on this machine.
  await settle(50);
  t.teardown(async () => {
    for (const filler of fillers) filler.destroy();
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return `ws://127.0.0.1:${`${port}`}/`;
}

/** A peer that stops in each phase, and how far it got. */
const STOPS: Record<string, (t: Test) => Promise<{ url: string; peer?: Peer }>> = {
  dns: async (t) => {
    resolveTo(t);
    return { url: 'ws://localhost:1/' };
  },
  tcp: async (t) => ({ url: await fullBacklog(t) }),
  tls: async (t) => {
    const peer = await listen(t);
    return { peer, url: peer.url.replace('ws:', 'wss:') };
  },
  handshake: async (t) => {
    const peer = await listen(t, { onRequest: silent });
    return { peer, url: peer.url };
  },
  'handshake over TLS': async (t) => {
    const peer = await listen(t, { onRequest: silent, tls: true });
    return { peer, url: peer.url };
  },
};

/** What keeps the process alive for a client; the peer's own handles are not counted. */
async function isLeft(t: Test, peer: Peer | undefined, before: readonly string[]): Promise<void> {
  if (peer !== undefined) for (const wire of peer.wires) await wire.gone();
  await settle();
  t.same(handles(), before, 'nothing is left');
}

// The first dial by TLS loads, and makes, what later ones share: on a busy machine that takes longer than the deadlines below.
t.before(() => connect('wss://127.0.0.1:1/', ca).catch(() => {}));

for (const [name, stop] of Object.entries(STOPS)) {
  const phase = name.split(' ')[0] as string;

  t.test(`${name}: the deadline`, async (t) => {
    const { url, peer } = await stop(t);
    const before = await quiet();
    const error: ConnectionError = await connect(url, { timeoutMs: 100, ...ca }).then(t.fail, (error) => error);
    t.match(error, { name: 'ConnectionError', code: 'WS_TIMEOUT', phase, url, message: /not connected within 100 ms/ });
    if (peer !== undefined) t.equal(error.address, `127.0.0.1:${peer.port}`);
    await isLeft(t, peer, before);
  });

  t.test(`${name}: the signal`, async (t) => {
    const { url, peer } = await stop(t);
    const before = await quiet();
    const controller = new AbortController();
    const attempt = connect(url, { signal: controller.signal, ...ca });
    attempt.catch(silent);
    if (peer === undefined) await settle(20);
    else {
      const wire = await peer.wire();
      if (phase === 'handshake') await wire.until(({ head }) => head !== '');
      else await wire.until(({ rest }) => rest.length > 0);
    }
    const wire = peer?.wires[0];
    const bytes = wire === undefined ? 0 : wire.socket.bytesRead;
    const reason = new Error('enough');
    controller.abort(reason);
    await t.rejects(attempt, { name: 'ConnectionError', code: 'WS_ABORTED', phase, url, cause: reason });
    await isLeft(t, peer, before);
    // TLS says that it ends; nothing else is written.
    if (wire !== undefined && !name.includes('TLS')) t.equal(wire.socket.bytesRead, bytes);
  });
}

t.test('a signal that has fired before: nothing is dialed', async (t) => {
  const peer = await listen(t);
  const before = await quiet();
  const reason = new Error('enough');
  for (const url of [peer.url, 'ws://localhost:1/', 'wss://localhost:1/']) {
    await t.rejects(connect(url, { signal: AbortSignal.abort(reason) }), {
      code: 'WS_ABORTED',
      phase: 'dns',
      cause: reason,
    });
  }
  t.same(handles(), before);
  t.equal(peer.wires.length, 0);
});

t.test('a signal that fires when the connection is open or closing', async (t) => {
  for (const phase of ['open', 'closing'] as const) {
    const peer = await listen(t);
    const before = await quiet();
    const controller = new AbortController();
    const ws = await connect(peer.url, { signal: controller.signal });
    const wire = await peer.wire();
    if (phase === 'closing') {
      ws.close();
      await wire.count(1);
    }
    const reason = new Error('enough');
    const unsent = phase === 'open' ? ws.send('too late') : undefined;
    controller.abort(reason);
    const report = await ws.closed;
    t.match(report, { code: 1006, clean: false, by: 'us', error: { code: 'WS_ABORTED', phase, cause: reason } });
    if (unsent !== undefined) await t.rejects(unsent, { code: 'WS_CLOSED' });
    await wire.gone();
    t.same(wire.told, phase === 'open' ? [] : [toldClose(1000)], 'nothing is written afterwards');
    await settle();
    t.same(handles(), before);
  }
});

t.test('a signal that fires when all is over changes nothing', async (t) => {
  const peer = await listen(t, { first: close(1000) });
  const controller = new AbortController();
  const ws = await connect(peer.url, { signal: controller.signal });
  const wire = await peer.wire();
  await wire.count(1);
  wire.socket.end();
  const report = await ws.closed;
  controller.abort();
  await settle();
  t.equal(await ws.closed, report);
  t.notOk('error' in report);
});

// Addresses.

/** A port of this machine that nobody listens to. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

t.test('nobody listens', async (t) => {
  const port = await freePort();
  const before = await quiet();
  for (const scheme of ['ws', 'wss']) {
    const url = `${scheme}://127.0.0.1:${port}/`;
    const error = {
      name: 'ConnectionError',
      code: 'WS_CONNECT_TCP',
      phase: 'tcp',
      url,
      cause: { code: 'ECONNREFUSED' },
    };
    await t.rejects(connect(url), {
      ...error,
      message: /the TCP connection failed: connect ECONNREFUSED 127\.0\.0\.1/,
    });
  }
  resolveTo(t, '::1', '127.0.0.1');
  const both = connect(`ws://localhost:${port}/`);
  await t.rejects(both, { code: 'WS_CONNECT_TCP', phase: 'tcp', message: /REFUSED ::1:\d+; connect ECONNREFUSED 127/ });
  await settle();
  t.same(handles(), before);
});

t.test('a host that does not exist', async (t) => {
  // A label has at most 63 characters (RFC 1035 2.3.4), so that no resolver is asked.
  const url = `ws://${'a'.repeat(64)}.invalid/`;
  for (const each of [url, url.replace('ws:', 'wss:')]) {
    const error = { code: 'WS_CONNECT_DNS', phase: 'dns', url: each, cause: { syscall: 'getaddrinfo' } };
    await t.rejects(connect(each), { name: 'ConnectionError', ...error });
  }
});

for (const [listens, other] of [
  ['127.0.0.1', '::1'],
  ['::1', '127.0.0.1'],
] as const) {
  for (const tls of [undefined, true] as const) {
    t.test(`a name with two addresses: ${tls ? 'TLS' : 'plain'} on ${listens} only`, async (t) => {
      const first = text('in the same write as the response');
      const peer = await listen(t, { host: listens, first, ...(tls && { tls }) });
      // Node makes a handle for each address: the second one has to read into our memory, too.
      resolveTo(t, other, listens);
      const ws = await connect(`${tls ? 'wss' : 'ws'}://localhost:${peer.port}/`, ca);
      const wire = await peer.wire();
      t.equal(await ws.receive(), 'in the same write as the response');
      const large = 'x'.repeat(1 << 20);
      wire.send(text(large));
      t.equal((await ws.receive())?.length, large.length);
      ws.send('hello');
      await wire.count(1);
      t.same(wire.told, ['1:hello']);
      ws.terminate();
    });
  }
}

// The response.

const run = async (t: Test, onRequest: (wire: Wire) => void, options: ConnectOptions = {}): Promise<unknown> => {
  const peer = await listen(t, { onRequest });
  return connect(peer.url, options).then(
    (ws) => {
      ws.terminate();
      return ws;
    },
    (error) => error,
  );
};

t.test('a response and frames, cut anywhere', async (t) => {
  let request = '';
  const cut = { at: 0 };
  const peer = await listen(t, {
    onRequest: async (wire) => {
      request = wire.head;
      const all = Buffer.concat([Buffer.from(accepted(request)), text('a'), text('b'), close(1000)]);
      wire.send(all.subarray(0, cut.at));
      await settle(2);
      wire.send(all.subarray(cut.at));
      wire.socket.end();
    },
  });
  const length = accepted('').length + 28 + 10;
  for (; cut.at < length; cut.at++) {
    const ws = await connect(peer.url);
    const messages: unknown[] = [];
    for await (const message of ws) messages.push(message);
    if (messages.join() !== 'a,b' || !(await ws.closed).clean) t.fail(`cut at ${cut.at}: ${messages}`);
  }
  t.equal(peer.wires.length, length);
});

t.test('a response of single bytes', async (t) => {
  const peer = await listen(t, {
    onRequest: async (wire) => {
      for (const byte of accepted(wire.head)) {
        wire.send(byte);
        await settle(1);
      }
      wire.send(text('a'));
    },
  });
  const ws = await connect(peer.url);
  t.equal(await ws.receive(), 'a');
  ws.terminate();
});

t.test('a refusal with its body', async (t) => {
  const head = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n';
  for (const [bytes, ends] of [
    ['Content-Length: 5\r\n\r\nnever', false],
    ['Content-Length: 5\r\n\r\nnever and more', false],
    ['Transfer-Encoding: chunked\r\n\r\n2\r\nne\r\n3\r\nver\r\n0\r\n\r\n', false],
    ['\r\nnever', true],
  ] as const) {
    const error = await run(t, (wire) => {
      wire.send(head, bytes);
      if (ends) wire.socket.end();
    });
    const facts = { code: 'WS_HANDSHAKE_STATUS', status: 401, reason: 'Unauthorized', bodyTruncated: false };
    t.match(error, { name: 'HandshakeError', ...facts, body: Buffer.from('never') });
    t.match(error, { url: /^ws:/, address: /^127\.0\.0\.1:\d+$/ });
  }
});

t.test('a head without end is stopped at its limit', async (t) => {
  let wire: Wire | undefined;
  const error = await run(t, (it) => {
    wire = it;
    it.send('HTTP/1.1 101 Switching Protocols\r\n');
    const pour = (): void => {
      while (!it.closed && it.socket.write('X: y\r\n'.repeat(1000)));
    };
    it.socket.on('drain', pour);
    pour();
  });
  t.match(error, { name: 'HandshakeError', code: 'WS_HANDSHAKE_LIMIT' });
  await wire?.gone();
});

t.test('a response that breaks a rule: the connection ends, and nothing more is written', async (t) => {
  const peer = await listen(t, {
    onRequest: (wire) => wire.send(accepted('Sec-WebSocket-Key: other\r\n'), text('not delivered')),
  });
  const before = await quiet();
  await t.rejects(connect(peer.url), { name: 'HandshakeError', code: 'WS_HANDSHAKE_ACCEPT' });
  const wire = await peer.wire();
  await wire.gone();
  t.equal(wire.rest.length, 0);
  await settle();
  t.same(handles(), before);
});

t.test('what is asked for, and what was agreed on', async (t) => {
  const peer = await listen(t, { headers: 'Sec-WebSocket-Protocol: b\r\nX-Server: yes\r\n' });
  const url = peer.url.replace('ws://', 'ws://user:secret@');
  const ws = await connect(`${url}path?query=1`, {
    protocols: ['a', 'b'],
    origin: 'https://example.org',
    headers: { 'X-A': '1' },
  });
  const { head } = await peer.wire();
  t.match(head, /^GET \/path\?query=1 HTTP\/1\.1\r\n/);
  for (const line of [
    'Sec-WebSocket-Protocol: a, b',
    'Origin: https://example.org',
    'X-A: 1',
    'Authorization: Basic dXNlcjpzZWNyZXQ=',
  ]) {
    t.ok(head.includes(`${line}\r\n`), line);
  }
  t.equal(ws.url, `${peer.url}path?query=1`, 'without userinfo');
  t.equal(ws.protocol, 'b');
  t.same(ws.extensions, []);
  t.equal(ws.response.status, 101);
  t.equal(ws.response.headers.get('x-server'), 'yes');
  t.equal(ws.tls, null);
  ws.terminate();
});

t.test('RFC 6455 4.1: nothing is sent between the request and the response', async (t) => {
  for (const tls of [false, true]) {
    let heldBack: Wire | undefined;
    const onRequest = (wire: Wire): void => {
      heldBack = wire;
    };
    const peer = await listen(t, tls ? { tls, onRequest } : { onRequest });
    let open = false;
    const attempt = connect(`${tls ? 'wss' : 'ws'}://localhost:${peer.port}/`, tls ? ca : {}).then((ws) => {
      open = true;
      return ws;
    });
    const wire = await peer.wire();
    await wire.until(() => heldBack !== undefined);
    // Half a response, and an interim one: none of it is the response.
    const response = accepted(wire.head);
    wire.send('HTTP/1.1 103 Early Hints\r\n\r\n', response.slice(0, 40));
    await settle(20);
    t.equal(open, false);
    t.equal(wire.rest.length, 0);
    wire.send(response.slice(40));
    const ws = await attempt;
    ws.send('first');
    await wire.count(1);
    t.same(wire.told, ['1:first']);
    ws.terminate();
  }
});

t.test('RFC 6455 5.8 and 9.1: an extension that was not accepted is not used', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url, { perMessageDeflate: { threshold: 0 } });
  const wire = await peer.wire();
  t.match(wire.head, /\r\nSec-WebSocket-Extensions: permessage-deflate\b/, 'it was offered');
  t.same(ws.extensions, []);
  const long = 'a'.repeat(2000);
  ws.send(long);
  await wire.count(1);
  t.same(wire.frames, [{ first: 0x81, masked: true, payload: Buffer.from(long) }]);
  wire.send(frame(0xc1, 'x'));
  await wire.until(({ ended }) => ended);
  wire.socket.end();
  t.match((await ws.closed).error, { code: 'WS_PROTOCOL_RSV', section: 'RFC 6455 5.2' });
});

t.test('no error shows a password', async (t) => {
  const peer = await listen(t, { onRequest: (wire) => wire.socket.end() });
  const url = peer.url.replace('ws://', 'ws://user:secret@');
  const error = await connect(url).then(t.fail, (error) => error);
  t.notMatch(JSON.stringify([error.message, error.url, `${error.stack}`]), /secret/);
});

t.test('a request that makes no sense costs no connection', async (t) => {
  const peer = await listen(t);
  await t.rejects(connect(peer.url, { headers: { 'X A': '1' } }), { code: 'WS_HANDSHAKE_HEADER' });
  await t.rejects(connect(peer.url, { protocols: ['a b'] }), { name: 'HandshakeError', side: 'local' });
  await settle(10);
  t.equal(peer.wires.length, 0);
});
