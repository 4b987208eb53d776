import t from 'tap';
import { ConnectionError, optionError } from '../../src/api/errors.js';

t.test('the facts of an error', async (t) => {
  const cause = new Error('why');
  const facts = { phase: 'tcp', url: 'ws://host/', address: '127.0.0.1:80', cause } as const;
  const error = new ConnectionError('WS_CONNECT_TCP', 'failed', facts);
  t.ok(error instanceof Error);
  t.match(error, { name: 'ConnectionError', code: 'WS_CONNECT_TCP', message: 'failed', ...facts });
  t.match(`${error.stack}`, /^ConnectionError: failed/);
});

t.test('without facts', async (t) => {
  const error = new ConnectionError('WS_STATE', 'no');
  t.same([error.phase, error.url, error.address], [undefined, undefined, undefined]);
  t.notOk('cause' in error);
  t.match(optionError('wrong'), { name: 'ConnectionError', code: 'WS_OPTION', message: 'wrong' });
});
