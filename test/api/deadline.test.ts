import t from 'tap';
import { startDeadline } from '../../src/api/deadline.js';
import { handles } from './peer.js';

t.test('it is due with its owner, in the order of the deadlines', async (t) => {
  const due: number[] = [];
  const inOrder = new Promise<void>((resolve) => {
    startDeadline(20, (owner: { n: number }) => resolve(void due.push(owner.n)), { n: 3 });
    startDeadline(10, (owner) => void due.push(owner), 1);
    startDeadline(10, (owner) => void due.push(owner), 2);
  });
  await inOrder;
  t.same(due, [1, 2, 3]);
});

t.test('it keeps the process alive until it is taken back, whatever stays of its delay', async (t) => {
  const before = handles();
  const timers = Array.from({ length: 10 }, (_, i) => startDeadline(60_000 + i, () => t.fail('taken back'), null));
  t.equal(handles().length, before.length + 10);
  for (const timer of timers) clearTimeout(timer);
  t.same(handles(), before);
});
