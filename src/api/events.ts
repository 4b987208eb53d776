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
  #list: readonly Listener<Value>[] = NONE;

  get size(): number {
    return this.#list.length;
  }

  /** The listener, if there is exactly one. */
  get only(): Listener<Value> | null {
    return this.#list.length === 1 ? (this.#list[0] as Listener<Value>) : null;
  }

  add(listener: Listener<Value>): void {
    this.#list = this.#list.length === 0 ? [listener] : [...this.#list, listener];
  }

  remove(listener: Listener<Value>): void {
    const at = this.#list.indexOf(listener);
    if (at >= 0) this.#list = this.#list.toSpliced(at, 1);
  }

  call(value: Value): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) callListener(list[i] as Listener<Value>, value);
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
