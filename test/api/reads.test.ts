import t, { type Test } from 'tap';
import { flushSoon } from '../../src/api/flushing.js';
import { type OnRead, Reads, type ReadsOwner } from '../../src/api/reads.js';

type Reading = ReadsOwner['receiver'];

// How long a read takes is what the receivers below say.
let nowMs = 0;
Object.defineProperty(performance, 'now', { value: () => nowMs, configurable: true });
t.teardown(() => Reflect.deleteProperty(performance, 'now'));

/** Notes what comes; reads a message of `bytes` straight into place when there is one. */
class Receiver implements Reading {
  target: Buffer | null = null;
  readonly got: string[] = [];
  fails = false;
  flushed = 0;
  /** How long it takes with what it gets. */
  takesMs = 0;

  read(chunk: Buffer, start: number, end: number): void {
    this.#note(`read ${chunk.toString('latin1', start, end)}`);
  }

  filled(count: number): void {
    this.#note(`filled ${count}`);
  }

  #note(what: string): void {
    this.got.push(what);
    nowMs += this.takesMs;
    flushSoon({ flush: () => void this.flushed++ });
    if (this.fails) throw new Error('of the receiver');
  }
}

/** A socket of Node's as far as `onread` goes: asks for memory, fills it, calls back and asks again. */
class Socket {
  readonly #onread: OnRead;
  memory: Uint8Array;

  constructor(onread: OnRead) {
    this.#onread = onread;
    this.memory = onread.buffer();
  }

  /** Node's own order: the callback, and in it the question for the next memory. */
  gets(text: string): void {
    Buffer.from(this.memory.buffer, this.memory.byteOffset).write(text, 'latin1');
    this.#onread.callback(text.length);
    this.memory = (this.#onread.buffer() as Uint8Array | undefined) ?? this.memory;
  }

  /** The same, when an exception of the user's has come between. */
  getsWithoutQuestion(text: string): void {
    Buffer.from(this.memory.buffer, this.memory.byteOffset).write(text, 'latin1');
    this.#onread.callback(text.length);
  }

  /** Its memory is filled but for `less` bytes; says whether it goes on. */
  isFilled(less = 0): boolean {
    this.memory.fill(0x78, 0, this.memory.length - less);
    const goesOn = this.#onread.callback(this.memory.length - less);
    this.memory = (this.#onread.buffer() as Uint8Array | undefined) ?? this.memory;
    return goesOn;
  }
}

class Owner implements ReadsOwner {
  readonly receiver: Receiver = new Receiver();
  paused = false;
  overwrites = 0;
  yields = 0;

  overwritten(): void {
    this.overwrites++;
  }

  yielded(): void {
    this.yields++;
  }
}

function make(): { owner: Owner; receiver: Receiver; overwritten: () => number; socket: () => Socket } {
  const owner = new Owner();
  const { onread } = new Reads(owner);
  return { owner, receiver: owner.receiver, overwritten: () => owner.overwrites, socket: () => new Socket(onread) };
}

function inTurn(t: Test, receiver: Receiver, socket: Socket): void {
  const part = Buffer.alloc(100);
  receiver.target = part;
  socket.gets('head');
  t.equal(socket.memory.buffer, part.buffer);
  t.equal(socket.memory.byteLength, 99, 'without the last byte');
  receiver.target = part.subarray(8);
  socket.gets('12345678');
  receiver.target = part.subarray(98, 99);
  socket.gets('x'.repeat(91));
  t.equal(socket.memory.byteLength, 1, 'one byte is never the last one');
  receiver.target = null;
  socket.gets('y');
  t.notOk(socket.memory.buffer === part.buffer);
  socket.gets('end');
  t.same(receiver.got.splice(0), ['read head', 'filled 8', 'filled 91', 'filled 1', 'read end']);
}

t.test('to the shared buffer, into a message, and back', async (t) => {
  const { receiver, socket } = make();
  inTurn(t, receiver, socket());
});

t.test('two sockets read to the same shared buffer, and into messages of their own', async (t) => {
  const [one, other] = [make(), make()];
  const [first, second] = [one.socket(), other.socket()];
  t.equal(first.memory, second.memory);
  first.gets('1');
  inTurn(t, other.receiver, second);
  first.gets('2');
  t.same(one.receiver.got, ['read 1', 'read 2']);
});

t.test('Node asks again for every address that it tries', async (t) => {
  const { receiver, socket } = make();
  socket();
  const again = socket();
  again.gets('hello');
  t.same(receiver.got, ['read hello']);
});

t.test('after a read that throws Node does not ask, and the next socket to begin gets the shared buffer', async (t) => {
  const { receiver, socket } = make();
  const reading = socket();
  const shared = reading.memory;
  reading.gets('a');
  receiver.target = Buffer.alloc(100);
  receiver.fails = true;
  t.throws(() => reading.gets('b'), { message: 'of the receiver' });
  t.equal(make().socket().memory, shared);
});

t.test('what is sent while it is received is flushed at the end of the read, also of one that throws', async (t) => {
  const { receiver, socket } = make();
  const reading = socket();
  reading.gets('a');
  t.equal(receiver.flushed, 1);
  receiver.fails = true;
  t.throws(() => reading.gets('b'), { message: 'of the receiver' });
  t.equal(receiver.flushed, 2);
});

t.test('Node reads on into the memory before: the bytes are found there', async (t) => {
  const { receiver, overwritten, socket } = make();
  const reading = socket();
  const shared = reading.memory;
  receiver.target = Buffer.alloc(100);
  reading.gets('head');
  reading.memory = shared;
  reading.gets('not in the part');
  t.same(receiver.got, ['read head', 'read not in the part']);
  t.equal(overwritten(), 0);
});

t.test('Node has overwritten a part of a message: the owner is told, and nothing is delivered', async (t) => {
  const { receiver, overwritten, socket } = make();
  const reading = socket();
  receiver.target = Buffer.alloc(100);
  reading.gets('head');
  const before = reading.memory;
  receiver.target = Buffer.alloc(100);
  reading.gets('a part of the message');
  reading.memory = before;
  reading.getsWithoutQuestion('what was read over it');
  t.equal(overwritten(), 1);
  t.same(receiver.got, ['read head', 'filled 21']);
});

const NARROW = 1 << 17;
const WIDE = 1 << 21;

t.test('reads are wide once a full one was taken whole, until somebody pauses in one', async (t) => {
  const { owner, socket } = make();
  const reading = socket();
  t.equal(reading.memory.length, NARROW);
  reading.isFilled(1);
  t.equal(reading.memory.length, NARROW, 'the peer has no more');
  reading.isFilled();
  t.equal(reading.memory.length, WIDE);
  reading.isFilled(1);
  t.equal(reading.memory.length, WIDE, 'it has shown it');
  owner.paused = true;
  reading.isFilled(WIDE - 1);
  t.equal(reading.memory.length, NARROW);
  reading.isFilled();
  t.equal(reading.memory.length, NARROW, 'it pauses in each');
  owner.paused = false;
  reading.isFilled();
  t.equal(reading.memory.length, WIDE);
});

t.test('reads are wide only where a wide one would take no longer than a turn', async (t) => {
  const { receiver, socket } = make();
  const reading = socket();
  receiver.takesMs = 0.51;
  reading.isFilled();
  t.equal(reading.memory.length, NARROW, '16 times 0.51 ms');
  receiver.takesMs = 0.5;
  reading.isFilled();
  t.equal(reading.memory.length, WIDE);
  receiver.takesMs = 8.1;
  reading.isFilled();
  t.equal(reading.memory.length, NARROW, 'it has become slower');
});

t.test('the width is of each connection, the memory of all', async (t) => {
  const [one, other] = [make().socket(), make().socket()];
  one.isFilled();
  t.equal(one.memory.length, WIDE);
  t.equal(other.memory.length, NARROW);
  t.equal(one.memory.buffer, other.memory.buffer);
});

t.test('after an exception Node reads on as wide as before: all of it is delivered', async (t) => {
  const { owner, receiver, socket } = make();
  const reading = socket();
  reading.isFilled();
  const wide = reading.memory;
  owner.paused = true;
  reading.isFilled();
  t.equal(reading.memory.length, NARROW);
  reading.memory = wide;
  receiver.got.splice(0);
  reading.gets('x'.repeat(NARROW + 1));
  t.same(
    receiver.got.map((what) => what.length),
    ['read '.length + NARROW + 1],
  );
});

t.test('a turn ends when full reads have taken 8 ms, so that others have theirs', async (t) => {
  const { owner, receiver, socket } = make();
  const reading = socket();
  receiver.takesMs = 3;
  t.same([reading.isFilled(), reading.isFilled(), owner.yields], [true, true, 0]);
  t.same([reading.isFilled(), owner.yields], [false, 1]);
  t.same(
    [reading.isFilled(), reading.isFilled(), reading.isFilled(), owner.yields],
    [true, true, false, 2],
    'the next',
  );
});

t.test('a read that is not full ends a turn by itself: the peer had no more', async (t) => {
  const { owner, receiver, socket } = make();
  const reading = socket();
  receiver.takesMs = 7;
  for (let i = 0; i < 10; i++) t.ok(reading.isFilled() && reading.isFilled(1));
  t.equal(owner.yields, 0);
});

t.test('what is read straight into a message is no part of a turn: nothing is done with it', async (t) => {
  const { owner, receiver, socket } = make();
  const reading = socket();
  receiver.target = Buffer.alloc(WIDE);
  receiver.takesMs = 7;
  for (let i = 0; i < 10; i++) t.ok(reading.isFilled());
  t.equal(receiver.got.filter((what) => what === `filled ${WIDE - 1}`).length, 9);
  t.equal(owner.yields, 0);
});
