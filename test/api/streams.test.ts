import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { connect } from '../../src/api/connect.js';
import type { Connection } from '../../src/api/connection.js';
import { toDuplex } from '../../src/api/streams.js';
import {
  BINARY,
  CLOSE,
  closePayload,
  echo,
  frame,
  type RawPeer,
  type Script,
  startPeer,
  TEXT,
} from './websocket-peer.js';

async function open(t: Test, script: Script = echo): Promise<{ peer: RawPeer; connection: Connection }> {
  const peer = await startPeer(script);
  const connection = await connect(peer.url);
  t.teardown(async () => {
    connection.terminate();
    await peer.close();
  });
  return { peer, connection };
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it did not reject'),
    (error) => error,
  );

/** Sends three messages and the close frame. */
const three: Script = (client) => {
  client.onFrame = () => client.socket.end();
  const frames = [frame(TEXT, 'one'), frame(BINARY, 'two'), frame(TEXT, 'three'), frame(CLOSE, closePayload(1000))];
  client.accept([], Buffer.concat(frames));
};

const lost: Script = (client) => {
  client.accept([], frame(TEXT, 'one'));
  client.socket.end();
};

/** More than all buffers between two sockets hold. */
const TOO_MUCH = 32 * 1024 * 1024;

t.test('readable: the messages, and the end', async (t) => {
  const { connection } = await open(t, three);
  t.equal(connection.readable, connection.readable, 'the same stream each time');
  const seen: unknown[] = [];
  for await (const message of connection.readable) seen.push(message);
  t.same(seen, ['one', Buffer.from('two'), 'three']);
});

t.test('readable: the error of a connection that was lost', async (t) => {
  const { connection } = await open(t, lost);
  const reader = connection.readable.getReader();
  t.equal((await reader.read()).value, 'one');
  t.match(await rejection(reader.read()), { code: 'WS_TRANSPORT' });
});

t.test('readable: canceling closes the connection', async (t) => {
  const { connection } = await open(t);
  await connection.readable.cancel();
  t.match(await connection.closed, { clean: true, code: 1000, by: 'us' });
});

t.test('readable: not beside a listener', async (t) => {
  const { connection } = await open(t);
  connection.on('message', () => {});
  t.match(await rejection(connection.readable.getReader().read()), { code: 'WS_STATE' });
});

t.test('readable: backpressure', async (t) => {
  let sent = false;
  const { connection } = await open(t, (client) => {
    client.accept();
    for (let i = 0; i < 32; i++) client.send(BINARY, new Uint8Array(1048576));
    client.socket.write(frame(TEXT, 'end'), () => {
      sent = true;
    });
  });
  const reader = connection.readable.getReader();
  await wait(150);
  t.equal(sent, false, 'nobody has read yet');
  while ((await reader.read()).value !== 'end');
  t.ok(sent);
});

t.test('writable: sends, and closes', async (t) => {
  const { peer, connection } = await open(t);
  t.equal(connection.writable, connection.writable);
  const writer = connection.writable.getWriter();
  await writer.write('text');
  await writer.write(Buffer.from('bytes'));
  await writer.close();
  t.match(await connection.closed, { clean: true, sent: { code: 1000 } });
  t.same(
    peer.clients[0]?.frames.map(({ opcode, payload }) => [opcode, payload.toString()]),
    [
      [TEXT, 'text'],
      [BINARY, 'bytes'],
      [CLOSE, closePayload(1000).toString()],
    ],
  );
});

t.test('writable: what cannot be sent', async (t) => {
  const { connection } = await open(t);
  t.match(await rejection(connection.writable.getWriter().write({} as string)), { code: 'WS_OPTION' });
});

t.test('writable: backpressure', async (t) => {
  const { peer, connection } = await open(t, (client) => {
    client.accept();
    client.socket.pause();
  });
  let done = false;
  const writing = connection.writable
    .getWriter()
    .write(new Uint8Array(TOO_MUCH))
    .then(() => {
      done = true;
    });
  await wait(100);
  t.equal(done, false);
  peer.clients[0]?.socket.resume();
  await writing;
});

t.test('writable: the end of the connection', async (t) => {
  const clean = await open(t, three);
  const { writable } = clean.connection;
  clean.connection.readable.cancel();
  t.match(await rejection(writable.getWriter().closed), { code: 'WS_CLOSED' });
  const broken = await open(t, lost);
  t.match(await rejection(broken.connection.writable.getWriter().closed), { code: 'WS_TRANSPORT' });
});

t.test('writable: abort ends the connection at once', async (t) => {
  const { connection } = await open(t);
  await connection.writable.abort('reason');
  t.match(await connection.closed, { clean: false, by: 'us' });
});

t.test('pipeTo: an echo through both streams', async (t) => {
  const one = await open(t);
  const two = await open(t, three);
  await two.connection.readable.pipeTo(one.connection.writable);
  t.match(await one.connection.closed, { clean: true, code: 1000 });
  t.equal(one.peer.clients[0]?.frames.length, 4);
});

t.test('toDuplex: messages as objects', async (t) => {
  const { connection } = await open(t);
  const duplex = toDuplex(connection);
  duplex.write('text');
  duplex.write('');
  duplex.write(Buffer.from('bytes'));
  const seen: unknown[] = [];
  duplex.on('data', (chunk) => {
    seen.push(chunk);
    if (seen.length === 3) duplex.end();
  });
  await once(duplex, 'close');
  t.same(seen, ['text', '', Buffer.from('bytes')]);
  t.match(await connection.closed, { clean: true, code: 1000 });
});

t.test('toDuplex: a stream of bytes', async (t) => {
  const { peer, connection } = await open(t);
  const duplex = toDuplex(connection, { objectMode: false });
  duplex.write('t\u00E9xt');
  const [chunk] = (await once(duplex, 'data')) as [unknown];
  t.same(chunk, Buffer.from('t\u00E9xt'));
  duplex.end('last');
  await once(duplex, 'finish');
  t.same(
    peer.clients[0]?.frames.map(({ opcode }) => opcode),
    [BINARY, BINARY, CLOSE],
  );
});

t.test('toDuplex: the peer ends it', async (t) => {
  const { connection } = await open(t, three);
  const duplex = toDuplex(connection);
  const seen: unknown[] = [];
  for await (const message of duplex) seen.push(message);
  t.equal(seen.length, 3);
  t.ok(duplex.destroyed);
  const text = await open(t, three);
  const all = await toDuplex(text.connection, { objectMode: false }).reduce(
    (sum: string, chunk: Buffer) => sum + chunk.toString(),
    '',
  );
  t.equal(all, 'onetwothree');
});

t.test('toDuplex: the connection is lost', async (t) => {
  const { connection } = await open(t, lost);
  const duplex = toDuplex(connection).resume();
  const [error] = (await once(duplex, 'error')) as [unknown];
  t.match(error, { code: 'WS_TRANSPORT' });
});

t.test('toDuplex: destroy, and what cannot be sent', async (t) => {
  const { connection } = await open(t);
  const duplex = toDuplex(connection);
  duplex.destroy();
  t.match(await connection.closed, { clean: false, by: 'us' });
  const second = await open(t);
  const failing = toDuplex(second.connection);
  failing.write({});
  const [error] = (await once(failing, 'error')) as [unknown];
  t.match(error, { code: 'WS_OPTION' });
  t.match(await second.connection.closed, { by: 'us' });
});

t.test('toDuplex: not beside a listener', async (t) => {
  const { connection } = await open(t);
  connection.on('message', () => {});
  const [error] = (await once(toDuplex(connection).resume(), 'error')) as [unknown];
  t.match(error, { code: 'WS_STATE' });
});

t.test('toDuplex: backpressure both ways', async (t) => {
  let sent = false;
  const { peer, connection } = await open(t, (client) => {
    client.accept();
    client.socket.pause();
    for (let i = 0; i < 32; i++) client.send(BINARY, new Uint8Array(1048576));
    client.socket.write(frame(TEXT, 'end'), () => {
      sent = true;
    });
  });
  const duplex = toDuplex(connection);
  t.equal(duplex.write(new Uint8Array(TOO_MUCH)), true, 'in object mode 16 messages may wait');
  let written = false;
  duplex.write('second', () => {
    written = true;
  });
  await wait(150);
  t.equal(sent, false);
  t.equal(written, false);
  peer.clients[0]?.socket.resume();
  for await (const message of duplex) if (message === 'end') break;
  t.ok(sent);
});
