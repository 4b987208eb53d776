// reconnecting(): a connection after the other. `node examples/reconnecting.mjs` starts a server that is not always there.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describeClose, reconnecting } from 'websocket-open';
import { Writer } from 'websocket-open/frames';
import { buildResponse, RequestParser } from 'websocket-open/handshake';

let count = 0;

// It refuses every second time, and when it does not, it greets and closes after a moment.
const server = createServer((socket) => {
  const request = new RequestParser();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    if (request.request !== null) return;
    request.push(chunk);
    if (request.request === null) return;
    if (++count % 2 === 0) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    socket.write(buildResponse(request.request), 'latin1');
    const writer = new Writer(
      {
        pending: () => {},
        write: (slot, length) => void socket.write(slot.bytes.subarray(0, length), () => slot.release()),
        cork: () => {},
        uncork: () => {},
      },
      { role: 'server' },
    );
    writer.text(`greeting ${count}`);
    writer.close(1012, 'restart');
    writer.flush();
    socket.end();
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const stop = new AbortController();
const options = {
  signal: stop.signal,
  minDelayMs: 10,
  maxAttempts: 10,
  keepAlive: { intervalMs: 20_000, timeoutMs: 5000 },
};
let greetings = 0;

for await (const ws of reconnecting(`ws://127.0.0.1:${port}/`, options)) {
  for await (const message of ws) console.log('received', message);
  console.log(describeClose(await ws.closed));
  if (++greetings === 3) break; // leaving the loop would close the connection, if it was open; stop.abort() ends it from elsewhere
}
server.close();
