import { isLowerAt, isToken, trimmedSlice, trimSpace } from './grammar.js';

/**
 * The header fields of a received head, in their order. Names are compared case-insensitively (RFC 9110 5.1); a
 * name such as `__proto__` is a name like any other.
 *
 * @example
 * headers.get('retry-after'); // '120', or null
 * for (const [name, value] of headers) console.log(`${name}: ${value}`);
 */
export class HandshakeHeaders implements Iterable<readonly [string, string]> {
  /**
   * Name, value, name, value, ...; or one text, see {@link HandshakeHeaders.ofHead}. A connection keeps the head of its handshake, so it
   * is kept small; looking through the at most 100 lines of a head is quick.
   */
  #fields: readonly string[] | string;

  constructor(raw?: Iterable<readonly [string, string]>) {
    this.#fields = raw === undefined ? NONE : flat(raw);
  }

  /** From a whole head that was checked: start line, field lines and empty line, each ended by CRLF. */
  static ofHead(head: string): HandshakeHeaders {
    const headers = new HandshakeHeaders();
    headers.#fields = head;
    return headers;
  }

  /** Name and value of every field line, as they were received; the values as latin1. */
  get raw(): readonly (readonly [string, string])[] {
    return [...this];
  }

  /** How many field lines there are. */
  get size(): number {
    const fields = this.#fields;
    return typeof fields === 'string' ? countLines(fields) : fields.length / 2;
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
    const key = keyOf(name);
    if (key === null) return null;
    const fields = this.#fields;
    return typeof fields === 'string' ? valueInText(fields, key) : joined(valuesInList(fields, key));
  }

  /** The value of each field line of this name, an empty array when there is none. */
  getAll(name: string): readonly string[] {
    const key = keyOf(name);
    if (key === null) return NONE;
    const fields = this.#fields;
    return typeof fields === 'string' ? valuesInText(fields, key) : valuesInList(fields, key);
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, string]> {
    const fields = typeof this.#fields === 'string' ? fieldsOf(this.#fields) : this.#fields;
    for (let i = 0; i < fields.length; i += 2) yield [fields[i] as string, fields[i + 1] as string];
  }
}

const COLON = 0x3a;

const NONE: readonly string[] = Object.freeze([]);

const LOWER_TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/**
 * The name in lower case; null for one that is no token, as it is the name of no field, also where `toLowerCase` would map it to one
 * (U+212A to "k"). A name in lower case, as our own are, costs no copy.
 */
function keyOf(name: string): string | null {
  if (LOWER_TOKEN.test(name)) return name;
  return isToken(name) ? name.toLowerCase() : null;
}

function flat(raw: Iterable<readonly [string, string]>): string[] {
  const fields: string[] = [];
  for (const [name, value] of raw) fields.push(name, value);
  return fields;
}

function valuesInList(fields: readonly string[], key: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if ((fields[i] as string).toLowerCase() === key) values.push(fields[i + 1] as string);
  }
  return values;
}

const joined = (values: readonly string[]): string | null => (values.length === 0 ? null : values.join(', '));

/** Most names stand there once: their value needs no list. */
function valueInText(text: string, key: string): string | null {
  const colon = colonOf(text, key, 0);
  if (colon === -1) return null;
  const isOnly = colonOf(text, key, colon) === -1;
  return isOnly ? valueBehind(text, colon) : joined(valuesInText(text, key));
}

function valuesInText(text: string, key: string): readonly string[] {
  let colon = colonOf(text, key, 0);
  if (colon === -1) return NONE;
  const values: string[] = [];
  for (; colon !== -1; colon = colonOf(text, key, colon)) values.push(valueBehind(text, colon));
  return values;
}

/** The colon of the next field line of this name, -1 for none. A name stands between a LF and a colon, and a LF is in no value. */
function colonOf(text: string, key: string, from: number): number {
  for (let lf = text.indexOf('\n', from); lf !== -1; lf = text.indexOf('\n', lf + 1)) {
    const colon = lf + 1 + key.length;
    if (text.charCodeAt(colon) === COLON && isLowerAt(text, lf + 1, key)) return colon;
  }
  return -1;
}

const valueBehind = (text: string, colon: number): string => trimmedSlice(text, colon + 1, text.indexOf('\r\n', colon));

/** All lines but the first and the empty one. */
function countLines(head: string): number {
  let count = -2;
  for (let at = head.indexOf('\r\n'); at !== -1; at = head.indexOf('\r\n', at + 2)) count++;
  return count;
}

function fieldsOf(head: string): string[] {
  const fields: string[] = [];
  for (const line of head.split('\r\n').slice(1, -2)) {
    const colon = line.indexOf(':');
    fields.push(line.slice(0, colon), trimSpace(line.slice(colon + 1)));
  }
  return fields;
}
