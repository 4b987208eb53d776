import assert from 'node:assert/strict';
import { ConnectionError, ProtocolError } from '../ours.js';
import type { Target } from '../target.js';
import type { Scenario } from './scenario.js';

async function byUs(target: Target): Promise<void> {
  const peer = await target.connect('/echo');
  const report = await peer.ws.close(3002, 'Tschüß');
  const frame = { code: 3002, reason: 'Tschüß' };
  assert.deepEqual(report, { ...frame, clean: true, by: 'us', received: frame, sent: frame });
  const { code, reason } = await peer.served();
  assert.deepEqual({ code, reason }, frame);
}

async function byPeer(target: Target): Promise<void> {
  const frame = { code: 3001, reason: 'auf Wiedersehen, 世界' };
  const peer = await target.connect('/close', frame);
  assert.equal(await peer.receive(), 'last words');
  const { code, reason, clean, by, received, sent } = await peer.ws.closed;
  assert.deepEqual({ code, reason, clean, by }, { ...frame, clean: true, by: 'peer' });
  assert.deepEqual(received, frame);
  assert.equal(sent?.code, frame.code);
  assert.equal((await peer.served()).code, frame.code);
}

/** What was sent before is still delivered: close() comes last in the same tick. */
async function afterMessages(target: Target): Promise<void> {
  const peer = await target.connect('/echo');
  for (const message of ['one', 'two', 'three']) peer.ws.send(message);
  const closed = peer.ws.close(1000);
  const received: unknown[] = [];
  for await (const message of peer.ws) received.push(message);
  // The server may have seen the close frame before it answered all of them.
  assert.deepEqual(received, ['one', 'two', 'three'].slice(0, received.length));
  assert.equal((await closed).clean, true);
  assert.equal((await peer.served()).code, 1000);
}

async function vanished(target: Target): Promise<void> {
  const peer = await target.connect('/vanish');
  peer.ws.send('go');
  const { code, clean, by, received, error } = await peer.ws.closed;
  assert.deepEqual({ code, clean, by, received }, { code: 1006, clean: false, by: 'transport', received: undefined });
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.code, 'WS_TRANSPORT');
  assert.equal(await peer.ws.receive(), undefined);
}

async function terminated(target: Target): Promise<void> {
  const peer = await target.connect('/echo');
  peer.ws.terminate();
  const { code, clean, by } = await peer.ws.closed;
  assert.deepEqual({ code, clean, by }, { code: 1006, clean: false, by: 'us' });
  assert.equal((await peer.served()).code, 1006);
}

async function tooLong(target: Target): Promise<void> {
  const peer = await target.connect('/echo', {}, { maxMessageBytes: 1000 });
  peer.ws.send('x'.repeat(1000));
  peer.ws.send('y'.repeat(1001));
  assert.equal((await peer.receive()).length, 1000);
  const { clean, by, sent, error } = await peer.ws.closed;
  assert.deepEqual({ by, code: sent?.code }, { by: 'us', code: 1009 });
  assert.ok(error instanceof ProtocolError, `${error}`);
  assert.equal(typeof clean, 'boolean');
  assert.equal((await peer.served()).code, 1009);
}

export const CLOSING: readonly Scenario[] = [
  { name: 'closed by us', run: byUs },
  { name: 'closed by the server', run: byPeer },
  { name: 'closed by us while messages are under way', run: afterMessages },
  { name: 'the server vanishes', run: vanished },
  { name: 'terminated by us', run: terminated },
  { name: 'a message above the limit', run: tooLong },
];
