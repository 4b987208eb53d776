// connect(): open, send, read in a loop, close. `node examples/connect.mjs` starts an echo server of its own.
import { connect, describeClose } from 'websocket-open';
import { startEchoPeer } from './echo-peer.mjs';

const peer = await startEchoPeer();

// Exactly this error may occur. An expired certificate, or one for another host, would still be refused.
const ws = await connect(peer.url, { ignoreSslErrors: ['SelfSignedCertificate'] });
console.log('ignored:', ws.tls?.findings.map(({ keyword }) => keyword).join(', '));

await ws.send('one');
await ws.send(Buffer.from([2]));
console.log('answered a ping:', (await ws.ping()) >= 0);

let count = 0;
for await (const message of ws) {
  console.log('received', typeof message === 'string' ? `text ${message}` : `binary ${message.toString('hex')}`);
  if (++count === 2) break; // leaving the loop closes the connection
}
console.log(describeClose(await ws.closed));
peer.stop();
