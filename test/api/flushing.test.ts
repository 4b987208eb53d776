import t from 'tap';
import { beginRead, endRead, flushSoon } from '../../src/api/flushing.js';

/** Notes its name when it is flushed. */
const named = (name: string, flushed: string[]): { flush(): void } => ({ flush: () => void flushed.push(name) });

t.test('all of a tick are flushed at its end, in their order', async (t) => {
  const flushed: string[] = [];
  flushSoon(named('a', flushed));
  await null;
  flushSoon(named('b', flushed));
  t.same(flushed, [], 'what is sent behind an await in the same tick leaves with it');
  await new Promise<void>((resolve) => process.nextTick(resolve));
  t.same(flushed, ['a', 'b']);
});

t.test('what is sent within a read is flushed at its end, and once', async (t) => {
  const flushed: string[] = [];
  beginRead();
  flushSoon(named('a', flushed));
  flushSoon(named('b', flushed));
  t.same(flushed, []);
  endRead();
  t.same(flushed, ['a', 'b']);
  await new Promise<void>((resolve) => setImmediate(resolve));
  t.same(flushed, ['a', 'b']);
});

t.test('what waited before a read is flushed with it', async (t) => {
  const flushed: string[] = [];
  flushSoon(named('before', flushed));
  beginRead();
  flushSoon(named('within', flushed));
  endRead();
  t.same(flushed, ['before', 'within']);
});

t.test('what sends while it is flushed is flushed again, behind the others', async (t) => {
  const flushed: string[] = [];
  flushSoon({
    flush() {
      flushed.push('first');
      flushSoon(named('again', flushed));
    },
  });
  flushSoon(named('second', flushed));
  await new Promise<void>((resolve) => setImmediate(resolve));
  t.same(flushed, ['first', 'second', 'again']);
});
