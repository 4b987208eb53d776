import t from 'tap';
import { defer } from '../../src/api/deferred.js';
import { Writes, type WritesOwner } from '../../src/api/writes.js';
import type { Slot } from '../../src/frames/index.js';
import { createSlotPool } from '../../src/frames/index.js';

class Owner implements WritesOwner {
  destroyed = false;
  ended = 0;
  wrote(): void {
    this.ended++;
  }
}

/** A slot that tells when it is given back. */
function slot(name: string, released: string[]): Slot {
  const taken = createSlotPool(null).take(1);
  return Object.assign(taken, { release: () => void released.push(name) });
}

t.test('writes end in their order: their slots are free, and those who wait are told', async (t) => {
  const owner = new Owner();
  const writes = new Writes(owner);
  const released: string[] = [];
  t.equal(writes.any, false);
  t.equal(writes.left(), undefined);
  const first = defer<void>();
  writes.add(slot('a', released), first);
  writes.add(slot('b', released), null);
  t.equal(writes.any, true);
  const second = writes.left();
  t.equal(writes.left(), second, 'one promise for a write');
  writes.callback();
  await first.promise;
  t.same([released, owner.ended, writes.any], [['a'], 1, true]);
  writes.callback(null);
  await second;
  t.same([released, owner.ended, writes.any], [['a', 'b'], 2, false]);
});

t.test('bytes that have left already have no slot to give back', async (t) => {
  const owner = new Owner();
  const writes = new Writes(owner);
  const left = defer<void>();
  writes.add(null, left);
  owner.destroyed = true;
  writes.callback();
  await left.promise;
  t.pass('what is destroyed later has left nevertheless');
});

t.test('what a socket drops has not left', async (t) => {
  const owner = new Owner();
  const writes = new Writes(owner);
  const released: string[] = [];
  const cause = new Error('EPIPE');
  for (const [destroyed, error] of [
    [false, cause],
    [true, undefined],
  ] as const) {
    const left = defer<void>();
    writes.add(slot('x', released), left);
    owner.destroyed = destroyed;
    writes.callback(error);
    await t.rejects(left.promise, { code: 'WS_CLOSED', cause: error });
  }
  t.same(released, ['x', 'x'], 'the slots are free in any case');
});

t.test('a callback for no write', async (t) => {
  const owner = new Owner();
  new Writes(owner).callback();
  t.equal(owner.ended, 0);
});
