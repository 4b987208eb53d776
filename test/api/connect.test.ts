import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { Connection } from '../../src/api/connection.js';
import { pem } from '../certs.js';
import { listen, settle, text } from './peer.js';

t.test('an open connection, plain and over TLS', async (t) => {
  for (const tls of [undefined, true] as const) {
    const peer = await listen(t, { ...(tls && { tls }), first: text('hello') });
    const ws = await connect(peer.url, { ignoreSslErrors: [], tls: { ca: pem('ca.pem') } });
    t.type(ws, Connection);
    t.equal(ws.state, 'open');
    t.equal(ws.url, peer.url);
    t.equal(await ws.receive(), 'hello');
    ws.terminate();
  }
});

t.test('a URL object', async (t) => {
  const peer = await listen(t);
  const ws = await connect(new URL(peer.url));
  t.equal(ws.url, peer.url);
  ws.terminate();
});

t.test('what makes no sense is a rejection, and nothing is dialed', async (t) => {
  const peer = await listen(t);
  for (const url of [
    '',
    'nonsense',
    'http://host/',
    'ws://host/#fragment',
    '//host/',
    'ws://ho st/',
    5,
    null,
    undefined,
  ]) {
    await t.rejects(connect(url as string), { name: 'HandshakeError', code: 'WS_HANDSHAKE_URL' });
  }
  await t.rejects(connect(peer.url, { timeout: 5 } as never), {
    code: 'WS_OPTION',
    message: /'timeout' does not exist/,
  });
  await t.rejects(connect(peer.url, null as never), { code: 'WS_OPTION' });
  await t.rejects(connect(peer.url, { headers: { 'Sec-WebSocket-Key': 'x' } }), { code: 'WS_HANDSHAKE_HEADER' });
  await t.rejects(connect(peer.url, { tls: { crl: 'x' } as never }), { name: 'TlsError', code: 'WS_TLS_OPTION' });
  await t.rejects(connect(peer.url, { ignoreSslErrors: ['selfSigned'] as never }), { code: 'WS_TLS_OPTION' });
  await settle(10);
  t.equal(peer.wires.length, 0);
});
