import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import { pem } from '../certs.js';
import { close, frame, listen, ping, settle, text, toldClose } from './peer.js';

/** More than the system's buffers on both sides take. */
const UNREAD = Buffer.alloc(32 << 20, 'x');

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

t.test('a close frame that was read before a reset is what ended the connection', async (t) => {
  const ws = await lostWhilePaused(t, close(1011, 'overload'));
  t.same(await readAll(ws), WANTED);
  const report = await ws.closed;
  t.match(report, { code: 1011, reason: 'overload', clean: false, by: 'peer', error: { code: 'WS_TRANSPORT' } });
  t.notOk('sent' in report);
});

t.test('so is a broken rule', async (t) => {
  const ws = await lostWhilePaused(t, frame(0x83));
  t.same(await readAll(ws), WANTED);
  const report = await ws.closed;
  t.match(report, { code: 1006, clean: false, by: 'us', error: { name: 'ProtocolError', closeCode: 1002 } });
  t.notOk('sent' in report);
});
