import { isToken } from './grammar.js';

/**
 * The header fields of a received head, in their order. Names are compared case-insensitively (RFC 9110 5.1); a
 * name such as `__proto__` is a name like any other.
 *
 * @example
 * headers.get('retry-after'); // '120', or null
 * for (const [name, value] of headers) console.log(`${name}: ${value}`);
 */
export class HandshakeHeaders implements Iterable<readonly [string, string]> {
  /** Name and value of every field line, as they were received; the values as latin1. */
  readonly raw: readonly (readonly [string, string])[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(raw: Iterable<readonly [string, string]> = []) {
    this.raw = [...raw];
    const values = new Map<string, string[]>();
    for (const [name, value] of this.raw) {
      const known = values.get(name.toLowerCase());
      if (known) known.push(value);
      else values.set(name.toLowerCase(), [value]);
    }
    this.#values = values;
  }

  /** How many field lines there are. */
  get size(): number {
    return this.raw.length;
  }

  /** Whether there is a field line of this name. */
  has(name: string): boolean {
    return this.#values.has(keyOf(name));
  }

  /**
   * All values of this name joined with `, ` (RFC 9110 5.3), or null when there is none. Use `getAll` for
   * Set-Cookie, which cannot be joined.
   */
  get(name: string): string | null {
    return this.#values.get(keyOf(name))?.join(', ') ?? null;
  }

  /** The value of each field line of this name, an empty array when there is none. */
  getAll(name: string): readonly string[] {
    return this.#values.get(keyOf(name)) ?? [];
  }

  [Symbol.iterator](): IterableIterator<readonly [string, string]> {
    return this.raw[Symbol.iterator]();
  }
}

/** A name that is no token is the name of no field, also where `toLowerCase` would map it to one (U+212A to "k"). */
function keyOf(name: string): string {
  return isToken(name) ? name.toLowerCase() : '';
}
