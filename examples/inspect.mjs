// inspect(): what does a server's TLS look like, and which ignoreSslErrors would accept it?
// `node examples/inspect.mjs wss://device.local/` asks a server, without a url one of its own.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { inspect } from 'websocket-open';

const [url] = process.argv.slice(2);
const own = url === undefined ? await startServer() : null;
const { text, tls } = await inspect(url ?? own?.url ?? '', { timeoutMs: 10_000 });
console.log(text);
console.log('accepted by', tls?.acceptedBy);
own?.stop();

/** A server with a certificate that has three errors. */
async function startServer() {
  /** @param {string} name */
  const made = (name) => readFileSync(new URL(`../certs/made/${name}`, import.meta.url));
  const name = 'self-signed-expired-wrong-host';
  const server = createServer({ cert: made(`${name}.pem`), key: made(`${name}.key`) });
  server.on('tlsClientError', () => {}); // inspect() leaves before the end of the handshake
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `wss://127.0.0.1:${port}/`, stop: () => server.close() };
}
