import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { listen, settle, type Wire } from './peer.js';

const REFUSAL = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 20\r\nX-Why: no\r\n\r\nnot for you';

t.test('a response that is cut in its head', async (t) => {
  for (const [bytes, message] of [
    ['HTTP/1.1 101 Swi', /the last line was "HTTP\/1\.1 101 Swi"/],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: web', /before its response was complete/],
    ['\x15\x03\x03\x00\x02\x02\x46', /looks like a TLS alert: use wss:/],
  ] as const) {
    const peer = await listen(t, { onRequest: (wire) => wire.socket.end(bytes, 'latin1') });
    const error = { name: 'HandshakeError', code: 'WS_HANDSHAKE_TRUNCATED', url: peer.url };
    await t.rejects(connect(peer.url), { ...error, message });
  }
});

t.test('a server that says nothing and ends', async (t) => {
  const peer = await listen(t, { onRequest: (wire) => wire.socket.end() });
  const address = `127.0.0.1:${peer.port}`;
  const error = { name: 'ConnectionError', code: 'WS_CONNECT_LOST', phase: 'handshake', url: peer.url, address };
  await t.rejects(connect(peer.url), {
    ...error,
    message: /the peer ended the connection during the opening handshake/,
  });
});

t.test('a refusal whose body is cut', async (t) => {
  const refused = {
    name: 'HandshakeError',
    code: 'WS_HANDSHAKE_STATUS',
    status: 403,
    body: Buffer.from('not for you'),
    bodyTruncated: true,
  };
  const byReset = (wire: Wire): void => {
    // The client is in this process, so it has read it all after some turns, and the reset overtakes nothing.
    wire.socket.write(REFUSAL, () => settle(20).then(() => wire.reset()));
  };
  for (const onRequest of [(wire: Wire) => void wire.socket.end(REFUSAL), byReset]) {
    const peer = await listen(t, { onRequest });
    await t.rejects(connect(peer.url), refused);
  }
});

t.test('a server that resets at once', async (t) => {
  const peer = await listen(t);
  peer.server.prependListener('connection', (socket) => socket.resetAndDestroy());
  for (let i = 0; i < 20; i++) {
    const error = await connect(peer.url).then(t.fail, (error) => error);
    t.match(error, { name: 'ConnectionError', code: /^WS_CONNECT_(TCP|LOST)$/ });
    t.match(`${error.address}`, /^(undefined|127\.0\.0\.1:\d+)$/);
  }
});
