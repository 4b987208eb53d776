import assert from 'node:assert/strict';
import {
  type DataReference,
  getLastError,
  webSocketClose,
  webSocketOpen,
  webSocketRead,
  webSocketWrite,
} from '../ours.js';
import type { Target } from '../target.js';
import type { Scenario } from './scenario.js';

const READ_SECONDS = 20;

/** The CTRL functions have no option for an authority, so they go by the self-signed certificate. */
const urlOf = (target: Target, path: string): string => target.tls?.selfSignedUrl(path) ?? target.url(path);

const options = { timeout: 20, ignoreSslErrors: ['SelfSignedCertificate'] };

async function roundTrip(target: Target): Promise<void> {
  const socket = await webSocketOpen(urlOf(target, '/echo'), options);
  assert.ok(socket >= 0, String(getLastError()));
  for (const message of ['Grüße', Buffer.from([0, 255])]) {
    assert.equal(await webSocketWrite(socket, message), Buffer.byteLength(message));
    const data: DataReference = {};
    assert.equal(await webSocketRead(socket, data, READ_SECONDS), 0);
    assert.deepEqual(data.value, message);
  }
  assert.equal(await webSocketClose(socket), 0);
  assert.deepEqual(getLastError(), []);
  assert.equal(await webSocketWrite(socket, 'too late'), -1);
  assert.equal(getLastError()[0]?.code, 'INVALID_SOCKET');
}

async function closedByServer(target: Target): Promise<void> {
  const socket = await webSocketOpen(urlOf(target, '/close?code=1000&reason=bye'), options);
  const data: DataReference = {};
  assert.equal(await webSocketRead(socket, data, READ_SECONDS), 0);
  assert.equal(data.value, 'last words');
  assert.equal(await webSocketRead(socket, data, READ_SECONDS), 1);
  assert.deepEqual(getLastError(), []);
  assert.equal(await webSocketClose(socket), 0);
}

async function refused(target: Target): Promise<void> {
  assert.equal(await webSocketOpen(urlOf(target, '/refuse?status=401'), options), -1);
  assert.equal(getLastError()[0]?.code, 'HANDSHAKE');
}

export const CTRL: readonly Scenario[] = [
  { name: 'the CTRL functions: a round trip', run: roundTrip },
  { name: 'the CTRL functions: closed by the server', run: closedByServer },
  { name: 'the CTRL functions: refused', run: refused },
];
