type Listener<Arguments extends unknown[]> = (...values: Arguments) => void;

/**
 * The listeners of one kind of event.
 *
 * A listener that throws neither stops the others nor what comes next: its error becomes an uncaught exception of its own,
 * as it is with the listeners of an EventTarget. The list is copied when it changes, so a listener may add and remove.
 */
export class Listeners<Arguments extends unknown[]> {
  #list: readonly Listener<Arguments>[] = [];

  get size(): number {
    return this.#list.length;
  }

  add(listener: Listener<Arguments>): void {
    this.#list = [...this.#list, listener];
  }

  remove(listener: Listener<Arguments>): void {
    const at = this.#list.indexOf(listener);
    if (at >= 0) this.#list = this.#list.toSpliced(at, 1);
  }

  call(...values: Arguments): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      try {
        (list[i] as Listener<Arguments>)(...values);
      } catch (error) {
        throwLater(error);
      }
    }
  }
}

/** Makes an error an uncaught exception of its own. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
