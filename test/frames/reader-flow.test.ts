import t from 'tap';
import { Reader } from '../../src/frames/reader.js';
import type { ReaderOptions } from '../../src/frames/reader-options.js';
import { type Call, difference, frame, hex, Recorder, randomFor } from './support.js';

const SERVER = { role: 'server' } as const;
const LONG = 'l'.repeat(5000);

/** Every kind of call, in runs and alone, and a frame that goes straight into its message. */
const CLIENT_STREAM = Buffer.concat([
  hex('810161 8102c3a4 810162 8200 820163 820164 8900 8a0131 0101 65 8900 8001 66 810167'),
  frame(0x81, LONG),
  frame(0x82, Buffer.alloc(100_000, 'z')),
  hex('810168 0101 69 0000 8000 820161 8808 03e9 62c3a4e28281 810162'),
]);
const SERVER_STREAM = Buffer.concat(
  [
    [0x81, 'a'],
    [0x82, 'bc'],
    [0x89, 'd'],
    [0x01, LONG],
    [0x8a, ''],
    [0x80, 'e'],
    [0x82, 'z'.repeat(70_000)],
    [0x81, 'f'],
    [0x88, ''],
  ].map(([first, text]) => frame(first as number, text as string, { key: [1, 2, 3, 4] })),
);
const STREAMS = [
  ['client', CLIENT_STREAM, {}, 17],
  ['server', SERVER_STREAM, SERVER, 8],
] as const;

/** Feeds a reader like a socket that obeys a pause, in pieces of this size. `each` is called when a piece was read. */
function feed(reader: Reader, bytes: Buffer, size: number, each: () => void = () => {}): void {
  for (let at = 0; at < bytes.length; ) {
    const { target } = reader;
    const count = Math.min(size, bytes.length - at, target?.length ?? size);
    if (target === null) {
      const shared = Buffer.from(bytes.subarray(at, at + count));
      try {
        reader.read(shared);
      } finally {
        shared.fill(0xee);
      }
    } else {
      bytes.copy(target, 0, at, at + count);
      reader.filled(count);
    }
    at += count;
    each();
  }
}

function callsOf(bytes: Buffer, options: ReaderOptions): readonly Call[] {
  const recorder = new Recorder();
  new Reader(recorder, options).read(bytes);
  return recorder.calls;
}

const SIZES = [1, 7, 1000, 65536, 1_000_000];

t.test('the streams of these tests', async (t) => {
  for (const [role, bytes, options, count] of STREAMS) t.equal(callsOf(bytes, options).length, count, role);
  t.equal(callsOf(CLIENT_STREAM, {}).at(-1)?.[0], 'close');
});

t.test('a pause at every call: one call after each resume', async (t) => {
  for (const [role, bytes, options] of STREAMS) {
    const wanted = callsOf(bytes, options);
    for (const size of SIZES) {
      const recorder = new Recorder();
      const reader = new Reader(recorder, options);
      recorder.after = () => reader.pause();
      feed(reader, bytes, size, () => {
        while (reader.paused) {
          const before = recorder.calls.length;
          t.equal(reader.target, null);
          reader.resume();
          if (recorder.calls.length > before + 1) t.fail(`${recorder.calls.length - before} calls after one resume`);
        }
      });
      t.equal(difference(recorder.calls, wanted), null, `${role}, pieces of ${size}`);
    }
  }
});

t.test('a pause and a resume inside the same call change nothing', async (t) => {
  for (const [role, bytes, options] of STREAMS) {
    const wanted = callsOf(bytes, options);
    for (const size of SIZES) {
      const recorder = new Recorder();
      const reader = new Reader(recorder, options);
      let inside = 0;
      recorder.after = () => {
        if (++inside > 1) t.fail('a call inside a call');
        reader.pause();
        reader.resume();
        inside--;
      };
      feed(reader, bytes, size);
      t.equal(difference(recorder.calls, wanted), null, `${role}, pieces of ${size}`);
    }
  }
});

t.test('bytes that come during a pause are kept and parsed in order', async (t) => {
  const random = randomFor(t);
  for (const [role, bytes, options] of STREAMS) {
    const wanted = callsOf(bytes, options);
    for (let i = 0; i < 40; i++) {
      const recorder = new Recorder();
      const reader = new Reader(recorder, options);
      let wasPaused = false;
      recorder.after = () => {
        if (wasPaused) t.fail('a call during a pause');
        if (random.below(2) === 0) reader.pause();
        wasPaused = reader.paused;
      };
      const resume = (): void => {
        wasPaused = false;
        reader.resume();
      };
      feed(reader, bytes, 1 + random.below(random.pick([3, 300, 30_000])), () => {
        if (random.below(3) === 0) resume();
        if (random.below(5) === 0) reader.pause();
        wasPaused = reader.paused;
      });
      while (reader.paused) resume();
      t.equal(difference(recorder.calls, wanted), null, `${role}, ${i}`);
    }
  }
});

t.test('pause and resume without a chunk under way', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  t.notOk(reader.paused);
  reader.resume();
  reader.pause();
  reader.pause();
  t.ok(reader.paused);
  reader.read(hex('8101'));
  reader.read(hex('61 8101'));
  reader.read(hex('62'));
  t.strictSame(recorder.calls, []);
  reader.resume();
  t.notOk(reader.paused);
  t.strictSame(recorder.calls, [
    ['text', 'a'],
    ['text', 'b'],
  ]);
});

t.test('stop in every call: nothing comes after it', async (t) => {
  for (const [role, bytes, options] of STREAMS) {
    const wanted = callsOf(bytes, options);
    for (let last = 1; last <= wanted.length; last++) {
      for (const size of [1000, 1_000_000]) {
        const recorder = new Recorder();
        const reader = new Reader(recorder, options);
        recorder.after = (count) => {
          if (count === last) reader.stop();
        };
        feed(reader, bytes, size);
        reader.resume();
        reader.read(bytes);
        t.equal(difference(recorder.calls, wanted.slice(0, last)), null, `${role}, pieces of ${size}, after ${last}`);
        t.equal(reader.target, null);
      }
    }
  }
});

t.test('stop anywhere between chunks, in a pause, and in failed itself', async (t) => {
  const random = randomFor(t);
  for (let i = 0; i < 60; i++) {
    const recorder = new Recorder();
    const reader = new Reader(recorder);
    const at = random.below(CLIENT_STREAM.length);
    reader.read(CLIENT_STREAM, 0, at);
    const before = recorder.calls.length;
    if (i % 2 === 0) reader.pause();
    reader.stop();
    reader.read(CLIENT_STREAM, at);
    reader.filled(10);
    reader.resume();
    t.notOk(reader.paused);
    t.equal(recorder.calls.length, before);
  }
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  recorder.after = () => {
    reader.stop();
    reader.pause();
    reader.resume();
    reader.read(hex('810161'));
  };
  reader.read(hex('8300 810161'));
  t.equal(recorder.calls.length, 1);
});

t.test('a sink that throws at any call: nothing is lost, doubled or out of order afterwards', async (t) => {
  for (const [role, bytes, options] of STREAMS) {
    const wanted = callsOf(bytes, options);
    for (let bad = 1; bad <= wanted.length; bad++) {
      for (const size of [1, 1000, 1_000_000]) {
        const recorder = new Recorder();
        const reader = new Reader(recorder, options);
        let thrown = 0;
        recorder.after = (count) => {
          if (count === bad) throw new Error('of the sink');
        };
        for (let at = 0; at < bytes.length; at += size) {
          try {
            feed(reader, bytes.subarray(at, at + size), size);
          } catch (error) {
            t.equal((error as Error).message, 'of the sink');
            thrown++;
          }
        }
        // What was kept waits for the next bytes or for this.
        reader.resume();
        t.equal(thrown, 1);
        t.equal(difference(recorder.calls, wanted), null, `${role}, pieces of ${size}, call ${bad}`);
      }
    }
  }
});

t.test('a sink that throws at every call', async (t) => {
  const wanted = callsOf(CLIENT_STREAM, {});
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  recorder.after = () => {
    throw new Error('of the sink');
  };
  t.throws(() => reader.read(CLIENT_STREAM), /of the sink/);
  for (let i = 2; i <= wanted.length; i++) {
    t.throws(() => reader.resume(), /of the sink/);
    t.equal(recorder.calls.length, i);
  }
  t.equal(difference(recorder.calls, wanted), null);
});

t.test('a sink that throws at what came straight into the message', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  reader.read(hex('827f0000000000010000'));
  recorder.after = () => {
    throw new Error('of the sink');
  };
  (reader.target as Buffer).fill('x');
  t.throws(() => reader.filled(65536), /of the sink/);
  recorder.after = () => {};
  reader.read(hex('810161 8300'));
  t.strictSame(recorder.calls.slice(0, 2), [
    ['binary', Buffer.alloc(65536, 'x')],
    ['text', 'a'],
  ]);
  t.match(recorder.calls[2], ['failed', { offset: 10 + 65536 + 3 }]);
});

t.test('bytes that are read inside a call of the sink come after what is under way', async (t) => {
  for (const [role, bytes, options] of STREAMS) {
    const wanted = callsOf(bytes, options);
    for (const size of [1, 7, 100, 1000, 6000]) {
      for (const how of ['read', 'pause', 'throw']) {
        const recorder = new Recorder();
        const reader = new Reader(recorder, options);
        let at = 0;
        let inside = 0;
        const more = (): void => {
          const from = at;
          at = Math.min(bytes.length, at + size);
          reader.read(bytes, from, at);
        };
        recorder.after = (count) => {
          if (++inside > 1) t.fail('a call inside a call');
          if (how === 'pause' && count % 3 === 0) reader.pause();
          more();
          more();
          inside--;
          if (how === 'throw' && count % 3 === 0) throw new Error('of the sink');
        };
        while (at < bytes.length || reader.paused) {
          try {
            if (reader.paused) reader.resume();
            else more();
          } catch {
            reader.pause();
          }
        }
        t.equal(difference(recorder.calls, wanted), null, `${role}, pieces of ${size}, ${how}`);
      }
    }
  }
});

/** A reader that waits for a text of 64 KiB, whose first 40 bytes have come. */
function awaiting(recorder: Recorder): Reader {
  const reader = new Reader(recorder);
  reader.read(hex(`810161 817f0000000000010000 ${'61'.repeat(40)}`));
  return reader;
}

t.test('a pause while the socket reads straight into a message', async (t) => {
  const recorder = new Recorder();
  const reader = awaiting(recorder);
  const target = reader.target as Buffer;
  target.fill('b');
  reader.pause();
  reader.filled(65536 - 40);
  reader.read(hex('810163 810164'));
  t.equal(reader.target, null);
  t.equal(recorder.calls.length, 1, 'nothing is called in the pause');
  let inside = 0;
  recorder.after = () => {
    if (++inside > 1) t.fail('a call inside a call');
    reader.pause();
    reader.resume();
    inside--;
  };
  reader.resume();
  const text = `${'a'.repeat(40)}${'b'.repeat(65536 - 40)}`;
  t.equal(
    difference(recorder.calls.slice(1), [
      ['text', text],
      ['text', 'c'],
      ['text', 'd'],
    ]),
    null,
  );
});

t.test('bad text that comes in a pause fails after it, at the same offset', async (t) => {
  const recorder = new Recorder();
  const reader = awaiting(recorder);
  (reader.target as Buffer).fill('b').fill(0xff, 100, 101);
  reader.pause();
  reader.filled(200);
  t.equal(recorder.calls.length, 1, 'nothing is called in the pause');
  reader.read(hex('6161'));
  reader.resume();
  t.match(recorder.calls[1], ['failed', { code: 'WS_PROTOCOL_UTF8', offset: 3 + 10 + 40 + 100 }]);
  t.equal(recorder.calls.length, 2);
});

t.test('bytes that are read inside the call for a message that came straight', async (t) => {
  const recorder = new Recorder();
  const reader = awaiting(recorder);
  (reader.target as Buffer).fill('b');
  recorder.after = (count) => {
    if (count === 2) reader.read(hex('810163'));
    if (count === 2) t.equal(recorder.calls.length, 2, 'not inside it');
  };
  reader.filled(65536 - 40);
  t.strictSame(recorder.calls.slice(2), [['text', 'c']]);
});

t.test('a frame that a pause cuts goes on where it was', async (t) => {
  const recorder = new Recorder();
  const reader = new Reader(recorder);
  for (const part of ['81', '03', '61', '6263 89', '03 31', '3233']) {
    reader.read(hex(part));
    reader.pause();
    reader.resume();
  }
  t.strictSame(recorder.calls, [
    ['text', 'abc'],
    ['ping', Buffer.from('123')],
  ]);
});
