import { formatExtensions } from '../handshake/index.js';
import { Channel } from './channel.js';
import { CloseEvent } from './close-event.js';
import type { CloseReport } from './close-report.js';
import { bytesOf, ownBuffer } from './data.js';
import type { WebSocketError } from './errors.js';
import { checkDictionary, checkSubprotocols, establish } from './establish.js';
import { fireMessage, type MessageEvent } from './message-event.js';
import type { ListenerLike, ListenOptions } from './message-listeners.js';
import type { Agreed } from './opening.js';
import type { ConnectOptions, Settings } from './options.js';
import type { Transport } from './transport.js';
import {
  checkClose,
  clampShort,
  requireArguments,
  shapeInterface,
  toDictionary,
  toScalarText,
  toText,
} from './webidl.js';
import { WebSocketListeners } from './websocket-listeners.js';
import { type Outgoing, WebSocketOutbox } from './websocket-outbox.js';
import { urlRecordOf } from './websocket-url.js';

/** Options of {@link WebSocket}: those of `connect()`. */
export type WebSocketOptions = Omit<ConnectOptions, 'protocols'> & {
  /** Subprotocols to offer, the preferred one first. Default: none. */
  readonly protocols?: string | Iterable<string>;
};

/** An 'error' event: a plain `Event` that holds the cause. */
export interface WebSocketErrorEvent extends Event {
  /** Why the connection failed; the standard does not know it (decision of this project). */
  readonly error: WebSocketError;
  /** The text of {@link WebSocketErrorEvent.error}. */
  readonly message: string;
}

/** The events of {@link WebSocket}. */
export interface WebSocketEventMap {
  open: Event;
  message: MessageEvent<string | Blob | ArrayBuffer>;
  error: WebSocketErrorEvent;
  close: CloseEvent;
}

/** A handler attribute: the function is called with the event, anything that is no object is `null`. */
export type WebSocketHandler<Type extends keyof WebSocketEventMap> =
  | ((this: WebSocket, event: WebSocketEventMap[Type]) => unknown)
  | null;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
const STATES = { CONNECTING, OPEN, CLOSING, CLOSED };

/**
 * The platform's class (https://websockets.spec.whatwg.org/), for code that expects the browser's.
 *
 * What the standard does not say and this class adds: a third argument, or an object as the second, with the options of
 * `connect()`; `error` and `message` in an 'error' event; `report` in a 'close' event.
 *
 * As in a browser, a message that comes while nobody listens is lost, and nothing slows the peer down: use `connect()` or
 * `WebSocketStream` where that matters. An open socket keeps the process alive, like every socket of Node.
 *
 * @example
 * const ws = new WebSocket('wss://device.local/', { protocols: ['v1'], ignoreSslErrors: ['SelfSignedCertificate'] });
 * ws.onmessage = ({ data }) => console.log(data);
 * ws.onerror = ({ error }) => console.error(error.code, error.message);
 */
export class WebSocket extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: string;
  readonly #origin: string;
  #state = CONNECTING;
  #extensions = '';
  #protocol = '';
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  /** Gives the attempt to connect up; `null` when it is over. */
  #giveUp: ((reason: unknown) => void) | null = null;
  #channel: Channel | null = null;
  #outbox: WebSocketOutbox | null = null;
  /** What was "sent" although it never got to be open: send() counts it. */
  #unsent = 0;
  readonly #listeners: WebSocketListeners = new WebSocketListeners(this);

  /**
   * @param url Absolute, `ws:`, `wss:`, `http:` (is ws) or `https:` (is wss), without a fragment.
   * @param protocols A subprotocol, several, or an object with options.
   * @param options Options of `connect()`; ignored if it is no object.
   * @throws DOMException SyntaxError for the url and for subprotocols that are no tokens or given twice. TypeError for options
   * that do not exist or make no sense; its `cause` is the ConnectionError `WS_OPTION`.
   */
  constructor(
    url: string | URL,
    protocols: string | Iterable<string> | WebSocketOptions = [],
    options: WebSocketOptions = {},
  ) {
    super();
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 1, 'WebSocket');
    const text = toScalarText(url);
    const [offered, checked] = checkArguments(protocols, options);
    // 1, 2. The base url is the environment's.
    const record = urlRecordOf(text);
    // 3, 4. One subprotocol is a list of one; each is a token and stands in it once.
    checkSubprotocols(offered);
    const settings = checkDictionary({ ...checked, protocols: offered });
    // 5. Set the url.
    this.#url = record.href;
    this.#origin = record.origin;
    // 6, 7. In parallel, establish the connection.
    this.#giveUp = establish(
      record,
      settings,
      (transport, agreed) => this.#onEstablished(transport, settings, agreed),
      (error) => this.#onClosed(error),
    );
  }

  /** The url, as it was parsed. */
  get url(): string {
    return this.#url;
  }

  /** CONNECTING (0), OPEN (1), CLOSING (2) or CLOSED (3). */
  get readyState(): number {
    return this.#state;
  }

  /** Bytes that were given to {@link WebSocket.send} and have not left for the system; after the end it only grows. */
  get bufferedAmount(): number {
    return this.#outbox === null ? this.#unsent : this.#outbox.bufferedAmount;
  }

  /** The extensions that the server has chosen; `''` before the connection is open. */
  get extensions(): string {
    return this.#extensions;
  }

  /** The subprotocol that the server has chosen; `''` before the connection is open, and if there is none. */
  get protocol(): string {
    return this.#protocol;
  }

  /** What the data of a binary message is: 'blob' (the default) or 'arraybuffer'. Anything else is ignored when it is set. */
  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  set binaryType(value: 'blob' | 'arraybuffer') {
    const type = toText(value);
    this.#binaryType = type === 'blob' || type === 'arraybuffer' ? type : this.#binaryType;
  }

  get onopen(): WebSocketHandler<'open'> {
    return this.#listeners.handler('open') as WebSocketHandler<'open'>;
  }

  set onopen(handler: WebSocketHandler<'open'>) {
    this.#listeners.setHandler('open', handler);
  }

  get onerror(): WebSocketHandler<'error'> {
    return this.#listeners.handler('error') as WebSocketHandler<'error'>;
  }

  set onerror(handler: WebSocketHandler<'error'>) {
    this.#listeners.setHandler('error', handler);
  }

  get onclose(): WebSocketHandler<'close'> {
    return this.#listeners.handler('close') as WebSocketHandler<'close'>;
  }

  set onclose(handler: WebSocketHandler<'close'>) {
    this.#listeners.setHandler('close', handler);
  }

  get onmessage(): WebSocketHandler<'message'> {
    return this.#listeners.handler('message') as WebSocketHandler<'message'>;
  }

  set onmessage(handler: WebSocketHandler<'message'>) {
    this.#listeners.setHandler('message', handler);
  }

  /**
   * Closes the connection, behind what was sent before; an attempt to connect is given up.
   *
   * @param code 1000 or 3000 to 4999. Default: none, 1000 if there is a reason.
   * @param reason At most 123 bytes of UTF-8.
   * @throws DOMException InvalidAccessError for the code, SyntaxError for the reason.
   */
  close(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    // 1, 2. Check code and reason.
    const given = code === undefined ? undefined : clampShort(code);
    const text = reason === undefined ? '' : toScalarText(reason);
    const state = this.#state;
    const sent = checkClose(given, text);
    // 3. Already closing or closed: nothing.
    if (state >= CLOSING) return;
    this.#state = CLOSING;
    // 4. Not yet established: fail the connection.
    if (this.#outbox === null) this.#giveUp?.(new DOMException('close() was called before it was open', 'AbortError'));
    // 5. Else start the closing handshake.
    else this.#outbox.close(sent, text);
  }

  /**
   * Sends a message: a string as text; a Blob, an ArrayBuffer or a view (its own bytes) as binary; anything else as text of what
   * the language makes of it.
   *
   * @throws DOMException InvalidStateError while it is CONNECTING.
   */
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 1, 'send');
    const outgoing = typeof data === 'string' ? data : toOutgoing(data);
    // 1. Not while it is connecting.
    if (this.#state === CONNECTING) {
      throw new DOMException('send: the connection is not open yet; wait for the open event', 'InvalidStateError');
    }
    // 2 to 5. Send it if the closing handshake has not begun, and let bufferedAmount grow in any case.
    if (this.#outbox === null) this.#unsent += WebSocketOutbox.sizeOf(outgoing);
    else if (this.#state === OPEN) this.#outbox.send(outgoing);
    else this.#outbox.bufferedAmount += WebSocketOutbox.sizeOf(outgoing);
  }

  // EventTarget: see websocket-listeners.ts

  /** As the platform has it. Listeners of 'message' ignore `passive`: the event cannot be canceled. */
  override addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: ((this: WebSocket, event: WebSocketEventMap[Type]) => unknown) | null,
    options?: boolean | ListenOptions,
  ): void;
  override addEventListener(type: string, listener: ListenerLike | null, options?: boolean | ListenOptions): void;
  override addEventListener(type: string, listener: unknown, options: boolean | ListenOptions = {}): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 2, 'addEventListener');
    this.#listeners.add(toText(type), listener as ListenerLike | null, options);
  }

  /** As the platform has it. */
  override removeEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: ((this: WebSocket, event: WebSocketEventMap[Type]) => unknown) | null,
    options?: boolean | ListenOptions,
  ): void;
  override removeEventListener(type: string, listener: ListenerLike | null, options?: boolean | ListenOptions): void;
  override removeEventListener(type: string, listener: unknown, options: boolean | ListenOptions = {}): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts the arguments
    requireArguments(arguments.length, 2, 'removeEventListener');
    this.#listeners.remove(toText(type), listener as ListenerLike | null, options);
  }

  /** As the platform has it; for events that somebody else has made. */
  override dispatchEvent(event: Event): boolean {
    return this.#listeners.dispatch(event);
  }

  // Feedback from the protocol (WHATWG WebSockets 4)

  #onEstablished(transport: Transport, settings: Settings, agreed: Agreed): void {
    const channel = new Channel(
      transport,
      {
        text: (text) => this.#onMessage(text),
        binary: (bytes) => this.#onMessage(bytes),
        ping: () => {},
        pong: () => {},
        closing: () => this.#onClosing(),
        closed: (report) => this.#onClosed(report.clean ? undefined : report.error, report),
      },
      settings,
      agreed.compression,
    );
    this.#channel = channel;
    this.#giveUp = null;
    this.#outbox = new WebSocketOutbox(channel);
    // 1. The state is OPEN.
    this.#state = OPEN;
    // 2, 3. Set extensions and protocol.
    this.#extensions = formatExtensions(agreed.extensions);
    this.#protocol = agreed.protocol;
    // 4. Fire open.
    this.#listeners.fire(new Event('open'));
    this.#endTask();
  }

  /**
   * The standard has a task for every event: what a promise does after one is done before the next one comes. Here all messages
   * that were read together come in one task, until it makes a difference that cannot be missed: a listener that is there only
   * since the last event.
   */
  #endTask(): void {
    const channel = this.#channel as Channel;
    channel.hold();
    setImmediate(() => channel.resume());
  }

  #onMessage(data: string | Buffer): void {
    // 1. Not if the state is not OPEN.
    if (this.#state !== OPEN) return;
    // 2. Text is a string, binary what binaryType says.
    const shown = typeof data === 'string' ? data : this.#binaryType === 'blob' ? new Blob([data]) : ownBuffer(data);
    // 3. Fire message.
    const { messages } = this.#listeners;
    const { entries } = messages;
    fireMessage(this, messages, shown, this.#origin);
    if (messages.entries !== entries) this.#endTask();
  }

  /** The closing handshake is started, by the peer or because the peer broke a rule. */
  #onClosing(): void {
    this.#state = CLOSING;
  }

  /** The connection is closed, or there was none. */
  #onClosed(error: WebSocketError | undefined, report?: CloseReport): void {
    // 1. The state is CLOSED.
    this.#state = CLOSED;
    // 2. If it had to be failed, fire error.
    if (error !== undefined) this.#listeners.fire(Object.assign(new Event('error'), { error, message: error.message }));
    // 3. Fire close.
    const { clean: wasClean = false, code = 1006, reason = '' } = report ?? {};
    this.#listeners.fire(Object.assign(new CloseEvent('close', { wasClean, code, reason }), report && { report }));
  }
}

shapeInterface(WebSocket, 'WebSocket', STATES);

/** The union of the second argument (Web IDL 3.2.26), and the third one: subprotocols and options. */
function checkArguments(protocols: unknown, options: unknown): [offered: string[], options: WebSocketOptions] {
  const extra: WebSocketOptions = typeof options === 'object' ? toDictionary(options, 'options') : {};
  const isObject = (typeof protocols === 'object' && protocols !== null) || typeof protocols === 'function';
  if (!isObject && protocols !== null) return [[toText(protocols)], extra];
  const list = isObject && Symbol.iterator in protocols ? protocols : undefined;
  const bag: WebSocketOptions = list === undefined ? { ...extra, ...toDictionary(protocols, 'options') } : extra;
  const offered = list ?? bag.protocols ?? [];
  return [typeof offered === 'object' ? Array.from(offered as Iterable<unknown>, toText) : [toText(offered)], bag];
}

function toOutgoing(data: unknown): Outgoing {
  return data instanceof Blob ? data : (bytesOf(data) ?? toText(data));
}
