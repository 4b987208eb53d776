import { setTimeout as wait } from 'node:timers/promises';
import { backoffMs, isTransient } from './backoff.js';
import { connect } from './connect.js';
import type { Connection } from './connection.js';
import { ConnectionError } from './errors.js';
import { checkReconnectOptions, type ReconnectOptions } from './reconnect-options.js';

/**
 * Connections, one after the other: when one has ended, the next is made. The wait between them is a random time from 0 to a ceiling
 * that doubles with every failure (exponential backoff with full jitter).
 *
 * There are no two connections at a time: asking for the next one waits until the one before has ended. Leaving the loop closes the
 * current one with code 1000. The signal ends the attempt, the wait or the connection that is under way, and then the iteration, without
 * an error.
 *
 * What may be gone at the next attempt is tried again: DNS, TCP, timeouts, a connection that was lost, a proxy that cannot reach the server, and
 * the statuses 5xx, 408, 425 and 429, whose Retry-After is obeyed. Anything else makes the iteration reject: an option or url that makes no sense, a certificate that is
 * refused, another status, a response that is no WebSocket's. How a connection that stood was closed does not matter: `break` if it does.
 *
 * @param url As for `connect()`.
 * @throws (as a rejection of the iteration) what `connect()` throws and no further attempt can change, or the last error after
 * `maxAttempts`.
 * @example
 * const stop = new AbortController();
 * for await (const ws of reconnecting('wss://example.org/', { signal: stop.signal, keepAlive: {} })) {
 *   await ws.send('subscribe');
 *   for await (const message of ws) console.log(message);
 *   const { code } = await ws.closed;
 *   if (code === 1000) break;
 * }
 */
export async function* reconnecting(
  url: string | URL,
  options?: ReconnectOptions,
): AsyncGenerator<Connection, void, undefined> {
  const settings = checkReconnectOptions(options);
  const { signal, maxAttempts, resetAfterMs } = settings;
  let failures = 0;
  while (!signal?.aborted) {
    const result = await connect(url, settings.connect).catch((error: unknown) => ({ error }));
    let error: unknown;
    if ('error' in result) {
      ({ error } = result);
      if (signal?.aborted) return;
      if (!isTransient(error)) throw error;
    } else {
      const since = performance.now();
      try {
        yield result;
        error = (await result.closed).error ?? soon();
      } finally {
        await result.close();
      }
      if (performance.now() - since >= resetAfterMs) failures = -1;
    }
    if (++failures >= maxAttempts) throw error;
    const delay = backoffMs(Math.max(failures - 1, 0), error, settings);
    await wait(delay, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

const soon = (): ConnectionError =>
  new ConnectionError('WS_CLOSED', 'the connection was closed soon after it was opened', { phase: 'open' });
