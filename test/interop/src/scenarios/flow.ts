import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer, Target } from '../target.js';
import type { Scenario } from './scenario.js';

const MIB = 1024 * 1024;
const CONNECTIONS = 50;

/**
 * More than all buffers on the way hold: the server stops reading when nobody reads its echo, and our `send` waits then. Reading
 * makes all of it flow again.
 */
async function slowReader(target: Target): Promise<void> {
  const messages = Array.from({ length: 40 }, () => randomBytes(MIB));
  const peer = await target.connect('/echo');
  const sent = messages.map((message) => peer.ws.send(message));
  assert.ok(peer.ws.bufferedAmount > MIB);
  for (const [index, message] of messages.entries()) {
    if (index < 3) await sleep(20);
    assert.ok(message.equals((await peer.receive()) as Buffer), `message ${index} is another one`);
  }
  await Promise.all(sent);
  assert.equal(peer.ws.bufferedAmount, 0);
  assert.equal((await peer.ws.close()).clean, true);
}

/** The sender waits for every message, as somebody does who reads a file. */
async function patientSender(target: Target): Promise<void> {
  const peer = await target.connect('/echo');
  const received: number[] = [];
  peer.ws.on('message', (message) => received.push(message.length));
  const sizes = Array.from({ length: 100 }, (_, index) => index * 997);
  for (const size of sizes) await peer.ws.send(Buffer.alloc(size));
  while (received.length < sizes.length && peer.ws.state === 'open') await sleep(5);
  assert.deepEqual(received, sizes);
  await peer.ws.close();
}

/**
 * We are in the middle of a long message when the server's close frame comes. What the server had to say is known, even if it
 * does not wait for us and its system resets the connection, as Mojolicious does.
 */
async function closedWhileSending(target: Target): Promise<void> {
  const peer = await target.connect('/close', { code: 3001, reason: 'enough' });
  const sent = peer.ws.send(Buffer.alloc(16 * MIB)).catch(() => {});
  assert.equal(await peer.receive(), 'last words');
  const { code, reason, by, received } = await peer.ws.closed;
  const frame = { code: 3001, reason: 'enough' };
  assert.deepEqual({ code, reason, by, received }, { ...frame, by: 'peer', received: frame });
  await sent;
}

async function manyAtOnce(target: Target): Promise<void> {
  const peers = await Promise.all(Array.from({ length: CONNECTIONS }, () => target.connect('/echo')));
  const echo = async (peer: Peer, text: string): Promise<void> => {
    await peer.ws.send(text);
    assert.equal(await peer.receive(), text);
    assert.equal((await peer.ws.close()).clean, true);
  };
  await Promise.all(peers.map((peer, index) => echo(peer, `connection ${index}`)));
}

export const FLOW: readonly Scenario[] = [
  { name: '40 MiB before anybody reads', run: slowReader },
  { name: 'a sender that waits for every message', run: patientSender },
  { name: 'closed by the server while we send 16 MiB', run: closedWhileSending },
  { name: `${CONNECTIONS} connections at once`, run: manyAtOnce },
];
