/** What is called with the value of an event. */
export type Listener<Value> = (value: Value) => void;

const NONE: readonly never[] = [];

/**
 * The listeners of one kind of event.
 *
 * A listener that throws neither stops the others nor what comes next: its error becomes an uncaught exception of its own,
 * as it is with the listeners of an EventTarget. The list is copied when it changes, so a listener may add and remove.
 */
export class Listeners<Value> {
  /** One needs no list: most events of most connections have no second. */
  #listeners: Listener<Value> | readonly Listener<Value>[] = NONE;

  get size(): number {
    return typeof this.#listeners === 'function' ? 1 : this.#listeners.length;
  }

  /** The listener, if there is exactly one. */
  get only(): Listener<Value> | null {
    return typeof this.#listeners === 'function' ? this.#listeners : null;
  }

  add(listener: Listener<Value>): void {
    const list = this.#list;
    this.#listeners = list.length === 0 ? listener : [...list, listener];
  }

  remove(listener: Listener<Value>): void {
    const list = this.#list;
    const at = list.indexOf(listener);
    if (at < 0) return;
    const left = list.toSpliced(at, 1);
    this.#listeners = left.length === 1 ? (left[0] as Listener<Value>) : left;
  }

  call(value: Value): void {
    const listeners = this.#listeners;
    if (typeof listeners === 'function') callListener(listeners, value);
    else for (let i = 0; i < listeners.length; i++) callListener(listeners[i] as Listener<Value>, value);
  }

  get #list(): readonly Listener<Value>[] {
    return typeof this.#listeners === 'function' ? [this.#listeners] : this.#listeners;
  }
}

/** Calls a listener; what it throws becomes an uncaught exception of its own. */
export function callListener<Value>(listener: Listener<Value>, value: Value): void {
  try {
    listener(value);
  } catch (error) {
    throwLater(error);
  }
}

/** Makes an error an uncaught exception of its own. Not by nextTick: Node's reading trips over exceptions there, see read-switch.ts. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
