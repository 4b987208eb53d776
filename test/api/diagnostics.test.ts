import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { connect, inspect } from '../../src/index.js';
import { certificate, pem } from '../certs.js';
import { accepting, closeFrame, frame, refusal, startPeer } from './raw-peer.js';

interface Facts {
  readonly [name: string]: unknown;
  readonly id: number;
}

type Event = readonly [string, Facts];

/** What the channels publish until the test's end. */
function listen(t: Test, ...names: string[]): Event[] {
  const events: Event[] = [];
  for (const name of names) {
    const channel = `websocket-open:${name}`;
    const note = (message: unknown): number => events.push([name, message as Facts]);
    subscribe(channel, note);
    t.teardown(() => unsubscribe(channel, note));
  }
  return events;
}

t.test('open, frames and close, with what they hold', async (t) => {
  const events = listen(t, 'open', 'close', 'error', 'frame:received', 'frame:sent');
  const peer = await startPeer(t, (wire) => wire.serve(), { first: frame(0x81, 'with the response') });
  const ws = await connect(`${peer.url}path?query`);
  const source = { id: events[0]?.[1].id, url: `${peer.url}path?query`, address: `127.0.0.1:${peer.port}` };
  t.type(source.id, 'number');
  ws.send('héllo');
  await ws.ping('p');
  await ws.close(1000, 'bye');
  const frames = (name: string): unknown[] => events.filter(([each]) => each === name).map(([, message]) => message);
  t.strictSame(frames('frame:received'), [
    { ...source, fin: true, rsv1: false, opcode: 1, length: 17, payload: Buffer.from('with the response') },
    { ...source, fin: true, rsv1: false, opcode: 10, length: 1, payload: Buffer.from('p') },
    { ...source, fin: true, rsv1: false, opcode: 8, length: 2, payload: Buffer.from([0x03, 0xe8]) },
  ]);
  t.strictSame(frames('frame:sent'), [
    { ...source, fin: true, rsv1: false, opcode: 1, length: 6, payload: Buffer.from('héllo') },
    { ...source, fin: true, rsv1: false, opcode: 9, length: 1, payload: Buffer.from('p') },
    { ...source, fin: true, rsv1: false, opcode: 8, length: 5, payload: Buffer.from('\x03\xe8bye', 'latin1') },
  ]);
  t.match(frames('open'), [{ ...source, protocol: '', extensions: [], response: { status: 101 }, tls: null }]);
  t.strictSame(frames('close'), [{ ...source, report: await ws.closed }]);
  t.strictSame(frames('error'), []);
});

t.test('frames in any cutting; the payload up to 1,024 bytes', async (t) => {
  const events = listen(t, 'frame:received', 'frame:sent');
  const large = Buffer.alloc(70_000, 'x');
  const bytes = Buffer.concat([frame(0x02, large), frame(0x89), frame(0x80, 'é')]);
  const peer = await startPeer(t, async (wire) => {
    wire.serve();
    for (let at = 0; at < bytes.length; ) {
      const count = at > 20 && at < 69_000 ? 30_000 : 1;
      wire.socket.write(bytes.subarray(at, at + count));
      at += count;
      if (at < 20) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
  const ws = await connect(peer.url);
  t.equal((await ws.receive())?.length, 70_002);
  await ws.send(large);
  await ws.send(Buffer.alloc(300_000, 'y'));
  await ws.close();
  const seen = (name: string): unknown[] =>
    events
      .filter(([each, { opcode }]) => each === name && opcode !== 8 && opcode !== 10)
      .map(([, { fin, opcode, length, payload }]) => [fin, opcode, length, String(payload)]);
  t.strictSame(seen('frame:received'), [
    [false, 2, 70_000, 'x'.repeat(1024)],
    [true, 9, 0, ''],
    [true, 0, 2, 'é'],
  ]);
  t.strictSame(seen('frame:sent'), [
    [true, 2, 70_000, 'x'.repeat(1024)],
    [true, 2, 300_000, 'y'.repeat(1024)],
  ]);
});

t.test('what is discarded is not shown', async (t) => {
  const events = listen(t, 'frame:received');
  const peer = await startPeer(t, (wire) => {
    wire.write(frame(0x81, 'a'), Buffer.from([0xf1, 0x01, 0x00]));
    void wire.next().then(() => {
      wire.write(frame(0x81, 'after the fault'));
      wire.socket.end();
    });
  });
  const ws = await connect(peer.url);
  t.match(await ws.closed, { error: { code: 'WS_PROTOCOL_RSV' } });
  t.equal(events.filter(([, { payload }]) => String(payload) === 'a').length, 1);
  t.notOk(events.some(([, { payload }]) => String(payload) === 'after the fault'));
});

t.test('nothing is shown after a close frame', async (t) => {
  const events = listen(t, 'frame:received');
  const peer = await startPeer(t, (wire) => wire.socket.end(Buffer.concat([closeFrame(1000), frame(0x81, 'late')])));
  await (await connect(peer.url)).closed;
  t.strictSame(
    events.map(([, { opcode }]) => opcode),
    [8],
  );
});

t.test('errors: an attempt that fails, and a connection that is lost', async (t) => {
  const events = listen(t, 'open', 'close', 'error');
  const peer = await startPeer(
    t,
    (wire) => {
      wire.socket.on('data', () => wire.socket.destroy());
    },
    { answer: (request, count) => (count === 1 ? refusal(403) : accepting(request)) },
  );
  await t.rejects(connect(peer.url.replace('ws://', 'ws://user:secret@')), { code: 'WS_HANDSHAKE_STATUS' });
  t.match(events, [['error', { url: peer.url, address: `127.0.0.1:${peer.port}`, error: { status: 403 } }]]);
  t.notMatch(JSON.stringify(events), 'secret');
  events.length = 0;
  const ws = await connect(peer.url);
  ws.send('x');
  const report = await ws.closed;
  t.match(events, [
    ['open', {}],
    ['error', { error: { code: 'WS_TRANSPORT' } }],
    ['close', { report }],
  ]);
  t.equal(new Set(events.map(([, { id }]) => id)).size, 1, 'one id for all of a connection');
  await t.rejects(connect('ws://127.0.0.1:1/', { signal: AbortSignal.abort() }), { code: 'WS_ABORTED' });
  t.match(events.at(-1), ['error', { address: undefined, error: { code: 'WS_ABORTED' } }]);
});

t.test('open tells what is known about TLS', async (t) => {
  const events = listen(t, 'open');
  const tls = { cert: pem('self-signed.pem'), key: pem('self-signed.key') };
  const peer = await startPeer(t, (wire) => wire.serve(), { tls });
  const ws = await connect(peer.url, { ignoreSslErrors: 'all' });
  await ws.close();
  const { fingerprint256 } = certificate('self-signed');
  t.match(events, [['open', { tls: { chain: [{ fingerprint256 }], findings: [{}] } }]]);
});

t.test('who subscribes later gets nothing of a connection that is open', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve());
  const ws = await connect(peer.url);
  const events = listen(t, 'close', 'error', 'frame:sent', 'frame:received');
  await ws.ping();
  await ws.close();
  t.strictSame(events, []);
});

t.test('NODE_DEBUG=websocket-open prints a line per phase', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve());
  const index = new URL('../../src/index.js', import.meta.url);
  const program = `import { connect } from ${JSON.stringify(index)};
    const ws = await connect(${JSON.stringify(peer.url)});
    await ws.close(1000, 'bye');
    await connect('ws://127.0.0.1:1/').catch(() => {});`;
  const run = async (NODE_DEBUG: string): Promise<string[]> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, NODE_DEBUG, NODE_V8_COVERAGE: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    await once(child, 'close');
    return text.split('\n').filter((line) => line !== '');
  };
  t.strictSame(await run(''), []);
  const at = `ws://127.0.0.1:${peer.port}/ (127.0.0.1:${peer.port})`;
  const lines = (await run('websocket-open')).map((line) => line.replace(/^WEBSOCKET-OPEN \d+: /, ''));
  t.strictSame(lines.slice(0, 5), [
    `1 dns ws://127.0.0.1:${peer.port}/`,
    `1 tcp ws://127.0.0.1:${peer.port}/`,
    `1 handshake ${at}`,
    `1 open ${at}`,
    '1 closed by us: sent 1000 (normal closure) "bye"; then received 1000 (normal closure)',
  ]);
  t.match(lines.slice(5), [/^2 dns/, /^2 tcp/, /^2 failed: WS_CONNECT_TCP: /]);
});

t.test('one id for all requests of an attempt, and the url of the last one', async (t) => {
  const events = listen(t, 'open', 'close', 'error');
  const peer = await startPeer(t, (wire) => wire.serve());
  const first = await startPeer(t, () => {}, { answer: () => refusal(302, `Location: ${peer.url}there\r\n`) });
  const ws = await connect(first.url, { maxRedirects: 1 });
  await ws.close();
  const source = { url: `${peer.url}there`, address: `127.0.0.1:${peer.port}` };
  t.match(events, [
    ['open', source],
    ['close', source],
  ]);
  t.equal(events[0]?.[1].id, events[1]?.[1].id);
});

t.test('an attempt that fails, or is inspected only, is told once and not opened', async (t) => {
  const events = listen(t, 'open', 'close', 'error');
  const proxy = await startPeer(t, () => {}, { answer: () => refusal(407) });
  const options = { proxy: proxy.url.replace('ws:', 'http:') };
  await t.rejects(connect('ws://device.test/', options), { code: 'WS_CONNECT_PROXY' });
  await t.rejects(connect('ws://device.test/', { ...options, timeoutMs: 1, lookup: () => {} }));
  const peer = await startPeer(t, (wire) => wire.serve());
  await inspect(peer.url);
  await new Promise(setImmediate);
  t.match(events, [
    ['error', { url: 'ws://device.test/', error: { code: 'WS_CONNECT_PROXY', cause: { status: 407 } } }],
    ['error', { url: 'ws://device.test/' }],
  ]);
  t.equal(events.length, 2);
});
