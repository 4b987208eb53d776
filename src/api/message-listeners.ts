import { throwLater } from './events.js';

/** A listener as `addEventListener` takes it. */
export type ListenerLike = ((event: never) => unknown) | { handleEvent(event: never): unknown };

/** One listener. */
export interface Entry {
  readonly callback: ListenerLike;
  readonly capture: boolean;
  readonly once: boolean;
  /** It was removed, which also holds for a dispatch that is under way. */
  removed: boolean;
}

/** The options of `addEventListener`. */
export interface ListenOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: AbortSignal;
}

const NONE: readonly Entry[] = [];

/**
 * The listeners of 'message', in the order in which they are called: DOM 2.9 with its capturing listeners first.
 *
 * The list is copied when it changes, so a dispatch goes on with the one it has begun with.
 */
export class MessageListeners {
  entries: readonly Entry[] = NONE;

  /** @throws TypeError for a listener that is neither function nor object, and a signal that is none. */
  add(callback: ListenerLike, options: boolean | ListenOptions): void {
    if (typeof callback !== 'function' && typeof callback !== 'object') {
      throw new TypeError(`addEventListener: ${typeof callback} given as listener, a function or an object is allowed`);
    }
    const { capture, once, signal } = flatten(options);
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new TypeError('addEventListener: option signal: an AbortSignal is allowed');
    }
    if (signal?.aborted || this.#find(callback, capture) !== undefined) return;
    const entry: Entry = { callback, capture, once, removed: false };
    const at = capture ? this.entries.filter((other) => other.capture).length : this.entries.length;
    this.entries = this.entries.toSpliced(at, 0, entry);
    signal?.addEventListener('abort', () => this.#drop(entry), { once: true });
  }

  remove(callback: ListenerLike, options: boolean | ListenOptions): void {
    const entry = this.#find(callback, flatten(options).capture);
    if (entry !== undefined) this.#drop(entry);
  }

  /** Calls one listener, unless it has been removed. What it throws is thrown. */
  call(entry: Entry, target: object, event: object): void {
    if (entry.removed) return;
    if (entry.once) this.#drop(entry);
    const { callback } = entry;
    if (typeof callback === 'function') callback.call(target, event as never);
    else callback.handleEvent(event as never);
  }

  /** Calls one listener; what it throws becomes an uncaught exception, and does not stop the next one. */
  callSafely(entry: Entry, target: object, event: object): void {
    try {
      this.call(entry, target, event);
    } catch (error) {
      throwLater(error);
    }
  }

  #find(callback: ListenerLike, capture: boolean): Entry | undefined {
    return this.entries.find((entry) => entry.callback === callback && entry.capture === capture);
  }

  #drop(entry: Entry): void {
    entry.removed = true;
    this.entries = this.entries.filter((other) => other !== entry);
  }
}

function flatten(options: boolean | ListenOptions): {
  capture: boolean;
  once: boolean;
  signal: AbortSignal | undefined;
} {
  if (typeof options !== 'object' || options === null) {
    return { capture: Boolean(options), once: false, signal: undefined };
  }
  return { capture: Boolean(options.capture), once: Boolean(options.once), signal: options.signal };
}
