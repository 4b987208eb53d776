import { once } from 'node:events';
import { inflateRawSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { type Connection, connect } from '../../src/index.js';
import { accepting, closeFrame, frame, type RawFrame, startPeer, type Wire } from './raw-peer.js';

async function open(t: Test, options: object = {}, headers = ''): Promise<{ ws: Connection; wire: Wire }> {
  let wire!: Wire;
  const onWire = (each: Wire): void => {
    wire = each;
  };
  const answer = (request: string): string => accepting(request).replace(/\r\n$/, `${headers}\r\n`);
  const peer = await startPeer(t, onWire, { answer });
  const ws = await connect(peer.url, options);
  t.teardown(() => ws.terminate());
  while (wire === undefined) await new Promise(setImmediate);
  return { ws, wire };
}

/** The next frames of the client as "first byte in hex:payload". */
async function take(wire: Wire, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { first, payload } = (await wire.next()) as RawFrame;
    taken.push(`${first.toString(16)}:${payload}`);
  }
  return taken;
}

t.test('an array of strings is one text message in fragments', async (t) => {
  const { ws, wire } = await open(t);
  await ws.send(['a', '', 'b']);
  t.strictSame(await take(wire, 3), ['1:a', '0:b', '80:'], 'empty parts are left out');
  await ws.send('next');
  t.strictSame(await take(wire, 1), ['81:next']);
});

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n';

/** The payload of a compressed message (RFC 7692 7.2.2). */
const inflated = ({ payload }: RawFrame): string =>
  inflateRawSync(Buffer.concat([payload, Buffer.from('0000ffff', 'hex')]), { finishFlush: 2 }).toString();

t.test(
  'with permessage-deflate: parts go as they are, in their order with messages that are compressed off the loop',
  async (t) => {
    const { ws, wire } = await open(t, { perMessageDeflate: { threshold: 10 } }, DEFLATE);
    // Large enough for it, whatever the limit is.
    const [before, between, behind] = ['a', 'b', 'c'].map((each) => each.repeat(3_000_000)) as [string, string, string];
    const sent = [ws.send(before), ws.send(['x', 'y'.repeat(20)]), ws.send(between), ws.send([Buffer.from('z')])];
    sent.push(ws.send(behind), ws.send('short'));
    t.ok(ws.bufferedAmount > 3_000_000, 'what waits counts');
    const frames: RawFrame[] = [];
    while (frames.length < 9) frames.push((await wire.next()) as RawFrame);
    t.strictSame(
      frames.map((each) => each.first.toString(16)),
      ['c1', '1', '0', '80', 'c1', '2', '80', 'c1', '81'],
    );
    const [a, x, y, , b, z, , c, short] = frames as [RawFrame, RawFrame, RawFrame, RawFrame, RawFrame, ...RawFrame[]];
    t.ok(inflated(a) === before && inflated(b) === between && inflated(c as RawFrame) === behind);
    t.strictSame(
      [x, y, z, short].map((each) => `${each?.payload}`),
      ['x', 'y'.repeat(20), 'z', 'short'],
    );
    await Promise.all(sent);
    t.equal(ws.bufferedAmount, 0);
  },
);

t.test('with permessage-deflate: an end while parts wait', async (t) => {
  const { ws, wire } = await open(t, { perMessageDeflate: true }, DEFLATE);
  const large = ws.send('a'.repeat(3_000_000));
  const parts = ws.send(['x', 'y']);
  const last = ws.send('z');
  wire.socket.destroy();
  for (const each of [large, parts, last]) await t.rejects(each);
  t.equal((await ws.closed).clean, false);
});

t.test('an async iterable of bytes is one binary message', async (t) => {
  const { ws, wire } = await open(t);
  await ws.send(
    (async function* () {
      yield Buffer.from('a');
      yield new Uint16Array([0x6262]);
      yield new Uint8Array([0x63]).buffer;
    })(),
  );
  t.strictSame(await take(wire, 4), ['2:a', '0:bb', '0:c', '80:']);
});

t.test('an empty message has a kind, no part has none', async (t) => {
  const { ws, wire } = await open(t);
  await ws.send(['']);
  await ws.send([Buffer.alloc(0)]);
  t.strictSame(await take(wire, 2), ['81:', '82:']);
  await t.rejects(ws.send([]), { code: 'WS_OPTION', message: /no part/ });
  await ws.send('open');
  t.strictSame(await take(wire, 1), ['81:open'], 'nothing was sent, and the connection stands');
});

t.test('a surrogate pair that is cut is joined, a lone half is replaced', async (t) => {
  const { ws, wire } = await open(t);
  await ws.send(['a\ud83d', '\ude00b', '\ud83d', '', '\ude00']);
  t.strictSame(await take(wire, 4), ['1:a', '0:😀b', '0:😀', '80:']);
  await ws.send(['x\ud83d', 'y\ud83d']);
  t.strictSame(await take(wire, 3), ['1:x', '0:\ufffdy', '80:\ufffd']);
});

t.test('what is sent meanwhile waits and keeps its order; control frames go in between', async (t) => {
  const { ws, wire } = await open(t);
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = ws.send(
    (async function* () {
      yield 'a';
      await gate;
      yield 'b';
    })(),
  );
  t.strictSame(await take(wire, 1), ['1:a']);
  const bytes = Buffer.from('two');
  const sent = [ws.send('one'), ws.send(bytes), ws.send(['th', 'ree']), ws.send('four')];
  bytes.fill(0);
  t.ok(ws.bufferedAmount >= 10, 'what waits is counted');
  const ping = ws.ping('p');
  t.strictSame(await take(wire, 1), ['89:p']);
  wire.write(frame(0x8a, 'p'), frame(0x89, 'q'));
  await ping;
  t.strictSame(await take(wire, 1), ['8a:q']);
  release();
  await Promise.all([first, ...sent]);
  t.strictSame(await take(wire, 8), ['0:b', '80:', '81:one', '82:two', '1:th', '0:ree', '80:', '81:four']);
  t.equal(ws.bufferedAmount, 0);
});

t.test('parts are asked for as fast as they leave', async (t) => {
  const { ws, wire } = await open(t);
  wire.socket.pause();
  let asked = 0;
  const total = 400;
  const sent = ws.send(
    (function* () {
      for (; asked < total; asked++) yield Buffer.alloc(65536, asked);
    })(),
  );
  for (let before = -1; before !== asked; ) {
    before = asked;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  t.ok(asked < total, `${asked} of ${total} parts were taken while the peer does not read`);
  t.ok(ws.bufferedAmount < 1024 * 1024, 'and few wait here');
  wire.socket.resume();
  await sent;
  let bytes = 0;
  for (let i = 0; i <= total; i++) bytes += ((await wire.next()) as RawFrame).payload.length;
  t.equal(bytes, total * 65536);
});

t.test('an iterable that throws after a part was sent closes the connection with 1011', async (t) => {
  const faults: Record<string, () => Iterable<string | Buffer>> = {
    'it throws': function* () {
      yield 'a';
      throw new Error('no more');
    },
    'it mixes text and bytes': function* () {
      yield 'a';
      yield Buffer.from('b');
    },
    'it mixes bytes and text': function* () {
      yield Buffer.from('b');
      yield '';
    },
    'a part of another type': function* () {
      yield 'a';
      yield 1 as unknown as string;
    },
  };
  for (const [name, parts] of Object.entries(faults)) {
    const { ws, wire } = await open(t);
    const sent = ws.send(parts());
    const next = ws.send('next');
    await t.rejects(sent, name === 'it throws' ? { message: 'no more' } : { code: 'WS_OPTION' }, name);
    await t.rejects(next, { code: 'WS_CLOSED' });
    t.equal((await take(wire, 2))[1], `88:\u0003\ufffdthe message could not be completed`);
    wire.socket.end(closeFrame(1011));
    t.match(await ws.closed, { by: 'us', sent: { code: 1011, reason: 'the message could not be completed' } });
  }
});

t.test('an iterable that throws before anything was sent does no harm', async (t) => {
  const { ws, wire } = await open(t);
  let returned = false;
  const parts: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error('not one')),
      return: () => {
        returned = true;
        throw new Error('nor this');
      },
    }),
  };
  await t.rejects(ws.send(parts), { message: 'not one' });
  t.equal(returned, true);
  const throwing: Iterable<string> = {
    [Symbol.iterator]: () => {
      throw new Error('no iterator');
    },
  };
  await t.rejects(ws.send(throwing), { message: 'no iterator' });
  await ws.send('fine');
  t.strictSame(await take(wire, 1), ['81:fine']);
});

t.test('the end of the connection ends the wait for the next part, and the generator', async (t) => {
  const ends: Record<string, (ws: Connection, wire: Wire) => void> = {
    'closed by us': (ws) => void ws.close(),
    'closed by the peer': (_, wire) => wire.write(closeFrame(1000)),
    lost: (_, wire) => wire.socket.destroy(),
    terminated: (ws) => ws.terminate(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const { ws, wire } = await open(t);
    let returned = false;
    const parts: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => {
        let count = 0;
        return {
          next: () => (count++ === 0 ? Promise.resolve({ done: false, value: 'a' }) : new Promise(() => {})),
          return: () => {
            returned = true;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    const sent = ws.send(parts);
    const next = ws.send('next');
    await take(wire, 1);
    end(ws, wire);
    await t.rejects(sent, { code: 'WS_CLOSED' }, name);
    await t.rejects(next, { code: 'WS_CLOSED' }, name);
    t.equal(returned, true, name);
  }
});

t.test('a rejection that nobody looks at is no unhandled one', async (t) => {
  const { ws } = await open(t);
  const unhandled: unknown[] = [];
  const note = (reason: unknown): number => unhandled.push(reason);
  process.on('unhandledRejection', note);
  ws.send([]);
  ws.send({} as unknown as string);
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('unhandledRejection', note);
  t.strictSame(unhandled, []);
});

t.test('no part is asked for after the end', async (t) => {
  const { ws, wire } = await open(t, { closeTimeoutMs: 100 });
  wire.socket.pause();
  let asked = 0;
  const sent = ws.send(
    (function* () {
      for (;;) {
        asked++;
        yield Buffer.alloc(65536);
      }
    })(),
  );
  for (let before = -1; before !== asked; ) {
    before = asked;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  const before = asked;
  ws.close();
  wire.socket.resume();
  await t.rejects(sent, { code: 'WS_CLOSED' });
  t.equal(asked, before);
  await ws.closed;
});

t.test('what is no data is refused', async (t) => {
  const { ws, wire } = await open(t);
  let release: () => void = () => {};
  const busy = ws.send(
    (async function* () {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      yield 'busy';
    })(),
  );
  await t.rejects(ws.send(1 as unknown as string), { code: 'WS_OPTION' }, 'at once, while others wait');
  release();
  await busy;
  t.strictSame(await take(wire, 2), ['1:busy', '80:']);
  for (const wrong of [1, null, undefined, true, {}, Symbol('x')]) {
    await t.rejects(ws.send(wrong as unknown as string), { code: 'WS_OPTION', message: /send: / });
  }
  await ws.send(new Set(['good']));
  t.strictSame(await take(wire, 2), ['1:good', '80:']);
  ws.terminate();
  await once(wire.socket, 'close');
  await t.rejects(ws.send(['late']), { code: 'WS_CLOSED' });
});
