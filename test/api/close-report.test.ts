import t from 'tap';
import { describeClose } from '../../src/api/close-report.js';
import { ConnectionError } from '../../src/api/errors.js';

t.test('one line for a log', async (t) => {
  const normal = { code: 1000, reason: '' };
  const bye = { code: 1000, reason: 'bye "x"\n' };
  const error = new ConnectionError('WS_TRANSPORT', 'the connection was lost: read ECONNRESET');
  const base = { code: 1000, reason: '', clean: true } as const;
  for (const [report, line] of [
    [
      { ...base, by: 'peer', received: bye, sent: bye },
      'received 1000 (normal closure) "bye \\"x\\"\\n"; then sent 1000 (normal closure) "bye \\"x\\"\\n"',
    ],
    [
      { ...base, by: 'us', received: { code: 1005, reason: '' }, sent: normal },
      'sent 1000 (normal closure); then received 1005 (no status received)',
    ],
    [
      { ...base, clean: false, by: 'us', sent: { code: 4000, reason: 'x' }, error },
      'sent 4000 (private use) "x": the connection was lost: read ECONNRESET',
    ],
    [{ ...base, clean: false, by: 'peer', received: normal }, 'received 1000 (normal closure)'],
    [{ ...base, clean: false, by: 'us' }, 'no close frame received or sent'],
    [
      { ...base, clean: false, by: 'transport', error },
      'no close frame received or sent: the connection was lost: read ECONNRESET',
    ],
  ] as const) {
    t.equal(describeClose(report), line);
  }
});
