import { PassThrough } from 'node:stream';
import t from 'tap';
import type { Receiver } from '../../src/api/receiver.js';
import { Step, type StepOwner } from '../../src/api/step.js';
import { Transport } from '../../src/api/transport.js';

const NOBODY: Receiver = { target: null, read() {}, filled() {}, ended() {}, closed() {} };
const owner: StepOwner = { lost: (cause) => new Error(`lost: ${cause?.message}`) };

/** What a step does. */
interface Own {
  start?(): void;
  read?(chunk: Buffer, start: number, end: number): number;
  ended?(closed: boolean): void;
  readonly awaitsClose?: boolean;
}

/** Runs a step that does what `make` gives. */
function step<T>(transport: Transport, make: (done: (value: T) => void) => Own): Promise<T> {
  class Made extends Step<T> {
    readonly own: Own = make((value) => this.done(value));
    protected override begin(): void {
      this.own.start?.();
    }
    protected override take(chunk: Buffer, start: number, end: number): number {
      return this.own.read?.(chunk, start, end) ?? super.take(chunk, start, end);
    }
    protected override get awaitsClose(): boolean {
      return this.own.awaitsClose ?? super.awaitsClose;
    }
    protected override atEnd(closed: boolean): void {
      this.own.ended?.(closed);
    }
  }
  return new Made(owner).run(transport);
}

function fresh(): { stream: PassThrough; transport: Transport } {
  const stream = new PassThrough();
  const transport = new Transport(NOBODY);
  transport.attach(stream, false);
  return { stream, transport };
}

t.test('a step gets the bytes until it is done, and the next receiver the rest', async (t) => {
  const { transport } = fresh();
  const rest: string[] = [];
  const got = step<string>(transport, (done) => ({
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
  const got = step<number>(transport, (done) => ({
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
    const got = step(transport, () => own);
    transport.receiver.read(Buffer.from('x'), 0, 1);
    transport.receiver.ended();
    await t.rejects(got, { message: 'broken' });
  }
});

t.test('the end of the stream and of the socket fail it, unless they are what it waits for', async (t) => {
  const { transport } = fresh();
  const ended = step(transport, () => ({}));
  transport.receiver.read(Buffer.from('nobody reads this'), 0, 5);
  transport.receiver.ended();
  await t.rejects(ended, { message: 'lost: undefined' });
  const closed = step(transport, () => ({}));
  transport.receiver.closed(new Error('reset'));
  await t.rejects(closed, { message: 'lost: reset' });
  for (const end of ['ended', 'closed'] as const) {
    const waited = step<boolean>(transport, (done) => ({ ended: done }));
    transport.receiver[end](undefined);
    t.equal(await waited, end === 'closed');
  }
});

t.test('a step that awaits the close takes no end of the stream for it', async (t) => {
  const { transport } = fresh();
  const closed = step(transport, () => ({ awaitsClose: true }));
  transport.receiver.ended();
  transport.receiver.closed(new Error('alert'));
  await t.rejects(closed, { message: 'lost: alert' });
});

t.test('a peer may answer at once', async (t) => {
  const { stream, transport } = fresh();
  const answered = step<string>(transport, (done) => ({
    start: () => transport.writeRaw('ping'),
    read(chunk, start, end) {
      done(chunk.toString('latin1', start, end));
      return end;
    },
  }));
  t.equal(await answered, 'ping');
  stream.destroy();
});
