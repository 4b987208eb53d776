/**
 * The prototype for an event class of ours that the platform has a class of the same name for. It behaves as `Event.prototype`, and
 * our events are instances of the platform's class, too.
 *
 * To derive from that class would be simpler, but to touch it loads a library: with Node 24 it takes 37 ms and 16 MB. The question
 * `event instanceof MessageEvent` touches it anyway, and before it comes to our prototype: so this answers with the class if it is
 * there, and never makes it come.
 *
 * @param own The prototype that it is the prototype of.
 */
export function platformPrototype(name: string, own: object): object {
  return new Proxy(Event.prototype, {
    getPrototypeOf() {
      const value: unknown = Object.getOwnPropertyDescriptor(globalThis, name)?.value;
      const prototype: unknown = typeof value === 'function' ? value.prototype : undefined;
      // A program may have made our own class the global one, or a class that builds on ours.
      const isOurs = prototype === own || Object.prototype.isPrototypeOf.call(own, prototype as object);
      const isApart = !isOurs && prototype instanceof Event;
      return isApart ? prototype : Event.prototype;
    },
  });
}
