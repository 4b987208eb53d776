// The vendor's example of webSocketOpen, line by line. Run it with `npm start`: it starts an echo server with a self-signed
// certificate and talks to it; or give the url of a server of your own: `node examples/ctrl.mjs wss://localhost:40000/`.
import { getLastError, webSocketClose, webSocketOpen, webSocketRead, webSocketWrite } from 'websocket-open';
import { startEchoPeer } from './echo-peer.mjs';

const peer = process.argv[2] === undefined ? await startEchoPeer() : { url: process.argv[2], stop: () => {} };

async function main() {
  // Any value that is no list: all SSL errors are ignored, as the server's certificate is self-signed.
  const socket = await webSocketOpen(peer.url, { ignoreSslErrors: true });
  if (socket < 0) {
    console.log('webSocketOpen failed:', socket, getLastError());
    return;
  }
  console.log('opened', peer.url.replace(/:\d+/, ''), 'as socket', socket);

  const message = { method: 'dummy', connectionId: 12345678, payload: 'Hello World', id: 1 };
  // The number of bytes is the success; only a negative number is an error.
  const written = await webSocketWrite(socket, JSON.stringify(message));
  if (written < 0) {
    console.log('webSocketWrite failed:', written, getLastError());
    return;
  }
  console.log('wrote', written, 'bytes');

  /** @type {import('websocket-open').DataReference} */
  const data = {};
  const result = await webSocketRead(socket, data);
  if (result !== 0) {
    console.log('webSocketRead failed:', result, getLastError());
    return;
  }
  console.log('read', data.value);

  if ((await webSocketClose(socket)) === 0) console.log('the socket was closed successfully');
  else console.log('webSocketClose failed:', getLastError());
}

await main();
peer.stop();
