import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t, { type Test } from 'tap';
import { type Connection, connect } from '../../src/index.js';
import { pem } from '../certs.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The text "last words", then a close frame with 3001 (0x0bb9) and "bye". */
const LAST_WORDS = Buffer.from('\x81\x0alast words', 'latin1');
const CLOSE_3001 = Buffer.from('\x88\x05\x0b\xb9bye', 'latin1');

interface Pair {
  readonly ws: Connection;
  readonly peer: Socket;
}

/** A connection of ours and its raw peer, which has read the request and reads nothing more. */
async function open(t: Test, secure: boolean): Promise<Pair> {
  const server = secure ? createTlsServer({ cert: pem('server.pem'), key: pem('server.key') }) : createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, secure ? 'secureConnection' : 'connection') as Promise<[Socket]>;
  const connecting = connect(`${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/`, { tls: { ca: pem('ca.pem') } });
  const [peer] = await accepted;
  peer.on('error', () => {});
  const [request] = (await once(peer, 'data')) as [Buffer];
  peer.pause();
  const key = /^sec-websocket-key: (.*)\r$/im.exec(String(request))?.[1] ?? '';
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  peer.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return { ws: await connecting, peer };
}

/** Sends, and is gone: bytes of ours that it has not read make that a reset. */
async function sendAndVanish({ ws, peer }: Pair, bytes: Buffer): Promise<void> {
  await ws.send('unread');
  await new Promise((resolve) => peer.write(bytes, resolve));
  peer.destroy();
  await once(peer, 'close');
}

// A long message is several chunks for the socket, which go to _writev.
for (const [name, secure, length] of [
  ['ws', false, 8],
  ['ws, a long message', false, 1024 * 1024],
  ['wss', true, 8],
] as const) {
  t.test(`what the peer sent before it reset the connection is read: ${name}`, async (t) => {
    const pair = await open(t, secure);
    await sendAndVanish(pair, Buffer.concat([LAST_WORDS, CLOSE_3001]));
    // The write fails in the same tick, before anything can be read.
    const sent = pair.ws.send(Buffer.alloc(length));
    t.equal(await pair.ws.receive(), 'last words');
    const { code, reason, by, received } = await pair.ws.closed;
    t.strictSame({ code, reason, by, received }, { code: 3001, reason: 'bye', by: 'peer', received: { code, reason } });
    await t.rejects(sent);
  });
}

t.test('without a close frame the report tells the error of the write', async (t) => {
  const pair = await open(t, false);
  await sendAndVanish(pair, LAST_WORDS);
  const sent = pair.ws.send('too late');
  t.equal(await pair.ws.receive(), 'last words');
  const { code, clean, by, error } = await pair.ws.closed;
  t.strictSame({ code, clean, by }, { code: 1006, clean: false, by: 'transport' });
  t.equal(error && 'code' in error && error.code, 'WS_TRANSPORT');
  await t.rejects(sent);
  t.equal(await pair.ws.receive(), undefined);
});

t.test('somebody who never reads learns of it as well', async (t) => {
  const pair = await open(t, false);
  // More than the queue takes, so the socket is paused and its end is not seen.
  await sendAndVanish(pair, Buffer.concat(Array.from({ length: 40 }, () => LAST_WORDS)));
  await new Promise((resolve) => setImmediate(resolve));
  await t.rejects(pair.ws.send('too late'));
  t.equal((await pair.ws.closed).code, 1006);
});

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

t.test('no timer is left behind', async (t) => {
  const before = timers();
  const pair = await open(t, false);
  await sendAndVanish(pair, CLOSE_3001);
  await t.rejects(pair.ws.send('too late'));
  await pair.ws.closed;
  t.equal(timers(), before);
});
