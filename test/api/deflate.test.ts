import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import t, { type Test } from 'tap';
import { type Connection, type ConnectOptions, connect } from '../../src/index.js';
import { isWithout } from '../about-fast-path.js';
import { asciiProse } from '../frames/deflate-support.js';
import { frame, hex, randomFor } from '../frames/support.js';
import { type Accepts, type DeflatePeer, listen } from './deflate-peer.js';

const ALL = { threshold: 0 } as const;
const CLOSE = frame(0x88, hex('03e8'));

async function pair(
  t: Test,
  accepts: Accepts = '',
  perMessageDeflate: Parameters<typeof connect>[1] = { perMessageDeflate: true },
): Promise<[Connection, DeflatePeer]> {
  const server = await listen(t, () => accepts);
  const [connection, peer] = await Promise.all([connect(server.url, perMessageDeflate), server.next()]);
  return [connection, peer];
}

const offered = ({ request }: DeflatePeer): string | undefined => /sec-websocket-extensions: (.*)/i.exec(request)?.[1];

t.test('it is off unless asked for', async (t) => {
  const [connection, peer] = await pair(t, null, {});
  t.equal(offered(peer), undefined);
  t.strictSame(connection.extensions, []);
  peer.send(frame(0xc1, hex('f248cdc9c90700')));
  t.match(await connection.closed, { error: { code: 'WS_PROTOCOL_RSV', closeCode: 1002 } });
});

t.test('it is offered, and what was agreed on is shown', async (t) => {
  const [connection, peer] = await pair(t, '; server_max_window_bits=12');
  t.equal(offered(peer), 'permessage-deflate; client_max_window_bits');
  const params = [{ name: 'server_max_window_bits', value: '12' }];
  t.strictSame(connection.extensions, [{ name: 'permessage-deflate', params }]);
  peer.send(frame(0xc1, hex('f248cdc9c90700')), frame(0xc1, hex('f200110000')));
  t.equal(await connection.receive(), 'Hello');
  t.equal(await connection.receive(), 'Hello');
  connection.terminate();
  await connection.closed;
});

t.test('a server that does not accept it gets messages as they are', async (t) => {
  const [connection, peer] = await pair(t, null, { perMessageDeflate: ALL });
  await connection.send('x'.repeat(5000));
  t.match(await peer.receive(1), [{ first: 0x81, payload: Buffer.from('x'.repeat(5000)) }]);
  peer.send(frame(0xc1, hex('f248cdc9c90700')));
  t.match(await connection.closed, { error: { code: 'WS_PROTOCOL_RSV' } });
});

t.test('an acceptance that does not fit the offer refuses the connection', async (t) => {
  const cases: [accepts: string, options: object | true][] = [
    ['; server_max_window_bits=7', true],
    ['; server_max_window_bits=012', true],
    ['; server_max_window_bits', true],
    ['; server_max_window_bits=12', { serverMaxWindowBits: 10 }],
    ['', { serverMaxWindowBits: 10 }],
    ['', { serverNoContextTakeover: true }],
    ['; client_max_window_bits=10', { clientMaxWindowBits: false }],
    ['; client_max_window_bits=12', { clientMaxWindowBits: 10 }],
    ['; client_max_window_bits', true],
    ['; client_no_context_takeover=1', true],
    ['; client_no_context_takeover; client_no_context_takeover', true],
    ['; unknown', true],
    [', permessage-deflate', true],
    [', x-other', true],
  ];
  let accepts = '';
  const server = await listen(t, () => accepts);
  for (const [answer, perMessageDeflate] of cases) {
    accepts = answer;
    await t.rejects(connect(server.url, { perMessageDeflate }), { code: 'WS_HANDSHAKE_EXTENSIONS' }, answer);
    await server.next();
  }
  await t.rejects(connect(server.url, { perMessageDeflate: { level: 11 } }), { code: 'WS_OPTION' });
});

t.test('every window and both takeovers, both ways, with Node as the peer', async (t) => {
  const random = randomFor(t);
  let accepts = '';
  const server = await listen(t, () => accepts);
  for (let i = 0; i < 32; i++) {
    const client = 8 + (i % 8);
    const own = 15 - ((i * 3) % 8);
    const flags = [i & 8 ? '; client_no_context_takeover' : '', i & 16 ? '; server_no_context_takeover' : ''];
    accepts = `; client_max_window_bits=${client}; server_max_window_bits=${own}${flags.join('')}`;
    const options = { ...ALL, memLevel: 1 + (i % 9), level: i % 10 };
    const [connection, peer] = await Promise.all([connect(server.url, { perMessageDeflate: options }), server.next()]);
    const messages = Array.from({ length: 8 }, (_, n) => asciiProse(random, random.below(100 << n)));
    messages.push(asciiProse(random, 40000), asciiProse(random, 300));
    for (const message of messages) {
      if (random.below(2) === 0) connection.send(message);
      else connection.send(message.toString());
      peer.send(peer.encode(random.pick([0xc1, 0xc2]), message));
    }
    const found = await peer.receive(messages.length);
    const sent = found.every(({ first, payload }, n) => first > 0xc0 && payload.equals(messages[n] as Buffer));
    const received: string[] = [];
    for (const _ of messages) received.push(String(await connection.receive()));
    t.equal(sent && received.every((text, n) => text === String(messages[n])), true, accepts);
    connection.terminate();
    await connection.closed;
  }
});

t.test('a mix of sizes keeps its order both ways', async (t) => {
  const random = randomFor(t);
  const [connection, peer] = await pair(t, '');
  const messages = Array.from({ length: 40 }, () => asciiProse(random, random.below(random.pick([50, 5000, 300000]))));
  const received: string[] = [];
  connection.on('message', (message) => received.push(String(message)));
  const left: Promise<void>[] = [];
  for (const message of messages) {
    left.push(connection.send(message));
    peer.send(random.below(3) === 0 ? frame(0x82, message) : peer.encode(0xc2, message));
  }
  await Promise.all(left);
  t.equal(connection.bufferedAmount, 0);
  const found = await peer.receive(messages.length);
  t.equal(
    found.findIndex(({ payload }, i) => !payload.equals(messages[i] as Buffer)),
    -1,
  );
  peer.send(CLOSE);
  peer.socket.end();
  await connection.closed;
  t.equal(received.length, messages.length);
  t.equal(
    received.findIndex((text, i) => text !== String(messages[i])),
    -1,
  );
});

t.test('what waits to be compressed is counted; a ping does not wait, the close frame does', async (t) => {
  const [connection, peer] = await pair(t, '');
  const large = asciiProse(randomFor(t), 300000);
  const sent = connection.send(large);
  const small = connection.send('small');
  t.equal(connection.bufferedAmount >= 300005, true, `${connection.bufferedAmount}`);
  const pong = connection.ping('p').catch(() => {});
  const closed = connection.close(1000, 'done');
  const found = await peer.receive(4);
  t.strictSame(
    found.map(({ first }) => first),
    [0x89, 0xc2, 0x81, 0x88],
  );
  t.equal(found[1]?.payload.equals(large), true);
  await Promise.all([sent, small]);
  peer.send(frame(0x8a, 'p'), CLOSE);
  await pong;
  peer.socket.end();
  t.match(await closed, { clean: true, code: 1000, by: 'us' });
});

t.test('a bomb ends the connection with 1009, wrong data with 1007', async (t) => {
  const block = Buffer.alloc(1 << 20);
  const cases: [name: string, bytes: (peer: DeflatePeer) => Buffer, code: string, close: number][] = [
    ['small', (peer) => peer.encode(0xc2, block), 'WS_PROTOCOL_MESSAGE_TOO_BIG', 1009],
    ['not DEFLATE', () => frame(0xc2, hex('ffffff')), 'WS_PROTOCOL_DEFLATE', 1007],
    ['large and not DEFLATE', () => frame(0xc2, Buffer.alloc(90000, 0xff)), 'WS_PROTOCOL_DEFLATE', 1007],
    ['not UTF-8', (peer) => peer.encode(0xc1, Buffer.from([0x61, 0xff])), 'WS_PROTOCOL_UTF8', 1007],
  ];
  for (const [name, bytes, code, closeCode] of cases) {
    const [connection, peer] = await pair(t, '', { perMessageDeflate: true, maxMessageBytes: 500000 });
    peer.send(bytes(peer), frame(0x81, 'never'));
    const [report, found] = await Promise.all([connection.closed, peer.receive(1).finally(() => peer.socket.end())]);
    t.match(report, { by: 'us', error: { code, closeCode, by: 'peer' } }, name);
    t.equal(found[0]?.payload.readUInt16BE(0), closeCode);
    t.equal(await connection.receive(), undefined, 'nothing was delivered');
  }
});

t.test('messages that wait to be compressed are dropped when the connection fails', async (t) => {
  const [connection, peer] = await pair(t, '');
  const dropped = new Promise((resolve) => {
    connection.on('ping', () => connection.send(asciiProse(randomFor(t), 3000000)).catch(resolve));
  });
  peer.send(frame(0x89, ''), frame(0x83, ''));
  const found = await peer.receive(2);
  t.strictSame(
    found.map(({ first }) => first),
    [0x8a, 0x88],
  );
  peer.socket.end();
  t.match(await connection.closed, { error: { code: 'WS_PROTOCOL_OPCODE' } });
  t.match(await dropped, { code: 'WS_CLOSED' });
});

t.test(
  'terminate while messages are inflated and compressed: nothing comes after, and nothing stays open',
  async (t) => {
    const [connection, peer] = await pair(t, '');
    const received: unknown[] = [];
    connection.on('message', (message) => received.push(message.length));
    const started = new Promise((resolve) => connection.on('ping', resolve));
    peer.send(frame(0x89, ''), peer.encode(0xc2, randomBytes(3000000)), frame(0x81, 'after'));
    await started;
    const lost = t.rejects(connection.send(randomBytes(300000)));
    connection.send('waits').catch(() => {});
    connection.terminate();
    await lost;
    t.match(await connection.closed, { clean: false, code: 1006, by: 'us' });
    t.equal(connection.bufferedAmount, 0);
    t.strictSame(received, []);
    await t.rejects(connection.send('late'), { code: 'WS_CLOSED' });
  },
);

/** A socket of the user's is read by 'data' events: also while it is paused, so that its end comes before all is inflated. */
const SOCKETS: Readonly<Record<string, ConnectOptions>> = {
  'a socket of ours': {},
  "a socket of the user's": { createConnection: (target) => connectTcp(target) },
};

for (const [whose, options] of Object.entries(SOCKETS)) {
  t.test(`a queue that is full pauses, and large messages wait in order, ${whose}`, async (t) => {
    const [connection, peer] = await pair(t, '', { ...options, perMessageDeflate: true });
    const random = randomFor(t);
    const messages = Array.from({ length: 60 }, (_, i) => asciiProse(random, i % 3 === 0 ? 200000 : 30));
    for (const message of messages) peer.send(peer.encode(0xc1, message));
    peer.send(CLOSE);
    peer.socket.end();
    let wrong = -1;
    for (const [i, message] of messages.entries()) {
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      const found = await connection.receive();
      if (found !== message.toString() && wrong < 0) wrong = i;
    }
    t.equal(wrong, -1);
    t.equal(await connection.receive(), undefined);
    const isAnswered = options.createConnection === undefined && !isWithout('onread');
    t.match(await connection.closed, { by: 'peer', code: 1000, clean: isAnswered });
  });
}

t.test('a large message is not lost when the peer ends right behind it', async (t) => {
  for (const reset of [false, true]) {
    const [connection, peer] = await pair(t, '');
    const large = asciiProse(randomFor(t), 400000);
    const bytes = peer.encode(0xc1, large);
    const got = connection.receive();
    peer.send(bytes);
    if (reset) setImmediate(() => peer.socket.destroy());
    else peer.socket.end();
    t.equal(await got, large.toString());
    t.match(await connection.closed, { by: 'transport', clean: false });
  }
});

t.test('close by the peer while we compress: what was sent goes before our close frame', async (t) => {
  const [connection, peer] = await pair(t, '');
  const closing = new Promise((resolve) => connection.on('ping', resolve));
  connection.send(asciiProse(randomFor(t), 2000000)).catch(() => {});
  peer.send(frame(0x89, ''), CLOSE);
  await closing;
  const found = await peer.receive(3);
  t.strictSame(
    found.map(({ first }) => first),
    [0x8a, 0xc2, 0x88],
  );
  peer.socket.end();
  t.match(await connection.closed, { clean: true, by: 'peer' });
});
