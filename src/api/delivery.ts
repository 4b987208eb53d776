import type { Channel } from './channel.js';
import type { CloseReport } from './close-report.js';
import { type Deferred, defer } from './deferred.js';
import { ConnectionError } from './errors.js';
import { type Listener, Listeners } from './events.js';
import type { Face } from './face.js';
import { Inbox, type Message } from './inbox.js';
import { MessageStreams } from './message-stream.js';
import type { Outbox } from './outbox.js';
import { Pings } from './pings.js';

/** What listeners can be added for. */
export type DeliveryEvent = 'message' | 'close' | 'ping' | 'pong';

/**
 * What a connection has received, on its way to the user: to listeners, into the queue, to those who wait.
 *
 * Everything is made when it is first needed: an idle connection has neither queue nor listeners nor promises.
 */
export class Delivery implements Face {
  /** Messages in parts on their way out, which have to stop when the connection closes. Made by whoever sends the first one. */
  outbox: Outbox | null = null;
  direct: Listener<Message> | null = null;
  #channel: Channel | null = null;
  #inbox: Inbox | null = null;
  #streams: MessageStreams | null = null;
  #messageListeners: Listeners<unknown> | null = null;
  #closeListeners: Listeners<unknown> | null = null;
  #pingListeners: Listeners<unknown> | null = null;
  #pongListeners: Listeners<unknown> | null = null;
  #pings: Pings | null = null;
  #closed: Deferred<CloseReport> | null = null;
  #drainScheduled = false;
  /** See {@link Inbox.discardOverflow}. */
  #discarding = false;

  /** The channel calls this face, and the queue pauses the channel. */
  bind(channel: Channel): void {
    this.#channel = channel;
  }

  /** The queue for messages that no listener takes. */
  get inbox(): Inbox {
    if (this.#inbox === null) {
      this.#inbox = new Inbox(this.#channel as Channel);
      if (this.#channel?.report !== undefined) this.#inbox.close();
      if (this.#discarding) this.#inbox.discardOverflow();
    }
    return this.#inbox;
  }

  /** The user has closed: the queue does not wait for the user any more. */
  discardOverflow(): void {
    this.#discarding = true;
    this.#inbox?.discardOverflow();
  }

  /** The messages as streams. */
  get streams(): MessageStreams {
    this.#streams ??= new MessageStreams(this.#channel as Channel, this.inbox);
    return this.#streams;
  }

  /** Whether somebody waits for the next message as a stream. */
  get isStreamAwaited(): boolean {
    return this.#streams?.isAwaited === true;
  }

  /** From now on whole messages are read. */
  readWhole(): void {
    this.#streams?.readWhole();
  }

  /** The user has closed: nothing more is read as it arrives. */
  endStreams(url: string): void {
    this.#streams?.readWhole();
    this.#streams?.end(closedError('readStream', this.#channel?.report, url));
  }

  /** Whether messages go to listeners. */
  get hasMessageListener(): boolean {
    return this.#messageListeners !== null && this.#messageListeners.size > 0;
  }

  /** Resolves with how the connection ended. */
  get closedPromise(): Promise<CloseReport> {
    if (this.#closed === null) {
      this.#closed = defer();
      const report = this.#channel?.report;
      if (report !== undefined) this.#closed.resolve(report);
    }
    return this.#closed.promise;
  }

  /** The pings that wait for their pongs. */
  get pings(): Pings {
    this.#pings ??= new Pings();
    return this.#pings;
  }

  /** Adds a listener. Who does knows what values it gets. */
  addListener(event: DeliveryEvent, listener: Listener<unknown>): void {
    this.direct = null;
    this.#listeners(event).add(listener);
  }

  removeListener(event: DeliveryEvent, listener: Listener<unknown>): void {
    this.direct = null;
    this.#listeners(event).remove(listener);
  }

  #listeners(event: DeliveryEvent): Listeners<unknown> {
    switch (event) {
      case 'message':
        this.#messageListeners ??= new Listeners();
        return this.#messageListeners;
      case 'close':
        this.#closeListeners ??= new Listeners();
        return this.#closeListeners;
      case 'ping':
        this.#pingListeners ??= new Listeners();
        return this.#pingListeners;
      case 'pong':
        this.#pongListeners ??= new Listeners();
        return this.#pongListeners;
    }
  }

  /** Messages from the time before the first listener go to it, in a tick of their own. */
  drainLater(): void {
    if (this.#inbox === null || this.#inbox.size === 0 || this.#drainScheduled) return;
    this.#drainScheduled = true;
    process.nextTick(() => this.#drain(this.inbox));
  }

  #drain(inbox: Inbox): void {
    this.#drainScheduled = false;
    while (this.#messageListeners !== null && this.#messageListeners.size > 0) {
      const message = inbox.take();
      if (message === undefined) return;
      this.#messageListeners.call(message);
    }
  }

  // Face

  text(text: string): void {
    this.#deliver(text);
  }

  binary(bytes: Buffer): void {
    this.#deliver(bytes);
  }

  #deliver(message: Message): void {
    const listeners = this.#messageListeners;
    const isWanted = listeners !== null && listeners.size > 0 && (this.#inbox === null || this.#inbox.isIdle);
    if (!isWanted) return this.#queue(message);
    // While there is a listener nothing new enters the queue, so it stays so until the listeners change.
    this.direct = listeners.only;
    listeners.call(message);
  }

  #queue(message: Message): void {
    this.#streams?.whole();
    this.inbox.put(message);
  }

  /** Who has a listener reads no streams. */
  tooLong(): boolean {
    return !this.hasMessageListener && this.streams.tooLong();
  }

  ping(payload: Buffer): void {
    this.#pingListeners?.call(payload);
  }

  pong(payload: Buffer): void {
    this.#pings?.pong(payload);
    this.#pongListeners?.call(payload);
  }

  closing(): void {
    this.outbox?.stop();
  }

  closed(report: CloseReport): void {
    this.#pings?.reject(closedError('ping', report));
    this.#inbox?.close();
    this.outbox?.stop();
    this.#streams?.end(closedError('readStream', report));
    this.#closed?.resolve(report);
    this.#closeListeners?.call(report);
  }
}

/** The error for what cannot be done any more; `report` if the connection has ended. */
export function closedError(what: string, report: CloseReport | undefined, url?: string): ConnectionError {
  const state = report === undefined ? 'closing' : `closed with ${report.code}`;
  return new ConnectionError('WS_CLOSED', `${what}: the connection is ${state}`, { url, cause: report?.error });
}
