import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type Order, replay } from '../src/replay.js';

/** Feeds a mode with chunks and gives back all it wrote until it closed. */
async function answers(mode: string, order: Partial<Order>, chunks: readonly Buffer[]): Promise<Buffer> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const received: Buffer[] = [];
  client.on('data', (bytes: Buffer) => received.push(bytes));
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const consume = replay(mode, socket, { size: 3, n: 2, kind: 'text', windowBits: undefined, ...order });
  for (const chunk of chunks) consume(chunk);
  await once(client, 'close');
  server.close();
  return Buffer.concat(received);
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const single = (all: Buffer): Buffer[] => [...all].map((byte) => Buffer.from([byte]));
const CLOSE_IN = '88 82 00000000 03e8';
const CLOSE_OUT = '88 02 03e8';

test('sink: says done after the last byte of the last message, then closes', async () => {
  const messages = bytes('81 83 00000000 616263  81 83 01020304 606061');
  const wanted = bytes(`81 04 646f6e65 ${CLOSE_OUT}`);
  assert.deepEqual(await answers('sink', {}, [messages, bytes(CLOSE_IN)]), wanted);
  assert.deepEqual(await answers('sink', {}, [...single(messages), bytes(CLOSE_IN)]), wanted, 'byte by byte');
});

test('sink of compressed messages: counts frames of every length of header, however they are cut', async () => {
  const medium = Buffer.concat([bytes('c1 fe 0080 00000000'), Buffer.alloc(128, 0x88)]);
  const large = Buffer.concat([bytes('c1 ff 0000000000010000 00000000'), Buffer.alloc(65536, 0x88)]);
  const messages = Buffer.concat([bytes('c1 81 00000000 88'), medium, large]);
  const done = Buffer.from(`done ${messages.length}`);
  const wanted = Buffer.concat([Buffer.from([0x81, done.length]), done, bytes(CLOSE_OUT)]);
  const order = { n: 3, windowBits: 15 };
  assert.deepEqual(await answers('sink', order, [messages, bytes(CLOSE_IN)]), wanted);
  assert.deepEqual(await answers('sink', order, [...single(messages), bytes(CLOSE_IN)]), wanted, 'byte by byte');
});

test('echo: one message of the same size for each message', async () => {
  const reply = `81 03 ${Buffer.from('{"t').toString('hex')}`;
  const message = bytes('81 83 00000000 616263');
  const chunks = [message, message.subarray(0, 4), message.subarray(4), bytes(CLOSE_IN)];
  assert.deepEqual(await answers('echo', {}, chunks), bytes(`${reply} ${reply} ${CLOSE_OUT}`));
});
