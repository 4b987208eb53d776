import assert from 'node:assert/strict';
import type { Target } from '../target.js';
import type { Scenario } from './scenario.js';

async function ours(target: Target): Promise<void> {
  const peer = await target.connect('/echo');
  const pongs: Buffer[] = [];
  peer.ws.on('pong', (payload) => pongs.push(payload));
  const times = await Promise.all(['', 'hello', 'x'.repeat(125)].map((payload) => peer.ws.ping(payload)));
  for (const time of times) assert.ok(time > 0);
  assert.equal(String(pongs.at(-1)), 'x'.repeat(125));
  await peer.ws.close();
}

/** The server says so when it has got the pong to its ping. */
async function theirs(target: Target): Promise<void> {
  const peer = await target.connect('/ping');
  const pings: string[] = [];
  peer.ws.on('ping', (payload) => pings.push(String(payload)));
  for (const payload of ['hello', 'x'.repeat(125)]) {
    await peer.ws.send(payload);
    assert.equal(await peer.receive(), `pong ${payload}`);
    assert.equal(pings.at(-1), payload);
  }
  await peer.ws.close();
}

export const PINGS: readonly Scenario[] = [
  { name: 'our pings are answered', run: ours },
  { name: "the server's pings are answered", run: theirs },
];
