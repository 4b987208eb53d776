import { checkProtocols, type HandshakeError } from '../handshake/index.js';
import { dial } from './dial.js';
import { ConnectionError, optionError, type WebSocketError } from './errors.js';
import type { Open } from './opening.js';
import { type ConnectOptions, checkOptions, type Settings } from './options.js';
import { targetOf } from './target.js';
import { isBadPort } from './websocket-url.js';

/** Checks options where Web IDL would check a dictionary. @throws TypeError; its `cause` says what is wrong. */
export function checkDictionary(options: ConnectOptions): Settings {
  try {
    return checkOptions(options);
  } catch (cause) {
    throw new TypeError((cause as Error).message, { cause });
  }
}

/**
 * Checks subprotocols: tokens, and none twice, in whatever case.
 *
 * @throws DOMException SyntaxError
 */
export function checkSubprotocols(protocols: readonly string[]): readonly string[] {
  try {
    checkProtocols(protocols.map((protocol) => protocol.toLowerCase()));
    return protocols;
  } catch (error) {
    throw new DOMException((error as HandshakeError).message, 'SyntaxError');
  }
}

/** Attempts that wait for their turn, by host and port. A host is in it while one of its attempts is under way. */
const waiting = new Map<string, (() => void)[]>();

/**
 * "There MUST be no more than one connection in a CONNECTING state" to an address (RFC 6455 4.1, item 2): begins at once, or when
 * those before have come to an end. The address is known by its name here.
 */
function queueUp(address: string, begin: () => void): void {
  const queue = waiting.get(address);
  if (queue !== undefined) {
    queue.push(begin);
  } else {
    waiting.set(address, []);
    begin();
  }
}

function nextTurn(address: string): void {
  const begin = waiting.get(address)?.shift();
  if (begin === undefined) waiting.delete(address);
  else begin();
}

/**
 * What the standard calls "establish a WebSocket connection", for one that can be given up.
 *
 * @param open Called when the connection is established.
 * @param failed Called in a task of its own if it could not be.
 * @returns Gives it up; the cause of the error is the given reason.
 */
export function establish(
  record: URL,
  settings: Settings,
  open: Open<void>,
  failed: (error: WebSocketError) => void,
): (reason: unknown) => void {
  const control = new AbortController();
  const signal = settings.signal === undefined ? control.signal : AbortSignal.any([settings.signal, control.signal]);
  let over = false;
  const fail = (error: WebSocketError): void => {
    if (!over) setImmediate(failed, error);
    over = true;
  };
  try {
    const url = targetOf(record.href);
    if (isBadPort(url.port)) throw optionError(`port ${url.port} is blocked as Fetch says; connect() takes any port`);
    const address = `${url.host}:${url.port}`;
    const whileWaiting = (): void => fail(givenUp(signal));
    if (signal.aborted) whileWaiting();
    else signal.addEventListener('abort', whileWaiting, { once: true });
    queueUp(address, () => {
      signal.removeEventListener('abort', whileWaiting);
      if (over) return nextTurn(address);
      const dialed = dial(url, { ...settings, signal }, open);
      dialed.catch(fail).finally(() => nextTurn(address));
    });
  } catch (error) {
    fail(error as WebSocketError);
  }
  return (reason) => control.abort(reason);
}

function givenUp({ reason }: AbortSignal): ConnectionError {
  return new ConnectionError('WS_ABORTED', 'aborted while another connection to the same host was being made', {
    cause: reason,
  });
}
