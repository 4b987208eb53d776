import { PassThrough } from 'node:stream';
import t from 'tap';
import { Attempt } from '../../src/api/attempt.js';
import type { Phase } from '../../src/api/errors.js';
import { checkSecurity } from '../../src/api/secure.js';
import { loadTls } from '../../src/api/tls-loader.js';
import { HandshakeError, parseUrl } from '../../src/handshake/index.js';
import { handles } from './peer.js';

const URL = 'wss://host/';
const attempt = (timeoutMs = Number.POSITIVE_INFINITY, signal?: AbortSignal): Attempt =>
  new Attempt(parseUrl(URL), { timeoutMs, signal });
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

t.test('the url without user name and password, and that of the next request', async (t) => {
  const it = new Attempt(parseUrl('ws://user:secret@one/'), { timeoutMs: 1, signal: undefined });
  it.address = '127.0.0.1:80';
  t.equal(it.url, 'ws://one/');
  it.moveTo(parseUrl('ws://two/?x'));
  t.match(it.ended(), { url: 'ws://two/?x', address: undefined, phase: 'dns' });
});

t.test('a socket that is lost for a reason of TLS, while TLS begins and before the response', async (t) => {
  await loadTls(checkSecurity({}));
  const alert = Object.assign(new Error('alert'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  for (const [url, phase, cause, code] of [
    [URL, 'tcp', alert, 'WS_CONNECT_TCP'],
    [URL, 'tls', alert, 'WS_TLS_HANDSHAKE'],
    [URL, 'tls', reset, 'WS_TLS_HANDSHAKE'],
    [URL, 'handshake', alert, 'WS_TLS_HANDSHAKE'],
    [URL, 'handshake', Object.assign(new Error('x'), { code: 'EPROTO' }), 'WS_TLS_HANDSHAKE'],
    [URL, 'handshake', reset, 'WS_CONNECT_LOST'],
    [URL, 'handshake', undefined, 'WS_CONNECT_LOST'],
    [URL, 'proxy', alert, 'WS_CONNECT_PROXY'],
    ['ws://host/', 'handshake', alert, 'WS_CONNECT_LOST'],
  ] satisfies [string, Phase, Error | undefined, string][]) {
    const it = new Attempt(parseUrl(url), { timeoutMs: 1, signal: undefined });
    it.phase = phase;
    t.match(it.lost(cause), { code }, `${url} ${phase} ${cause?.message}`);
  }
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
  const error = await new Promise<unknown>((resolve) => {
    t.ok(it.begin(resolve));
    it.phase = 'tls';
  });
  const message = `${URL}: not connected within 5 ms; under way was the TLS handshake`;
  t.match(error, { code: 'WS_TIMEOUT', phase: 'tls', message });
  t.notOk('cause' in Object(error));
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
  const errors: unknown[] = [];
  const over = attempt(60_000, controller.signal);
  over.begin((error) => errors.push(error));
  over.end();
  const running = attempt(60_000, controller.signal);
  running.begin((error) => errors.push(error));
  running.phase = 'handshake';
  controller.abort(reason);
  running.end();
  const late = attempt(60_000, controller.signal);
  t.notOk(
    late.begin((error) => errors.push(error)),
    'there is nothing to be done',
  );
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

t.test('it fails once: the clock stops, the sockets are destroyed, and nothing is begun any more', async (t) => {
  const before = handles();
  const { signal } = new AbortController();
  const it = attempt(60_000, signal);
  const errors: unknown[] = [];
  it.begin((error) => errors.push(error));
  const first = new PassThrough();
  it.own(first);
  const refused = new HandshakeError('WS_HANDSHAKE_STATUS', 'refused', { rule: 'status', section: '', value: '403' });
  it.address = '192.0.2.1:443';
  it.fail(refused);
  it.fail(new Error('because of that'));
  t.strictSame(errors, [refused]);
  t.match(refused, { url: URL, address: '192.0.2.1:443' }, 'the error tells for whom it was');
  const late = new PassThrough();
  it.own(late);
  t.ok(first.destroyed && late.destroyed);
  t.same(handles(), before);
  t.throws(() => it.enter('tls'), { code: 'WS_CONNECT_LOST' });
});
