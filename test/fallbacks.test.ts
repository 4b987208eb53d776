import { Socket } from 'node:net';
import t from 'tap';
import { connect } from '../src/api/connect.js';
import { keptForReceiving, keptForSending } from '../src/frames/kept-streams.js';
import { createSimdMemory } from '../src/frames/simd.js';
import { sharedSlotPool } from '../src/frames/slot.js';
import { isWithout } from './about-fast-path.js';
import { listen } from './api/peer.js';
import { pem } from './certs.js';

// `npm test` runs the fast paths, `npm run test:fallbacks` the others: neither may run the wrong ones unseen.

t.test('masking', async (t) => {
  const simd = createSimdMemory();
  t.equal(simd === null, isWithout('simd'));
  const slot = sharedSlotPool().take(1);
  t.equal(slot.bytes.buffer.byteLength === simd?.memory.byteLength, !isWithout('simd'), 'the slots of the process');
  slot.release();
});

t.test('permessage-deflate', async (t) => {
  t.equal(keptForReceiving() === null, isWithout('kept-streams'));
  t.equal(keptForSending() === null, isWithout('kept-streams'));
});

for (const secure of [false, true]) {
  t.test(`the sockets that we make, ${secure ? 'TLS' : 'TCP'}`, async (t) => {
    const { connect: connectSocket } = Socket.prototype;
    const sockets = new Set<Socket>();
    Socket.prototype.connect = function (...target: unknown[]) {
      sockets.add(this);
      return Reflect.apply(connectSocket, this, target);
    };
    t.teardown(() => {
      Socket.prototype.connect = connectSocket;
    });
    const peer = await listen(t, secure ? { tls: true } : {});
    const ws = await connect(peer.url, secure ? { tls: { ca: pem('ca.pem') } } : {});
    const ours = [...sockets].filter(({ remotePort }) => remotePort === peer.port);
    t.equal(ours.length, 1);
    t.equal(ours[0]?.listenerCount('data'), isWithout('onread') ? 1 : 0, "listeners of 'data'");
    ws.terminate();
  });
}
