import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { binary, listen, ping, settle, text } from './peer.js';

t.test("a late listener of 'message' gets a message that filled the queue before what followed it in the same read", async (t) => {
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
});
