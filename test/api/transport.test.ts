import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { listen, settle } from './peer.js';

/** More than the system's buffers on both sides take. */
const UNREAD = Buffer.alloc(32 << 20, 'x');

t.test('what a destroyed socket drops has not left', async (t) => {
  const peer = await listen(t);
  const ws = await connect(peer.url);
  (await peer.wire()).stopReading();
  const flying = ws.send(UNREAD);
  const waiting = ws.send('x');
  await settle();
  const unflushed = ws.send('y');
  ws.terminate();
  const error = {
    name: 'ConnectionError',
    code: 'WS_CLOSED',
    message: 'the connection ended before the data had left',
  };
  for (const lost of [flying, waiting, unflushed]) await t.rejects(lost, error);
});
