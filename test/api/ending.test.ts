import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Ending } from '../../src/api/ending.js';
import { ConnectionError } from '../../src/api/errors.js';

const frame = (code: number, reason = ''): { code: number; reason: string } => ({ code, reason });

t.test('the report of a closing handshake', async (t) => {
  const ending = new Ending('us');
  t.equal(ending.isExplained, false);
  ending.sent = frame(1000);
  t.equal(ending.isClean, false);
  t.equal(ending.isExplained, false, 'our frame does not say what the peer will do');
  ending.received = frame(4000, 'bye');
  t.equal(ending.isClean, true);
  t.equal(ending.isExplained, true);
  t.equal(ending.report, undefined, 'not before the end');
  const report = ending.finish();
  t.strictSame(report, {
    code: 4000,
    reason: 'bye',
    clean: true,
    by: 'us',
    received: frame(4000, 'bye'),
    sent: frame(1000),
  });
  t.equal(ending.report, report);
});

t.test('the report of a connection that is lost: 1006, and no facts that there are not (RFC 6455 7.1.5)', async (t) => {
  t.strictSame(new Ending('transport').finish(), { code: 1006, reason: '', clean: false, by: 'transport' });
  const ending = new Ending('us');
  ending.error = new ConnectionError('WS_TIMEOUT', 'no close frame');
  ending.sent = frame(1001);
  t.equal(ending.isExplained, true);
  t.strictSame(ending.finish(), {
    code: 1006,
    reason: '',
    clean: false,
    by: 'us',
    sent: frame(1001),
    error: ending.error,
  });
});

t.test('what comes behind the report does not change it', async (t) => {
  const ending = new Ending('transport');
  const report = ending.finish();
  ending.error = new ConnectionError('WS_STATE', 'late');
  ending.byFrame('us');
  t.equal(ending.finish(), report);
  t.equal(report.by, 'transport');
});

t.test('a frame that is parsed after the connection was lost had come before', async (t) => {
  for (const [first, by, said] of [
    ['transport', 'peer', 'peer'],
    ['transport', 'us', 'us'],
    ['us', 'peer', 'us'],
    ['peer', 'us', 'peer'],
  ] as const) {
    const ending = new Ending(first);
    ending.byFrame(by);
    t.equal(ending.finish().by, said, `${first}, ${by}`);
  }
});

t.test('the first limit holds, until the end', async (t) => {
  const due: string[] = [];
  const note = (what: string): void => void due.push(what);
  const limited = new Ending('us');
  limited.limit(Number.POSITIVE_INFINITY, note, 'never');
  limited.limit(1, note, 'first');
  limited.limit(1, note, 'second');
  const finished = new Ending('us');
  finished.limit(1, note, 'finished');
  finished.finish();
  // A timer of the same delay that is started later fires later.
  await sleep(1);
  for (let i = 0; i < 500 && due.length === 0; i++) await sleep(1);
  await sleep(1);
  t.same(due, ['first']);
});
