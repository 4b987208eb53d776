import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { binary, listen, ping, settle, text } from './peer.js';

t.test(
  "a late listener of 'message' gets a message that filled the queue before what followed it in the same read",
  async (t) => {
    const peer = await listen(t);
    const ws = await connect(peer.url);
    const wire = await peer.wire();
    let pings = 0;
    ws.on('ping', () => pings++);
    wire.send(ping(), binary(Buffer.alloc(1 << 20)), text('a'), text('b'), ping());
    // The queue is full with the first message, and the rest is kept by the reader: the second ping is not seen yet.
    while (pings === 0) await settle(1);
    await settle(20);
    const got: unknown[] = [];
    ws.on('message', (message) => got.push(message.length > 1 ? message.length : message));
    while (got.length < 3) await settle(1);
    t.same(got, [1 << 20, 'a', 'b']);
    ws.terminate();
  },
);

t.test('receive: options that make no sense', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url);
  const wire = await peer.wire();
  for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31, '5']) {
    await t.rejects(ws.receive({ timeoutMs: timeoutMs as number }), { code: 'WS_OPTION', message: /'timeoutMs'/ });
  }
  await t.rejects(ws.receive({ signal: {} as AbortSignal }), { code: 'WS_OPTION', message: /'signal'/ });
  await t.rejects(ws.receive(null as never), { code: 'WS_OPTION', message: /'options'/ });
  const forever = ws.receive({ timeoutMs: Number.POSITIVE_INFINITY });
  await new Promise((resolve) => setTimeout(resolve, 20));
  wire.send(text('a'));
  t.equal(await forever, 'a');
  ws.terminate();
});
