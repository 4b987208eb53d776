import t, { type Test } from 'tap';
import { Channel } from '../../src/api/channel.js';
import { describeClose } from '../../src/api/close-report.js';
import type { Codec } from '../../src/api/compression.js';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import type { ConnectOptions } from '../../src/api/options.js';
import { Transport } from '../../src/api/transport.js';
import { Deflater, DeflatingWriter, Inflater } from '../../src/frames/deflate-index.js';
import { aboutFastPath } from '../about-fast-path.js';
import { pem } from '../certs.js';
import { close, frame, handles, listen, ping, quiet, settle, text, toldClose, type Wire } from './peer.js';

/** More than the system's buffers on both sides take. */
const UNREAD = Buffer.alloc(32 << 20, 'x');

t.test('an idle connection has neither reader nor writer', async (t) => {
  const made: string[] = [];
  const transport = new Transport({ target: null, read() {}, filled() {}, ended() {}, closed() {} });
  const codec: Codec = {
    inflater() {
      made.push('inflater');
      return new Inflater({ windowBits: 15, contextTakeover: true });
    },
    writer(output) {
      made.push('writer');
      return new DeflatingWriter(output, { deflater: new Deflater({ windowBits: 15, contextTakeover: true }) });
    },
  };
  const face = { text() {}, binary() {}, ping() {}, pong() {}, closing() {}, closed() {} };
  const settings = { maxMessageBytes: 100, maxFragments: 10, closeTimeoutMs: 10, signal: undefined };
  const channel = new Channel(transport, face, { ...settings, keepAlive: undefined }, codec);
  t.equal(channel.target, null);
  t.equal(channel.paused, false);
  t.equal(channel.bufferedBytes, 0);
  channel.resume();
  t.same([made, transport.writer], [[], null]);
  const bytes = text('x');
  channel.read(bytes, 0, bytes.length);
  t.same([made, transport.writer], [['inflater'], null]);
  t.equal(channel.writer, transport.writer);
  t.same(made, ['inflater', 'writer']);
});

t.test('closeTimeoutMs: Infinity waits for the peer', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url, { closeTimeoutMs: Number.POSITIVE_INFINITY });
  const wire = await peer.wire();
  const closed = ws.close();
  await wire.count(1);
  // Much longer than the millisecond that a timer makes of Infinity: this one starts later and is longer.
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(ws.state, 'closing');
  wire.send(close(1000));
  wire.socket.end();
  t.match(await closed, { code: 1000, clean: true, by: 'us' });
});

t.test('a peer that ends its side and does not read is not waited for for ever', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url, { closeTimeoutMs: 20 });
  const wire = await peer.wire();
  wire.stopReading();
  const lost = ws.send(UNREAD);
  await settle();
  wire.socket.end();
  const report = await ws.closed;
  t.match(report, { code: 1006, clean: false, by: 'transport', error: { code: 'WS_TRANSPORT', phase: 'open' } });
  await t.rejects(lost, { code: 'WS_CLOSED' });
});

/** So many messages that the queue pauses the connection in the middle of a read. */
const MANY = Array.from({ length: 100 }, (_, i) => text(String(i)));

async function readAll(ws: Connection): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const message of ws) messages.push(message);
  return messages;
}
const WANTED = MANY.map((_, i) => String(i));

for (const tls of [true, undefined] as const) {
  const name = tls ? 'TLS' : 'TCP';

  t.test(`${name}: a peer that has closed while the queue was full loses nothing`, async (t) => {
    const peer = await listen(t, { tls: tls as true, host: 'localhost' });
    const ws = await connect(peer.url, { tls: { ca: pem('ca.pem') } });
    const wire = await peer.wire();
    // With TLS the end is in the same read and comes in spite of the pause.
    wire.socket.end(Buffer.concat([...MANY, close(1001, 'bye')]));
    if (tls) await wire.until(({ ended }) => ended);
    t.same(await readAll(ws), WANTED);
    t.match(await ws.closed, { code: 1001, reason: 'bye', clean: true, by: 'peer', error: undefined });
    t.same(wire.told, [toldClose(1001, 'bye')]);
  });

  t.test(`${name}: a peer that has ended without a close frame while the queue was full loses nothing`, async (t) => {
    const peer = await listen(t, { tls: tls as true, host: 'localhost' });
    const ws = await connect(peer.url, { tls: { ca: pem('ca.pem') } });
    const wire = await peer.wire();
    wire.socket.end(Buffer.concat(MANY));
    if (tls) await wire.until(({ ended }) => ended);
    t.same(await readAll(ws), WANTED);
    t.match(await ws.closed, { code: 1006, clean: false, by: 'transport', error: { code: 'WS_TRANSPORT' } });
  });
}

/** A socket with 'data' events is read while it is paused, and so tells of a reset itself. */
const ONREAD = aboutFastPath('onread');

/** Opens, lets the queue fill up, and resets: only what we write afterwards tells us so. */
async function lostWhilePaused(t: Test, ...more: Buffer[]): Promise<Connection> {
  const peer = await listen(t);
  const ws = await connect(peer.url);
  const wire = await peer.wire();
  let pings = 0;
  ws.on('ping', () => pings++);
  wire.send(ping(), ...MANY, ...more);
  while (pings === 0) await settle(1);
  wire.reset();
  await wire.gone();
  while (ws.state !== 'closed') {
    ws.send('x');
    await settle(1);
  }
  return ws;
}

t.test('a reset while the queue was full loses nothing that was read', async (t) => {
  const ws = await lostWhilePaused(t, ping('unanswered'));
  t.same(await readAll(ws), WANTED);
  t.match(await ws.closed, { code: 1006, clean: false, by: 'transport', error: { code: 'WS_TRANSPORT' } });
});

t.test('a close frame that was read before a reset is what ended the connection', ONREAD, async (t) => {
  const ws = await lostWhilePaused(t, close(1011, 'overload'));
  t.same(await readAll(ws), WANTED);
  const report = await ws.closed;
  t.match(report, { code: 1011, reason: 'overload', clean: false, by: 'peer', error: { code: 'WS_TRANSPORT' } });
  t.notOk('sent' in report);
});

t.test('so is a broken rule', ONREAD, async (t) => {
  const ws = await lostWhilePaused(t, frame(0x83));
  t.same(await readAll(ws), WANTED);
  const report = await ws.closed;
  t.match(report, { code: 1006, clean: false, by: 'us', error: { name: 'ProtocolError', closeCode: 1002 } });
  t.notOk('sent' in report);
});

/** An open connection and the peer's side of it. */
async function pair(t: Test, options: ConnectOptions = {}): Promise<{ ws: Connection; wire: Wire }> {
  const peer = await listen(t);
  const ws = await connect(peer.url, options);
  t.teardown(() => ws.terminate());
  return { ws, wire: await peer.wire() };
}

// The closing handshake from either side.

t.test('the peer closes: its code and reason are echoed', async (t) => {
  for (const [code, reason, answer, received] of [
    [1000, '', toldClose(1000), 1000],
    [1001, 'away', toldClose(1001, 'away'), 1001],
    [4999, 'é'.repeat(61), toldClose(4999, 'é'.repeat(61)), 4999],
    [1014, '', toldClose(1014), 1014],
    [undefined, '', '8:', 1005],
  ] as const) {
    const { ws, wire } = await pair(t);
    wire.send(close(code, reason));
    await wire.count(1);
    t.equal(ws.state, 'closing');
    t.same(wire.told, [answer]);
    wire.socket.end();
    const frames = { received: { code: received, reason }, sent: { code: received, reason } };
    t.same(await ws.closed, { code: received, reason, clean: true, by: 'peer', ...frames });
  }
});

t.test('we close: messages come until the answer, nothing after it', async (t) => {
  const { ws, wire } = await pair(t);
  const before = handles();
  const closed = ws.close(3000, 'done');
  t.not(handles().length, before.length, 'the wait is limited');
  await wire.count(1);
  wire.send(text('still'), close(3001, 'you, too'), text('never'), ping('never'), close(4000), frame(0xff));
  wire.socket.end();
  const report = await closed;
  const frames = { received: { code: 3001, reason: 'you, too' }, sent: { code: 3000, reason: 'done' } };
  t.same(report, { code: 3001, reason: 'you, too', clean: true, by: 'us', ...frames });
  t.equal(describeClose(report), 'sent 3000 (registered) "done"; then received 3001 (registered) "you, too"');
  t.same(await readAll(ws), ['still']);
  t.same(wire.told, [toldClose(3000, 'done')]);
});

t.test('both close at once: one close frame from each side', async (t) => {
  const { ws, wire } = await pair(t);
  ws.close(1000, 'ours');
  wire.send(close(1001, 'theirs'));
  await wire.count(1);
  wire.socket.end();
  t.match(await ws.closed, { code: 1001, reason: 'theirs', clean: true, by: 'us', sent: { code: 1000 } });
  t.same(wire.told, [toldClose(1000, 'ours')]);
});

t.test('data after the close frame of the peer is not delivered', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(text('before'), close(1000), text('after'));
  wire.send(text('after'));
  await wire.count(1);
  wire.send(text('after'));
  wire.socket.end();
  t.same(await readAll(ws), ['before']);
  t.match(await ws.closed, { clean: true, by: 'peer' });
});

t.test('no answer within closeTimeoutMs', async (t) => {
  const before = await quiet();
  const { ws, wire } = await pair(t, { closeTimeoutMs: 20 });
  const report = await ws.close(1000, 'hello?');
  const error = {
    name: 'ConnectionError',
    code: 'WS_TIMEOUT',
    phase: 'closing',
    message: /within closeTimeoutMs \(20 ms\)/,
  };
  t.match(report, { code: 1006, clean: false, by: 'us', sent: { code: 1000, reason: 'hello?' }, error });
  t.match(describeClose(report), /^sent 1000 \(normal closure\) "hello\?": no close frame from the peer/);
  await wire.gone();
  wire.socket.destroy();
  t.same(wire.told, [toldClose(1000, 'hello?')]);
  await settle();
  t.same(
    handles().filter((name) => name === 'Timeout'),
    before.filter((name) => name === 'Timeout'),
  );
});

t.test('a peer that answers and does not end the TCP connection', async (t) => {
  const { ws, wire } = await pair(t, { closeTimeoutMs: 20 });
  wire.send(close(1000));
  const report = await ws.closed;
  t.match(report, { code: 1000, clean: true, by: 'peer' });
  t.notOk('error' in report, 'it was a closing handshake all the same');
});

// A peer that vanishes.

t.test('the peer ends without a close frame', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(text('before'));
  wire.socket.end();
  t.same(await readAll(ws), ['before']);
  const report = await ws.closed;
  const message = 'the peer ended the TCP connection without a close frame';
  t.match(report, {
    code: 1006,
    reason: '',
    clean: false,
    by: 'transport',
    error: { code: 'WS_TRANSPORT', phase: 'open', message },
  });
  t.equal(describeClose(report), `no close frame received or sent: ${message}`);
  t.notOk('received' in report || 'sent' in report);
});

t.test('the peer ends in the middle of a message', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(text('before'), frame(0x01, 'not whole'), Buffer.from([0x80, 0x05, 0x61]));
  wire.socket.end();
  t.same(await readAll(ws), ['before']);
  t.match(await ws.closed, { code: 1006, by: 'transport' });
});

t.test('the peer resets', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(text('before'));
  t.equal(await ws.receive(), 'before');
  wire.reset();
  const error = {
    code: 'WS_TRANSPORT',
    phase: 'open',
    cause: { code: 'ECONNRESET' },
    message: /the connection was lost: .*ECONNRESET/,
  };
  t.match(await ws.closed, { code: 1006, clean: false, by: 'transport', error });
});

t.test('the peer ends or resets instead of answering our close frame', async (t) => {
  for (const how of ['end', 'resetAndDestroy'] as const) {
    const { ws, wire } = await pair(t);
    const closed = ws.close();
    await wire.count(1);
    wire.socket[how]();
    t.match(await closed, { code: 1006, clean: false, by: 'us', error: { code: 'WS_TRANSPORT', phase: 'closing' } });
  }
});

t.test('a reset after the closing handshake is no error', async (t) => {
  const { ws, wire } = await pair(t);
  wire.send(close(1000));
  await wire.count(1);
  wire.reset();
  const report = await ws.closed;
  t.match(report, { code: 1000, clean: true, by: 'peer' });
  t.notOk('error' in report);
});

// A peer that breaks a rule.

for (const [name, bytes, closeCode] of [
  ['a reserved bit', frame(0xc1, 'x'), 1002],
  ['a reserved opcode', frame(0x83, 'x'), 1002],
  ['a masked frame', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), 1002],
  ['a continuation of nothing', frame(0x80, 'x'), 1002],
  ['a fragmented ping', frame(0x09, 'x'), 1002],
  ['a close code that may not be sent', close(1005), 1002],
  ['a close frame of one byte', frame(0x88, 'x'), 1002],
  ['text that is no UTF-8', frame(0x81, Buffer.from([0xff])), 1007],
  ['a reason that is no UTF-8', frame(0x88, Buffer.from([3, 232, 0xff])), 1007],
  ['a message that is too long', frame(0x82, Buffer.alloc(1001)), 1009],
] as const) {
  t.test(`the peer breaks a rule: ${name}`, async (t) => {
    const { ws, wire } = await pair(t, { maxMessageBytes: 1000 });
    wire.send(text('before'), bytes, text('after'), close(1000));
    wire.send(text('after'));
    await wire.until(({ ended }) => ended);
    wire.send(text('after'));
    wire.socket.end();
    t.same(await readAll(ws), ['before'], 'everything before it, nothing after it');
    const report = await ws.closed;
    t.match(report, { code: 1006, reason: '', clean: false, by: 'us', error: { name: 'ProtocolError', closeCode } });
    t.equal(report.sent?.code, closeCode);
    t.match(report.sent?.reason, /\(RFC |\(/);
    t.same(wire.told, [toldClose(closeCode, report.sent?.reason)], 'the close frame says which');
    t.match(describeClose(report), new RegExp(`^sent ${closeCode} `));
  });
}

t.test('the peer breaks a rule after our close frame', async (t) => {
  const { ws, wire } = await pair(t);
  const closed = ws.close();
  await wire.count(1);
  wire.send(frame(0x83));
  await wire.until(({ ended }) => ended);
  wire.socket.end();
  t.match(await closed, { code: 1006, clean: false, by: 'us', sent: { code: 1000 }, error: { name: 'ProtocolError' } });
  t.same(wire.told, [toldClose(1000)], 'there is only one close frame');
});

t.test('the peer breaks a rule and goes on for ever: the socket is destroyed', async (t) => {
  const { ws, wire } = await pair(t, { closeTimeoutMs: 20 });
  wire.send(frame(0x83));
  const pour = (): void => {
    while (!wire.closed && wire.socket.write(Buffer.alloc(65_536)));
  };
  wire.socket.on('drain', pour);
  pour();
  t.match(await ws.closed, { clean: false, by: 'us', error: { name: 'ProtocolError' } });
  await wire.gone();
});

t.test('more fragments than maxFragments', async (t) => {
  const { ws, wire } = await pair(t, { maxFragments: 3 });
  wire.send(frame(0x01), frame(0x00), frame(0x00), frame(0x00));
  await wire.until(({ ended }) => ended);
  wire.socket.end();
  t.match((await ws.closed).sent, { code: 1008 });
});

// Ending at once.

t.test('terminate while pongs wait', async (t) => {
  const { ws, wire } = await pair(t);
  let pings = 0;
  ws.on('ping', () => pings++);
  wire.stopReading();
  ws.send(UNREAD);
  await settle();
  wire.send(ping('a'), ping('b'));
  while (pings < 2) await settle(1);
  ws.terminate();
  t.match(await ws.closed, { by: 'us', clean: false });
  await settle();
});

t.test('a pong that waits is dropped by our close frame', async (t) => {
  const { ws, wire } = await pair(t);
  let pings = 0;
  ws.on('ping', () => pings++);
  wire.stopReading();
  ws.send(UNREAD);
  await settle();
  wire.send(ping('a'));
  while (pings < 1) await settle(1);
  ws.close();
  wire.startReading();
  await wire.count(2);
  await settle();
  t.same(wire.told.slice(1), [toldClose(1000)]);
});

t.test('the socket is closed under us without an error', async (t) => {
  const { ws, wire } = await pair(t);
  // `terminate` of the user comes before the report: it is us who ended it.
  wire.socket.end();
  ws.terminate();
  t.match(await ws.closed, { by: 'us' });
});
