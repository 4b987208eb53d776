import t from 'tap';
import { systemClock } from '../../src/api/clock.js';

t.test('after, in the order of time, and taken back', async (t) => {
  const order: string[] = [];
  const before = systemClock.now();
  await new Promise<void>((resolve) => {
    systemClock.after(30, () => {
      order.push('late');
      resolve();
    });
    const cancel = systemClock.after(10, () => order.push('never'));
    systemClock.after(5, () => order.push('early'));
    systemClock.soon(() => order.push('soon'));
    cancel();
  });
  t.strictSame(order.toSorted(), ['early', 'late', 'soon']);
  t.equal(order.at(-1), 'late');
  t.ok(systemClock.now() - before >= 29, 'it grows with time');
});
