import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { close, listen, settle, text, toldClose } from './peer.js';

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
