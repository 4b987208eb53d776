import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Message } from '../ours.js';
import type { Target } from '../target.js';
import type { Scenario } from './scenario.js';

/** The server sends it back in pieces of so many bytes (or characters), with a ping before every piece but the first. */
async function inPieces(target: Target, message: Message, size: number): Promise<void> {
  const peer = await target.connect('/fragments', { size });
  const pings: string[] = [];
  peer.ws.on('ping', (payload) => pings.push(String(payload)));
  await peer.ws.send(message);
  const received = await peer.receive();
  if (typeof message === 'string') assert.equal(received, message);
  else assert.ok(message.equals(received as Buffer), 'the pieces are not the message');
  // The offsets of the pieces but the first. How many there are of a compressed message is not known here.
  assert.deepEqual(
    pings,
    pings.map((_, index) => String((index + 1) * size)),
  );
  if (peer.ws.extensions.length === 0) assert.equal(pings.length, Math.ceil(message.length / size) - 1);
  assert.equal((await peer.ws.close()).clean, true);
}

export const FRAGMENTS: readonly Scenario[] = [
  {
    name: 'text in 1000 frames with pings in between',
    run: (target) => inPieces(target, 'hello, you'.repeat(1000), 10),
  },
  { name: 'binary in 1000 frames with pings in between', run: (target) => inPieces(target, randomBytes(100_000), 100) },
  { name: 'binary in frames of one byte', run: (target) => inPieces(target, randomBytes(300), 1) },
  {
    name: '4 MiB in frames of 100,000 bytes',
    run: (target) => inPieces(target, randomBytes(4 * 1024 * 1024), 100_000),
  },
  { name: 'text cut at any place', run: cutText },
];

/** Where a server cuts bytes and not characters, a character comes in two frames. The pings' places depend on it. */
async function cutText(target: Target): Promise<void> {
  for (const size of [1, 2, 3, 5]) {
    const peer = await target.connect('/fragments', { size });
    const text = 'aé世🙂'.repeat(20);
    await peer.ws.send(text);
    assert.equal(await peer.receive(), text);
    await peer.ws.close();
  }
}
