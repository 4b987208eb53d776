import t from 'tap';
import { backoffMs, isTransient } from '../../src/api/backoff.js';
import { ProtocolError } from '../../src/frames/index.js';
import { ConnectionError, type ConnectionErrorCode, HandshakeError, TlsError } from '../../src/index.js';

const settings = { minDelayMs: 100, maxDelayMs: 1500, factor: 2, maxRetryAfterMs: 60_000, random: () => 1 };

function refused(status: number, retryAfterMs?: number): HandshakeError {
  const facts = { rule: 'status', section: 'RFC 6455 4.1', status };
  return new HandshakeError('WS_HANDSHAKE_STATUS', 'refused', {
    ...facts,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

const byProxy = (cause: unknown): ConnectionError => new ConnectionError('WS_CONNECT_PROXY', '', { cause });

function refusedByProxy(status: number, retryAfterMs?: number): ConnectionError {
  const facts = { rule: 'proxy-status', section: 'RFC 9110 9.3.6', status };
  return byProxy(
    new HandshakeError('WS_HANDSHAKE_PROXY', 'refused', {
      ...facts,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }),
  );
}

function refusedBySocks(rule: string, value: string): ConnectionError {
  return byProxy(new HandshakeError('WS_HANDSHAKE_PROXY', 'refused', { rule, section: 'RFC 1928 6', value }));
}

t.test('the ceiling grows by the factor up to maxDelayMs', async (t) => {
  const ceilings = [0, 1, 2, 3, 4, 5, 5000].map((failures) => backoffMs(failures, undefined, settings));
  t.strictSame(ceilings, [100, 200, 400, 800, 1500, 1500, 1500]);
  t.equal(backoffMs(3, undefined, { ...settings, factor: 1 }), 100);
  t.equal(backoffMs(5000, undefined, { ...settings, minDelayMs: 0 }), 0, '0 stays 0');
});

t.test('full jitter: anything from 0 to the ceiling', async (t) => {
  for (const random of [0, 0.25, 0.999]) {
    t.equal(backoffMs(2, undefined, { ...settings, random: () => random }), 400 * random);
  }
});

t.test('Retry-After is the least wait, within its limit', async (t) => {
  const wait = (retryAfterMs: number): number => backoffMs(0, refused(503, retryAfterMs), settings);
  t.equal(wait(7000), 7000);
  t.equal(wait(0), 100);
  t.equal(wait(86_400_000), 60_000, 'maxRetryAfterMs');
  t.equal(backoffMs(0, refused(503, 7000), { ...settings, maxRetryAfterMs: 0 }), 100, '0 does not listen');
  t.equal(backoffMs(0, refused(503), settings), 100);
  t.equal(backoffMs(0, refusedByProxy(503, 7000), settings), 7000, 'the proxy may ask, too');
});

t.test('what a proxy says is weighed as what a server says', async (t) => {
  for (const status of [408, 429, 500, 502, 503, 504]) t.equal(isTransient(refusedByProxy(status)), true, `${status}`);
  for (const status of [301, 400, 403, 404, 405, 407]) t.equal(isTransient(refusedByProxy(status)), false, `${status}`);
  for (const reply of ['1', '3', '4', '5', '6'])
    t.equal(isTransient(refusedBySocks('socks-reply', reply)), true, reply);
  for (const reply of ['2', '7', '8', '9']) t.equal(isTransient(refusedBySocks('socks-reply', reply)), false, reply);
  t.equal(isTransient(refusedBySocks('socks-auth', '1')), false, 'a wrong password stays wrong');
  t.equal(isTransient(byProxy(new TlsError('WS_TLS_CERTIFICATE', ''))), false);
  t.equal(isTransient(byProxy(Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' }))), true);
});

t.test('transient or fatal', async (t) => {
  const transient: ConnectionErrorCode[] = [
    'WS_CONNECT_DNS',
    'WS_CONNECT_TCP',
    'WS_CONNECT_PROXY',
    'WS_CONNECT_LOST',
    'WS_TIMEOUT',
    'WS_TRANSPORT',
    'WS_CLOSED',
  ];
  for (const code of transient) t.equal(isTransient(new ConnectionError(code, '')), true, code);
  for (const code of ['WS_OPTION', 'WS_STATE', 'WS_ABORTED'] as const) {
    t.equal(isTransient(new ConnectionError(code, '')), false, code);
  }
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599])
    t.equal(isTransient(refused(status)), true, `${status}`);
  for (const status of [200, 204, 301, 307, 400, 401, 403, 404, 407, 410, 426]) {
    t.equal(isTransient(refused(status)), false, `${status}`);
  }
  const facts = { rule: '', section: '' };
  t.equal(isTransient(new HandshakeError('WS_HANDSHAKE_TRUNCATED', '', facts)), true);
  for (const code of [
    'WS_HANDSHAKE_URL',
    'WS_HANDSHAKE_ACCEPT',
    'WS_HANDSHAKE_MALFORMED',
    'WS_HANDSHAKE_STATUS',
  ] as const) {
    t.equal(isTransient(new HandshakeError(code, '', facts)), false, code);
  }
  const tlsFailure = (code: string): TlsError =>
    new TlsError('WS_TLS_HANDSHAKE', '', { cause: Object.assign(new Error(code), { code }) });
  t.equal(isTransient(tlsFailure('ECONNRESET')), true);
  for (const code of ['EPROTO', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA']) t.equal(isTransient(tlsFailure(code)), false, code);
  t.equal(isTransient(new TlsError('WS_TLS_HANDSHAKE', '')), true, 'the cause is not known');
  for (const code of ['WS_TLS_CERTIFICATE', 'WS_TLS_PIN', 'WS_TLS_OPTION'] as const) {
    t.equal(isTransient(new TlsError(code, '')), false, code);
  }
  t.equal(isTransient(new Error('a fault of ours')), false);
  const byPeer = {
    code: 'WS_PROTOCOL_RSV',
    section: '',
    closeCode: 1002,
    by: 'peer',
    offset: 0,
    header: Buffer.alloc(0),
  } as const;
  t.equal(isTransient(new ProtocolError('', byPeer)), false, 'it ends a connection, not an attempt');
});
