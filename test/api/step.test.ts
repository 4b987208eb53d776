import { PassThrough } from 'node:stream';
import t from 'tap';
import { step } from '../../src/api/step.js';
import { type Receiver, Transport } from '../../src/api/transport.js';

const NOBODY: Receiver = { target: null, read() {}, filled() {}, ended() {}, closed() {} };
const lost = (cause?: Error): Error => new Error(`lost: ${cause?.message}`);

function fresh(): { stream: PassThrough; transport: Transport } {
  const stream = new PassThrough();
  const transport = new Transport(NOBODY);
  transport.attach(stream, false);
  return { stream, transport };
}

t.test('a step gets the bytes until it is done, and the next receiver the rest', async (t) => {
  const { transport } = fresh();
  const rest: string[] = [];
  const got = step<string>(transport, lost, (done) => ({
    read(chunk, start, end) {
      t.equal(chunk.toString('latin1', start, end), 'one,two');
      transport.receiver = { ...NOBODY, read: (chunk, start, end) => rest.push(chunk.toString('latin1', start, end)) };
      done('read');
      return start + 4;
    },
  }));
  transport.receiver.read(Buffer.from('(one,two)'), 1, 8);
  t.equal(await got, 'read');
  t.same(rest, ['two']);
});

t.test('after its end a step receives nothing', async (t) => {
  const { transport } = fresh();
  let reads = 0;
  const got = step<number>(transport, lost, (done) => ({
    read(_chunk, start) {
      reads++;
      done(reads);
      return start;
    },
    ended: () => t.fail('it is over'),
  }));
  const { receiver } = transport;
  receiver.read(Buffer.from('x'), 0, 1);
  receiver.read(Buffer.from('x'), 0, 1);
  receiver.filled(1);
  receiver.ended();
  receiver.closed(new Error('late'));
  t.equal(await got, 1);
});

t.test('what a step throws fails it', async (t) => {
  const broken = (): never => {
    throw new Error('broken');
  };
  for (const own of [{ start: broken }, { read: broken }, { ended: broken }]) {
    const { transport } = fresh();
    const got = step(transport, lost, () => own);
    transport.receiver.read(Buffer.from('x'), 0, 1);
    transport.receiver.ended();
    await t.rejects(got, { message: 'broken' });
  }
});

t.test('the end of the stream and of the socket fail it, unless they are what it waits for', async (t) => {
  const { transport } = fresh();
  const ended = step(transport, lost, () => ({}));
  transport.receiver.read(Buffer.from('nobody reads this'), 0, 5);
  transport.receiver.ended();
  await t.rejects(ended, { message: 'lost: undefined' });
  const closed = step(transport, lost, () => ({}));
  transport.receiver.closed(new Error('reset'));
  await t.rejects(closed, { message: 'lost: reset' });
  for (const end of ['ended', 'closed'] as const) {
    const waited = step<boolean>(transport, lost, (done) => ({ ended: done }));
    transport.receiver[end](undefined);
    t.equal(await waited, end === 'closed');
  }
});

t.test('a peer may answer at once', async (t) => {
  const { stream, transport } = fresh();
  const answered = step<string>(transport, lost, (done) => ({
    start: () => transport.writeRaw('ping'),
    read(chunk, start, end) {
      done(chunk.toString('latin1', start, end));
      return end;
    },
  }));
  t.equal(await answered, 'ping');
  stream.destroy();
});
