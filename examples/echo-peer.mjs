// A wss: echo server for the examples, built from the pure parts of this package in the role of a server: the opening
// handshake and the frame codec. The package itself has no server; this is how a test or a conformance tool plays one.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { Reader, Writer } from 'websocket-open/frames';
import { buildResponse, RequestParser } from 'websocket-open/handshake';

/** @param {string} name */
const made = (name) => readFileSync(new URL(`../certs/made/${name}`, import.meta.url));

/** Starts the peer on a free port of localhost, with a self-signed certificate. */
export async function startEchoPeer() {
  const server = createServer({ cert: made('self-signed.pem'), key: made('self-signed.key') }, serve);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `wss://localhost:${port}/`, stop: () => server.close() };
}

/** @param {import('node:tls').TLSSocket} socket */
function serve(socket) {
  const request = new RequestParser();
  const reader = echo(socket);
  socket.on('error', () => socket.destroy());
  socket.on('data', (/** @type {Buffer} */ chunk) => {
    if (request.request !== null) return reader.read(chunk);
    const rest = request.push(chunk);
    if (request.request === null) return;
    socket.write(buildResponse(request.request), 'latin1');
    reader.read(chunk, rest);
  });
}

/**
 * Reads frames and sends every message back.
 *
 * @param {import('node:tls').TLSSocket} socket
 */
function echo(socket) {
  const writer = new Writer(
    {
      pending: () => process.nextTick(() => writer.flush()),
      write: (slot, length) => void socket.write(slot.bytes.subarray(0, length), () => slot.release()),
      cork: () => socket.cork(),
      uncork: () => socket.uncork(),
    },
    { role: 'server' },
  );
  return new Reader(
    {
      text: (text) => writer.text(text),
      binary: (bytes) => writer.binary(bytes),
      ping: (payload) => writer.pong(payload),
      pong: () => {},
      close: (code, reason) => finish(code === 1005 ? undefined : code, reason),
      failed: (error) => finish(error.closeCode),
    },
    { role: 'server' },
  );

  /** @param {number | undefined} code @param {string} [reason] */
  function finish(code, reason) {
    writer.close(code, reason);
    writer.flush();
    socket.end();
  }
}
