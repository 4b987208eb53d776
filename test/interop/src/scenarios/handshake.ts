import assert from 'node:assert/strict';
import { type ConnectOptions, HandshakeError } from '../ours.js';
import type { Query, Target } from '../target.js';
import type { Scenario } from './scenario.js';

/** The error of an attempt that the server, or the proxy before it, refuses. */
export async function refusal(target: Target, path: string, query?: Query): Promise<HandshakeError> {
  const error = await target.connect(path, query).then(
    () => assert.fail('the upgrade was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HandshakeError, String(error));
  assert.equal(error.code, 'WS_HANDSHAKE_STATUS');
  return error;
}

const refused = (status: number, header: string, value: string): Scenario => ({
  name: `an upgrade refused with ${status}`,
  async run(target) {
    const error = await refusal(target, '/refuse', { status });
    assert.equal(error.status, status);
    assert.equal(error.headers?.get(header), value);
    assert.equal(String(error.body), `refused with ${status}`);
    assert.equal(error.bodyTruncated, false);
  },
});

const protocol = (name: string, offered: readonly string[], agreed: string): Scenario => ({
  name,
  async run(target) {
    const peer = await target.connect('/echo', {}, { protocols: offered });
    assert.equal(peer.ws.protocol, agreed);
    await peer.ws.send('goes on');
    assert.equal(await peer.receive(), 'goes on');
    await peer.ws.close();
  },
});

/** All servers know permessage-deflate. */
async function withoutOffer(target: Target): Promise<void> {
  const peer = await target.connect('/echo');
  assert.deepEqual(peer.ws.extensions, []);
  await peer.ws.close();
}

/** The server tells the value of a header of our request. */
const header = (name: string, options: ConnectOptions, value: string): Scenario => ({
  name: `the server sees our header ${name}`,
  async run(target) {
    const peer = await target.connect('/header', { name }, options);
    assert.equal(await peer.receive(), value);
    await peer.ws.close();
  },
});

export const HANDSHAKE: readonly Scenario[] = [
  protocol('a subprotocol is agreed on', ['chat.v2', 'chat.v1'], 'chat.v1'),
  protocol('no subprotocol is agreed on', ['chat.v3'], ''),
  { name: 'no extension is agreed on without an offer', run: withoutOffer },
  header('x-interop', { headers: { 'X-Interop': 'a, "b"' } }, 'a, "b"'),
  header('origin', { origin: 'https://example.org' }, 'https://example.org'),
  header('user-agent', { headers: { 'USER-AGENT': 'interop/1' } }, 'interop/1'),
  refused(401, 'www-authenticate', 'Basic realm="interop"'),
  refused(503, 'retry-after', '120'),
];
