import t from 'tap';
import { SlidingWindow } from '../../src/frames/sliding-window.js';
import { randomFor } from './support.js';

t.test('it holds the last bytes, whatever the parts', async (t) => {
  const random = randomFor(t);
  for (const size of [1, 7, 256, 1500, 4096]) {
    const window = new SlidingWindow(size);
    let all = Buffer.alloc(0);
    for (let i = 0; i < 60; i++) {
      const part = random.bytes(random.below(random.pick([2, 20, size + 2, 3 * size])));
      const end = random.below(part.length + 1);
      window.append(part, end);
      all = Buffer.concat([all, part.subarray(0, end)]);
      const wanted = all.subarray(Math.max(0, all.length - size));
      if (!window.contents().equals(wanted)) t.fail(`size ${size}, part ${i}: ${end} of ${part.length} bytes`);
      if (window.length !== wanted.length) t.fail(`size ${size}: length ${window.length}`);
    }
  }
  t.pass();
});

t.test('memory follows what was appended, up to its size', async (t) => {
  const window = new SlidingWindow(32768);
  t.equal(window.contents().buffer.byteLength < 10000, true, 'nothing, or the pool of Node');
  window.append(Buffer.alloc(10), 10);
  t.equal(window.contents().buffer.byteLength, 1024);
  window.append(Buffer.alloc(1500), 1500);
  t.equal(window.contents().buffer.byteLength, 2048);
  window.append(Buffer.alloc(100000), 100000);
  t.equal(window.length, 32768);
  t.equal(window.contents().length, 32768);
});

t.test('it can be emptied and filled again', async (t) => {
  const window = new SlidingWindow(4);
  window.append(Buffer.from('abcdef'), 6);
  t.equal(window.contents().toString(), 'cdef');
  window.clear();
  t.equal(window.length, 0);
  t.equal(window.contents().length, 0);
  window.append(Buffer.from('xy'), 2);
  t.equal(window.contents().toString(), 'xy');
});
