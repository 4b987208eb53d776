import { connect as connectTcp, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { Attempt } from '../../src/api/attempt.js';
import { Connecting } from '../../src/api/connecting.js';
import { Transport } from '../../src/api/transport.js';
import { parseUrl } from '../../src/handshake/index.js';
import { serve } from './dial-peers.js';

const NOBODY = { target: null, read() {}, filled() {}, ended() {}, closed() {} };

/** Gives the phase in which it went on. */
class Going extends Connecting<string> {
  protected override proceed(): void {
    this.done(this.attempt.phase);
  }
}

function begun(t: Test, socket: Socket, phase: 'dns' | 'tcp'): { attempt: Attempt; went: Promise<string> } {
  const attempt = new Attempt(parseUrl('ws://localhost/'), { timeoutMs: 1, signal: undefined });
  attempt.phase = phase;
  const transport = new Transport(NOBODY);
  transport.attach(socket, false);
  t.teardown(() => socket.destroy());
  return { attempt, went: new Going(attempt).awaits(socket).run(transport) };
}

t.test('it goes on when the socket has connected, and knows the address', async (t) => {
  const { port } = await serve(t, () => {});
  const socket = connectTcp(port, '127.0.0.1');
  const { attempt, went } = begun(t, socket, 'tcp');
  t.equal(await went, 'tcp');
  t.equal(attempt.address, `127.0.0.1:${port}`);
  const again = begun(t, socket, 'tcp');
  t.equal(await again.went, 'tcp', 'at once, if it has connected before');
  t.equal(again.attempt.address, `127.0.0.1:${port}`);
});

t.test('an address that is known before is not asked for', async (t) => {
  const { port } = await serve(t, () => {});
  const { attempt, went } = begun(t, connectTcp(port, '127.0.0.1'), 'tcp');
  attempt.literal = '192.0.2.1:1';
  await went;
  t.equal(attempt.address, '192.0.2.1:1');
});

t.test('a look-up that gives an address ends its phase, and leaves no listener', async (t) => {
  const { port } = await serve(t, () => {});
  const socket = connectTcp(port, 'localhost', () => {});
  const { went } = begun(t, socket, 'dns');
  socket.emit('lookup', null, '127.0.0.1', 4, 'localhost');
  socket.emit('connect');
  t.equal(await went, 'tcp');
  t.equal(socket.listenerCount('lookup'), 0);
});

t.test('a look-up that fails leaves the phase as it is', async (t) => {
  const socket = new Socket();
  Object.assign(socket, { connecting: true });
  const { attempt, went } = begun(t, socket, 'dns');
  socket.emit('lookup', new Error('nobody knows'), '', 0, 'localhost');
  socket.destroy(new Error('nobody knows'));
  await t.rejects(went, { code: 'WS_CONNECT_DNS', message: /nobody knows/ });
  t.equal(attempt.phase, 'dns');
});

t.test('a socket that is destroyed already', async (t) => {
  const socket = new Socket();
  socket.on('error', () => {}).destroy(new Error('gone'));
  await new Promise((resolve) => socket.once('close', resolve));
  await t.rejects(begun(t, socket, 'tcp').went, { code: 'WS_CONNECT_TCP', message: /gone/ });
  const other = new Socket();
  other.destroy();
  await t.rejects(begun(t, other, 'tcp').went, { message: /the socket is destroyed/ });
});

t.test('without a socket to wait for it goes on at once; what it throws then fails it', async (t) => {
  class Broken extends Connecting<void> {
    protected override proceed(): void {
      throw new Error('broken');
    }
  }
  const attempt = new Attempt(parseUrl('ws://localhost/'), { timeoutMs: 1, signal: undefined });
  const transport = new Transport(NOBODY);
  transport.attach(new PassThrough(), false);
  t.equal(await new Going(attempt).run(transport), 'dns');
  await t.rejects(new Broken(attempt).run(transport), { message: 'broken' });
  const { port } = await serve(t, () => {});
  const socket = connectTcp(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  const late = new Transport(NOBODY);
  late.attach(socket, false);
  await t.rejects(new Broken(attempt).awaits(socket).run(late), { message: 'broken' }, 'also after a wait');
});
