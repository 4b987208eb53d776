import t from 'tap';
import { Flow } from '../../src/frames/flow.js';
import { Outlet } from '../../src/frames/outlet.js';
import { RunReader } from '../../src/frames/run-reader.js';
import { type Call, frame, hex, Recorder } from './support.js';

const setUp = (maxMessageBytes = 65536) => {
  const sink = new Recorder();
  const outlet = new Outlet(sink, new Flow());
  const runs = new RunReader(outlet, maxMessageBytes);
  /** Reads from the position that was reached in the chunk before; gives what `read` says and where it has come to. */
  const read = (digits: string | Buffer) => {
    const bytes = typeof digits === 'string' ? hex(digits) : digits;
    const chunk = Buffer.concat([hex('eeee'), bytes, hex('81016f')]);
    const end = chunk.length - 3;
    outlet.enter(2);
    const going = runs.read(chunk, end);
    chunk.fill(0xee);
    return [going, outlet.position - 2];
  };
  return { sink, outlet, runs, read, calls: sink.calls };
};

const text = (...texts: string[]): Call[] => texts.map((each) => ['text', each]);

t.test('a run of texts, up to what is none of it', async (t) => {
  const { read, calls } = setUp();
  t.same(read('810161 8100 8103626364 820101 8900'), [true, 10]);
  t.same(calls, text('a', '', 'bcd'));
});

t.test('texts that are not ASCII, and long ones among short ones', async (t) => {
  const { read, calls } = setUp();
  const long = 'x'.repeat(200);
  const mixed = Buffer.concat([frame(0x81, 'a'), frame(0x81, '\u00e4'), frame(0x81, long), frame(0x81, '\u20ac')]);
  t.same(read(mixed), [true, mixed.length]);
  t.same(read(mixed), [true, mixed.length], 'without the try to decode the run at once');
  t.same(calls, text('a', '\u00e4', long, '\u20ac', 'a', '\u00e4', long, '\u20ac'));
});

t.test('a run of binary messages, which keep their bytes when the chunk is overwritten', async (t) => {
  const { read, calls } = setUp();
  const long = Buffer.alloc(200, 7);
  t.same(read(Buffer.concat([hex('820161 8200'), frame(0x82, long), hex('810161')])), [true, 5 + 204]);
  t.same(calls, [
    ['binary', hex('61')],
    ['binary', hex('')],
    ['binary', long],
  ]);
});

t.test('a bad text in a run fails at its place, and ends the run', async (t) => {
  const { read, calls } = setUp();
  t.same(read('810161 8102c3a4 8102 61ff 810162'), [true, 11]);
  t.match(calls, [...text('a', '\u00e4'), ['failed', { code: 'WS_PROTOCOL_UTF8', offset: 10, header: '8102' }]]);
});

t.test('a pause in a run leaves the rest of it', async (t) => {
  for (const digits of ['810161 810162 810163', '820161 820162 820163']) {
    const { sink, outlet, read, calls } = setUp();
    sink.after = (count) => {
      if (count === 2) outlet.flow.pause();
    };
    t.same(read(digits), [true, 6]);
    t.equal(calls.length, 2);
  }
});

t.test('what throws in a run has had its message', async (t) => {
  const { sink, outlet, read } = setUp();
  sink.after = () => {
    throw new Error('listener');
  };
  t.throws(() => read('810161 810162'), { message: 'listener' });
  t.equal(outlet.position - 2, 3);
});

t.test('what is no run is left to the general way', async (t) => {
  for (const digits of ['8900', '0101 61', 'c103 616263', '8181 00000000 61', '81', '817f', '']) {
    const { runs, read, calls } = setUp(100);
    t.same(read(digits), [false, 0], digits);
    t.equal(runs.takeCut(), null);
    t.same(calls, []);
  }
  const { read } = setUp(2);
  t.same(read('8103616263'), [false, 0], 'over the limit');
  t.same(read('8203616263'), [false, 0], 'over the limit');
});

t.test('a frame that a chunk cuts is joined with its rest', async (t) => {
  const { read, calls } = setUp();
  t.same(read('8103 61'), [true, 3]);
  t.same(read('6263 8101 64'), [true, 2]);
  t.same(read('8203 01'), [true, 3]);
  t.same(read('0203'), [true, 2]);
  t.same(calls, [
    ['text', 'abc'],
    ['binary', hex('010203')],
  ]);
});

t.test('what cannot be joined is left to the general way as it was kept', async (t) => {
  for (const rest of ['62', '62ff']) {
    const { runs, read, calls } = setUp();
    read('8103 61');
    t.same(read(rest), [false, 0]);
    t.match(runs.takeCut(), { length: 3, missing: 2 });
    t.equal(runs.takeCut(), null, 'it is taken');
    t.same(calls, []);
  }
});

t.test('who takes messages in pieces gets a cut one by the general way', async (t) => {
  const pieces = { piece: () => t.fail(), lastPiece: () => t.fail() };
  const { outlet, runs, read, calls } = setUp();
  outlet.pieces = pieces;
  t.same(read('8103 61'), [false, 0], 'nothing is kept');
  t.equal(runs.takeCut(), null);
  outlet.pieces = null;
  read('8103 61');
  outlet.pieces = pieces;
  t.same(read('6263'), [false, 0]);
  t.match(runs.takeCut(), { length: 3 });
  t.same(calls, []);
});
