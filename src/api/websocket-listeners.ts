import { type ListenerLike, type ListenOptions, MessageListeners } from './message-listeners.js';

/** What the value of an event handler attribute stands behind. */
interface Handler {
  value: unknown;
  readonly listener: (event: Event) => void;
}

const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;

/**
 * The listeners of an EventTarget and its event handler attributes. Those of 'message' are kept here, because Node's way to them costs
 * more than everything else together; the others are Node's.
 */
export class WebSocketListeners {
  readonly messages: MessageListeners = new MessageListeners();
  readonly #target: EventTarget;
  readonly #handlers: Map<string, Handler> = new Map();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** Adds a listener (DOM 2.7). @throws TypeError for what is none. */
  add(type: string, listener: ListenerLike | null, options: boolean | ListenOptions): void {
    if (listener === null || listener === undefined) return;
    if (type === 'message') this.messages.add(listener, options);
    else addEventListener.call(this.#target, type, listener as () => void, options);
  }

  remove(type: string, listener: ListenerLike | null, options: boolean | ListenOptions): void {
    if (listener === null || listener === undefined) return;
    if (type === 'message') this.messages.remove(listener, options);
    else removeEventListener.call(this.#target, type, listener as () => void, options);
  }

  /** Dispatches an event that somebody else has made; says whether nobody has canceled it. */
  dispatch(event: Event): boolean {
    const target = this.#target;
    if (event?.type !== 'message') return dispatchEvent.call(target, event);
    // For the time of this dispatch the listeners are Node's: its events can be dispatched by nobody else.
    const { messages } = this;
    const listeners = messages.entries.map((entry) => (): void => messages.call(entry, target, event));
    for (const listener of listeners) addEventListener.call(target, 'message', listener);
    try {
      return dispatchEvent.call(target, event);
    } finally {
      for (const listener of listeners) removeEventListener.call(target, 'message', listener);
    }
  }

  /** Fires an event of ours, which `isTrusted` says; not for 'message'. */
  fire(event: Event): void {
    dispatchEvent.call(this.#target, Object.defineProperty(event, 'isTrusted', { value: true, enumerable: true }));
  }

  /** The value of an event handler attribute; `null` if it is not set. */
  handler(type: string): unknown {
    return this.#handlers.get(type)?.value ?? null;
  }

  /**
   * Sets an event handler attribute (HTML 8.1.8.1): one that is set takes its place among the listeners, and keeps it when it is changed.
   * What is no object is `null`.
   */
  setHandler(type: string, value: unknown): void {
    const handlers = this.#handlers;
    const handler = handlers.get(type);
    const isSet = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isSet) {
      handlers.delete(type);
      if (handler !== undefined) this.remove(type, handler.listener as ListenerLike, {});
    } else if (handler !== undefined) {
      handler.value = value;
    } else {
      const made: Handler = { value, listener: (event) => this.#handle(made.value, event) };
      handlers.set(type, made);
      this.add(type, made.listener as ListenerLike, {});
    }
  }

  /** An object that is no function is kept as a handler, and not called. `false` cancels the event. */
  #handle(value: unknown, event: Event): void {
    if (typeof value === 'function' && value.call(this.#target, event) === false) event.preventDefault();
  }
}
