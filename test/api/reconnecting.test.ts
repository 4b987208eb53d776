import t from 'tap';
import { type Connection, type ReconnectOptions, reconnecting } from '../../src/index.js';
import { pem } from '../certs.js';
import { accepting, closeFrame, frame, refusal, startPeer, type Wire } from './raw-peer.js';

/** No wait that is worth the name. */
const fast: ReconnectOptions = { minDelayMs: 1, maxDelayMs: 1, random: () => 0 };
/** Sockets and timers; the servers of the tests do not count. */
const resources = (): string[] =>
  process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|Timeout)$/.test(name));

t.test('one connection after the other, never two at a time', async (t) => {
  let most = 0;
  const peer = await startPeer(t, (wire, count) => {
    most = Math.max(most, peer.sockets.size);
    wire.serve();
    wire.write(frame(0x81, `hello ${count}`));
    if (count === 1) wire.socket.end(closeFrame(1012));
    if (count === 2) setImmediate(() => wire.socket.destroy());
  });
  const seen: unknown[] = [];
  const connections: Connection[] = [];
  for await (const ws of reconnecting(peer.url, fast)) {
    t.ok(
      connections.every(({ state }) => state === 'closed'),
      'the ones before have ended',
    );
    connections.push(ws);
    for await (const message of ws) {
      seen.push(message);
      if (message === 'hello 3') break;
    }
    if (seen.length === 3) break;
  }
  t.strictSame(seen, ['hello 1', 'hello 2', 'hello 3']);
  t.equal(most, 1);
  t.match(await connections[2]?.closed, { sent: { code: 1000 }, clean: true });
});

t.test('asking for the next one waits for the end of the one before', async (t) => {
  let wire: Wire | undefined;
  const peer = await startPeer(t, (each) => {
    wire = each.serve();
  });
  const connections = reconnecting(peer.url, fast);
  const { value: first } = await connections.next();
  let asked = false;
  const second = connections.next().then((result) => {
    asked = true;
    return result;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.equal(asked, false);
  t.equal(peer.sockets.size, 1);
  wire?.socket.destroy();
  const { value } = await second;
  t.not(value, first);
  await connections.return();
  t.equal((value as Connection).state, 'closed', 'leaving closes the current one');
});

t.test('leaving the loop by a throw closes the connection, too', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve());
  let left: Connection | undefined;
  const loop = async (): Promise<void> => {
    for await (const ws of reconnecting(peer.url, fast)) {
      left = ws;
      throw new Error('of the user');
    }
  };
  await t.rejects(loop(), { message: 'of the user' });
  t.match(await left?.closed, { by: 'us', sent: { code: 1000 } });
});

t.test('what is transient is tried again', async (t) => {
  const answers = [refusal(503), null, refusal(429, 'Retry-After: 0\r\n'), refusal(408), refusal(502)];
  const peer = await startPeer(t, (wire) => wire.serve(), {
    answer: (request, count) => (count <= answers.length ? (answers[count - 1] as string | null) : accepting(request)),
  });
  for await (const ws of reconnecting(peer.url, fast)) {
    t.equal(ws.state, 'open');
    break;
  }
});

t.test('what is fatal makes the iteration reject at once', async (t) => {
  let count = 0;
  const peer = await startPeer(t, () => {}, {
    answer: () => {
      count++;
      return refusal(403);
    },
  });
  await t.rejects(reconnecting(peer.url, fast).next(), { code: 'WS_HANDSHAKE_STATUS' });
  t.equal(count, 1);
  const secure = await startPeer(t, () => {}, { tls: { cert: pem('self-signed.pem'), key: pem('self-signed.key') } });
  await t.rejects(reconnecting(secure.url, fast).next(), { code: 'WS_TLS_CERTIFICATE' });
  await t.rejects(reconnecting('ftp://127.0.0.1/', fast).next(), { code: 'WS_HANDSHAKE_URL' });
  await t.rejects(reconnecting(peer.url, { ...fast, timeoutMs: -1 }).next(), { code: 'WS_OPTION' });
  await t.rejects(reconnecting(peer.url, { ...fast, headers: { 'bad name': '' } }).next(), {
    code: 'WS_HANDSHAKE_HEADER',
  });
});

t.test('maxAttempts: the last error after so many failures in a row', async (t) => {
  let count = 0;
  const peer = await startPeer(t, () => {}, {
    answer: () => {
      count++;
      return refusal(500 + count);
    },
  });
  await t.rejects(reconnecting(peer.url, { ...fast, maxAttempts: 3 }).next(), { message: /503/ });
  t.equal(count, 3);
});

t.test('a connection that does not stand counts as a failure, one that stands begins anew', async (t) => {
  let count = 0;
  const peer = await startPeer(t, (wire) => {
    count++;
    wire.socket.end(closeFrame(1000));
  });
  const run = async (options: ReconnectOptions): Promise<void> => {
    for await (const ws of reconnecting(peer.url, { ...fast, ...options, maxAttempts: 3 })) {
      await ws.closed;
      if (count === 10) break;
    }
  };
  await t.rejects(run({ resetAfterMs: 60_000 }), { code: 'WS_CLOSED', message: /soon after/ });
  t.equal(count, 3);
  await run({ resetAfterMs: 0 });
  t.equal(count, 10, 'every one of them stood for 0 ms');
});

t.test('the wait is asked of the random source, and grows', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve(), {
    answer: (request, count) => (count < 5 ? refusal(503) : accepting(request)),
  });
  let asked = 0;
  const random = (): number => {
    asked++;
    return 0.5;
  };
  const before = performance.now();
  for await (const _ of reconnecting(peer.url, { minDelayMs: 20, factor: 2, random })) break;
  t.equal(asked, 4);
  t.ok(performance.now() - before >= (10 + 20 + 40 + 80) * 0.9, 'half of 20, 40, 80 and 160 ms');
});

t.test('Retry-After is obeyed', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve(), {
    answer: (request, count) => (count === 1 ? refusal(503, 'Retry-After: 3600\r\n') : accepting(request)),
  });
  const before = performance.now();
  for await (const _ of reconnecting(peer.url, { ...fast, maxRetryAfterMs: 80 })) break;
  t.ok(performance.now() - before >= 70, 'but not longer than maxRetryAfterMs');
});

t.test('the signal ends the iteration, whatever is under way, and nothing is left', async (t) => {
  const silent = await startPeer(t, () => {}, { answer: () => '' });
  const refusing = await startPeer(t, () => {}, { answer: () => refusal(503) });
  const serving = await startPeer(t, (wire) => wire.serve());
  const cases = {
    'an attempt': silent.url,
    'a wait': refusing.url,
    'a connection': serving.url,
  };
  for (const [name, url] of Object.entries(cases)) {
    const abort = new AbortController();
    const { signal } = abort;
    const connections = reconnecting(url, { signal, minDelayMs: 60_000, maxDelayMs: 60_000, random: () => 1 });
    if (url === serving.url) await connections.next();
    const next = connections.next();
    setTimeout(() => abort.abort(), 40);
    t.strictSame(await next, { done: true, value: undefined }, name);
    for (let i = 0; i < 50 && resources().length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    t.strictSame(resources(), [], name);
  }
  const aborted = reconnecting(serving.url, { signal: AbortSignal.abort() });
  t.strictSame(await aborted.next(), { done: true, value: undefined }, 'a signal that has fired');
});
