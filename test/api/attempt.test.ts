import t from 'tap';
import { Attempt } from '../../src/api/attempt.js';
import type { ConnectionError, Phase } from '../../src/api/errors.js';
import { handles } from './peer.js';

const URL = 'wss://host/';
const attempt = (timeoutMs = Number.POSITIVE_INFINITY, signal?: AbortSignal): Attempt =>
  new Attempt(URL, { timeoutMs, signal });
const ignore = (): void => {};

t.test('each phase has its code and its name', async (t) => {
  const it = attempt();
  t.equal(it.phase, 'dns');
  it.proxy = 'http://proxy:3128';
  const cause = new Error('why');
  for (const [phase, code, name] of [
    ['dns', 'WS_CONNECT_DNS', 'the look-up of the host name'],
    ['tcp', 'WS_CONNECT_TCP', 'the TCP connection'],
    ['proxy', 'WS_CONNECT_PROXY', 'the connection to the proxy http://proxy:3128'],
    ['tls', 'WS_CONNECT_LOST', 'the TLS handshake'],
    ['handshake', 'WS_CONNECT_LOST', 'the opening handshake'],
    ['open', 'WS_TRANSPORT', 'the open connection'],
    ['closing', 'WS_TRANSPORT', 'the closing handshake'],
  ] satisfies [Phase, string, string][]) {
    it.phase = phase;
    t.match(it.failed(cause), {
      code,
      phase,
      url: URL,
      address: undefined,
      cause,
      message: `${URL}: ${name} failed: why`,
    });
    t.match(it.ended(), {
      code: phase === 'proxy' ? 'WS_CONNECT_PROXY' : 'WS_CONNECT_LOST',
      phase,
      message: `${URL}: the peer ended the connection during ${name}`,
    });
  }
});

t.test('the address, once it is known', async (t) => {
  const it = attempt();
  it.address = '127.0.0.1:443';
  t.match(it.ended(), { address: '127.0.0.1:443', message: /^wss:\/\/host\/ \(127\.0\.0\.1:443\): / });
});

t.test('several addresses that all fail', async (t) => {
  const it = attempt();
  it.phase = 'tcp';
  const cause = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ETIMEDOUT 127.0.0.1:1'),
  ]);
  t.match(it.failed(cause).message, /failed: connect ECONNREFUSED ::1:1; connect ETIMEDOUT 127\.0\.0\.1:1$/);
});

t.test('the deadline', async (t) => {
  const it = attempt(5);
  const error = await new Promise<ConnectionError>((resolve) => {
    it.begin(resolve);
    it.phase = 'tls';
  });
  const message = `${URL}: not connected within 5 ms; under way was the TLS handshake`;
  t.match(error, { code: 'WS_TIMEOUT', phase: 'tls', message });
  t.notOk('cause' in error);
});

t.test('no deadline, and one that is over', async (t) => {
  const before = handles();
  const { signal } = new AbortController();
  const without = attempt(Number.POSITIVE_INFINITY, signal);
  without.begin(ignore);
  t.same(handles(), before);
  without.end();
  const withDeadline = attempt(60_000, signal);
  withDeadline.begin(ignore);
  t.not(handles().length, before.length);
  withDeadline.end();
  t.same(handles(), before);
});

t.test('the signal', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const errors: ConnectionError[] = [];
  const over = attempt(60_000, controller.signal);
  over.begin((error) => errors.push(error));
  over.end();
  const running = attempt(60_000, controller.signal);
  running.begin((error) => errors.push(error));
  running.phase = 'handshake';
  controller.abort(reason);
  running.end();
  const late = attempt(60_000, controller.signal);
  late.begin((error) => errors.push(error));
  late.end();
  t.match(errors, [
    {
      code: 'WS_ABORTED',
      phase: 'handshake',
      cause: reason,
      message: /aborted by the signal during the opening handshake/,
    },
    { code: 'WS_ABORTED', phase: 'dns', cause: reason },
  ]);
  t.equal(errors.length, 2);
});
