/**
 * The neutral server: it knows nothing of WebSocket beyond the handshake. It streams frames encoded before, counts bytes, or answers with
 * frames encoded before, so that the client is what limits every run.
 *
 *     /recv?size=&n=&kind=text|utf8|bin&deflate=0|1   waits for the first bytes of the client, then streams n messages
 *     /sink?size=&n=&deflate=0|1                      counts n masked messages of `size` bytes, then sends the text "done"
 *     /echo?size=&kind=text|utf8|bin                  for each masked message of `size` bytes, one message
 *     /idle                                           nothing
 *
 * A close frame is answered and the connection ended. Prints {"ws":port,"wss":port}; ends when its input ends.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { CERTIFICATES } from './place.js';
import { type Consumer, type Order, replay } from './replay.js';
import type { Kind } from './scenario.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KINDS: readonly string[] = ['text', 'utf8', 'bin'] satisfies Kind[];
const isKind = (word: string): word is Kind => KINDS.includes(word);

/** The window of our compressor: what the client asks for with server_max_window_bits (RFC 7692 7.1.2.1), else the largest. */
function windowBitsOf(offer: string): { bits: number; answer: string } {
  const asked = /server_max_window_bits="?(\d+)/i.exec(offer)?.[1];
  if (asked === undefined) return { bits: 15, answer: 'permessage-deflate' };
  return { bits: Number(asked), answer: `permessage-deflate; server_max_window_bits=${asked}` };
}

function accept(socket: Socket, head: string): Consumer {
  const url = new URL(head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/')), 'ws://server');
  const query = url.searchParams;
  const field = (name: string): string | undefined => new RegExp(`\r\n${name}: *([^\r]+)`, 'i').exec(head)?.[1];
  const offer = field('sec-websocket-extensions') ?? '';
  const window = query.get('deflate') === '1' && /permessage-deflate/i.test(offer) ? windowBitsOf(offer) : undefined;
  const key = createHash('sha1').update((field('sec-websocket-key') ?? '') + GUID);
  const protocol = field('sec-websocket-protocol')?.split(',')[0];
  const response = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${key.digest('base64')}`,
    ...(window === undefined ? [] : [`Sec-WebSocket-Extensions: ${window.answer}`]),
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol.trim()}`]),
  ];
  socket.write(`${response.join('\r\n')}\r\n\r\n`);
  const kind = query.get('kind') ?? 'bin';
  const order: Order = {
    size: Number(query.get('size') ?? 0),
    n: Number(query.get('n') ?? 0),
    kind: isKind(kind) ? kind : 'bin',
    windowBits: window?.bits,
  };
  return replay(url.pathname.slice(1), socket, order);
}

function serve(socket: Socket): void {
  let head = '';
  let consume: Consumer | undefined;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    if (consume !== undefined) {
      consume(chunk);
      return;
    }
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    consume = accept(socket, head.slice(0, end + 2));
    const rest = Buffer.from(head.slice(end + 4), 'latin1');
    if (rest.length > 0) consume(rest);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve((server.address() as AddressInfo).port));
  });
}

const ws = await listen(net.createServer(serve));
const wss = await listen(
  tls.createServer({ key: fs.readFileSync(CERTIFICATES.key), cert: fs.readFileSync(CERTIFICATES.cert) }, serve),
);
console.log(JSON.stringify({ ws, wss }));
process.stdin.on('end', () => process.exit(0)).resume();
