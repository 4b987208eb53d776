import t from 'tap';
import { Flow } from '../../src/frames/flow.js';

const stateOf = ({ reading, paused, held, done }: Flow) => ({ reading, paused, held, done });
const READING = { reading: true, paused: false, held: false, done: false };
const PAUSED = { ...READING, reading: false, paused: true };
const HELD = { ...READING, reading: false, held: true };
const DONE = { ...READING, reading: false, done: true };

t.test('a pause, and its end', async (t) => {
  const flow = new Flow();
  t.same(stateOf(flow), READING);
  flow.pause();
  flow.pause();
  t.same(stateOf(flow), PAUSED);
  t.equal(flow.resume(), true);
  t.same(stateOf(flow), READING);
  t.equal(flow.resume(), true, 'nothing to end');
});

t.test('a hold, of which the listener is told once at its begin, and at its end when that is asked for', async (t) => {
  const told: boolean[] = [];
  const flow = new Flow((held) => told.push(held));
  flow.tellHeld();
  t.same(told, [], 'no news');
  flow.hold();
  flow.tellHeld();
  t.same(stateOf(flow), HELD);
  t.same(told, [true]);
  t.equal(flow.resume(), false, 'a hold is no pause');
  t.equal(flow.release(), true);
  t.same(stateOf(flow), READING);
  t.same(told, [true]);
  flow.tellHeld();
  t.same(told, [true, false]);
});

t.test('a second hold right behind the first is no news', async (t) => {
  const told: boolean[] = [];
  const flow = new Flow((held) => told.push(held));
  flow.hold();
  flow.release();
  flow.hold();
  flow.tellHeld();
  t.same(told, [true]);
});

t.test('a pause in a hold begins behind it, unless it has ended before', async (t) => {
  const flow = new Flow();
  flow.hold();
  flow.pause();
  t.same(stateOf(flow), { ...HELD, paused: true });
  t.equal(flow.release(), false);
  t.same(stateOf(flow), PAUSED);
  t.equal(flow.resume(), true);
  flow.hold();
  flow.pause();
  t.equal(flow.resume(), false);
  t.same(stateOf(flow), HELD);
  t.equal(flow.release(), true);
});

t.test('nothing comes after the end', async (t) => {
  for (const before of [() => {}, (flow: Flow) => flow.pause(), (flow: Flow) => flow.hold()]) {
    const flow = new Flow();
    before(flow);
    flow.pause();
    flow.end();
    t.same(stateOf(flow), DONE);
    flow.pause();
    t.equal(flow.resume(), false);
    t.same(stateOf(flow), DONE);
  }
});
