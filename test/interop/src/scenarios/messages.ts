import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Message } from '../ours.js';
import type { Target } from '../target.js';
import type { Scenario } from './scenario.js';

const KIB = 1024;
const MIB = KIB * KIB;
const SMALL_MESSAGES = 10_000;

/** Compares without printing 16 MiB. */
function same(received: Message, sent: Message): void {
  assert.equal(typeof received, typeof sent);
  assert.equal(received.length, sent.length);
  const equal = typeof sent === 'string' ? received === sent : sent.equals(received as Buffer);
  assert.ok(equal, `another message of ${sent.length} came back`);
}

/** A text of so many bytes, with characters of one to four bytes. */
function text(bytes: number): string {
  const group = 'aé世🙂';
  const length = Buffer.byteLength(group);
  return group.repeat(bytes / length) + 'x'.repeat(bytes % length);
}

const echoed = (name: string, make: () => readonly Message[]): Scenario => ({
  name,
  async run(target: Target) {
    const peer = await target.connect('/echo');
    for (const message of make()) {
      await peer.ws.send(message);
      same(await peer.receive(), message);
    }
    await peer.ws.close();
  },
});

async function burst(target: Target): Promise<void> {
  const peer = await target.connect('/burst', { count: SMALL_MESSAGES });
  let sent: Promise<void> | undefined;
  for (let number = 0; number < SMALL_MESSAGES; number++) sent = peer.ws.send(String(number));
  let expected = 0;
  for await (const message of peer.ws) {
    if (message === `received ${SMALL_MESSAGES}`) break;
    assert.equal(message, String(expected));
    expected++;
  }
  await sent;
  assert.equal(expected, SMALL_MESSAGES);
  assert.equal((await peer.ws.closed).clean, true);
}

export const MESSAGES: readonly Scenario[] = [
  echoed('text', () => ['Grüße, 世界 🙂', '\0', text(200)]),
  echoed('binary', () => [Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte))]),
  echoed('an empty text and an empty binary message', () => ['', Buffer.alloc(0), '', 'end']),
  echoed('messages at the limits of the lengths', () => [125, 126, 65_535, 65_536].map((size) => randomBytes(size))),
  echoed('70 kB', () => [text(70_000), randomBytes(70_000)]),
  echoed('1 MiB', () => [text(MIB), randomBytes(MIB)]),
  echoed('16 MiB', () => [randomBytes(16 * MIB)]),
  { name: `${SMALL_MESSAGES} small messages each way at once`, run: burst },
];
