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
  /** Name, value, name, value, ... A connection keeps the head of its handshake, so it is kept small; looking through the at most 100 lines of a head is quick. */
  readonly #fields: readonly string[];

  constructor(raw: Iterable<readonly [string, string]> = []) {
    const fields: string[] = [];
    for (const [name, value] of raw) fields.push(name, value);
    this.#fields = fields;
  }

  /** Name and value of every field line, as they were received; the values as latin1. */
  get raw(): readonly (readonly [string, string])[] {
    return [...this];
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#fields.length / 2;
  }

  /** Whether there is a field line of this name. */
  has(name: string): boolean {
    return this.getAll(name).length > 0;
  }

  /**
   * All values of this name joined with `, ` (RFC 9110 5.3), or null when there is none. Use `getAll` for
   * Set-Cookie, which cannot be joined.
   */
  get(name: string): string | null {
    const values = this.getAll(name);
    return values.length === 0 ? null : values.join(', ');
  }

  /** The value of each field line of this name, an empty array when there is none. */
  getAll(name: string): readonly string[] {
    const key = keyOf(name);
    const values: string[] = [];
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i += 2) {
      if ((fields[i] as string).toLowerCase() === key) values.push(fields[i + 1] as string);
    }
    return values;
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, string]> {
    const fields = this.#fields;
    for (let i = 0; i < fields.length; i += 2) yield [fields[i] as string, fields[i + 1] as string];
  }
}

/** A name that is no token is the name of no field, also where `toLowerCase` would map it to one (U+212A to "k"). */
function keyOf(name: string): string {
  return isToken(name) ? name.toLowerCase() : '';
}
