import { HandshakeError, quote } from './error.js';
import { isFieldValue, isToken, trimSpace } from './grammar.js';

/**
 * Headers as a caller gives them: an object, or pairs (an array of pairs, a Map, a `Headers`). An array as value,
 * or the same name in several pairs, gives several field lines. In an object two names that differ in case only are
 * refused.
 */
export type HeadersOption =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [string, string | readonly string[]]>;

/** The field lines of one name. */
export interface Field {
  readonly name: string;
  readonly values: readonly string[];
}

/** Fields by their name in lower case. */
export type Fields = ReadonlyMap<string, Field>;

/** The names that carry the handshake itself and those that would give it a body: they are not the caller's to set. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'sec-websocket-accept',
  'content-length',
  'transfer-encoding',
]);

/** Names of which a server takes one line only (RFC 9112 3.2, RFC 6454 7.3, RFC 9110 11.6.2). */
const SINGLE: ReadonlySet<string> = new Set(['host', 'origin', 'authorization']);

const NONE: Fields = new Map();

/**
 * Checks and collects the caller's headers, in their order.
 *
 * @throws HandshakeError `WS_HANDSHAKE_HEADER`, which names the header and what is allowed
 */
export function readHeaders(option?: HeadersOption, reserved: ReadonlySet<string> = RESERVED): Fields {
  if (option === undefined) return NONE;
  const fields = new Map<string, Field>();
  const { pairs, repeatable } = pairsOf(option);
  for (const [name, value] of pairs) {
    checkName(name, reserved);
    const key = name.toLowerCase();
    const known = fields.get(key);
    if (known && !repeatable) throw refused('header-twice', name, `is given twice, also as ${quote(known.name)}`, name);
    const values = (Array.isArray(value) ? value : [value]).map((one) => checkValue(name, one));
    fields.set(key, { name: known?.name ?? name, values: [...(known?.values ?? []), ...values] });
  }
  for (const key of SINGLE) {
    const field = fields.get(key);
    if (field && field.values.length !== 1) {
      throw refused('header-single', field.name, `needs exactly one value, not ${field.values.length}`, field.name);
    }
  }
  return fields;
}

/** The option may come from JavaScript: what is no pair is named as such. */
function pairsOf(option: unknown): { pairs: (readonly [string, unknown])[]; repeatable: boolean } {
  if (typeof option !== 'object' || option === null) {
    throw new HandshakeError('WS_HANDSHAKE_HEADER', `headers must be an object or pairs, not ${String(option)}`, {
      rule: 'headers-type',
      section: 'decision of this project',
      value: String(option),
    });
  }
  if (!(Symbol.iterator in option)) return { pairs: Object.entries(option), repeatable: false };
  const pairs = [...(option as Iterable<unknown>)].map((pair): readonly [string, unknown] => {
    if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string') return [pair[0], pair[1]];
    throw refused('headers-type', String(pair), 'is no pair of a name and a value', String(pair));
  });
  return { pairs, repeatable: true };
}

function checkName(name: string, reserved: ReadonlySet<string>): void {
  if (!isToken(name)) {
    throw refused(
      'header-name',
      name,
      "is no header name; allowed are letters, digits and !#$%&'*+-.^_`|~",
      name,
      'RFC 9110 5.1',
    );
  }
  if (reserved.has(name.toLowerCase())) {
    throw refused('header-reserved', name, 'belongs to the handshake and cannot be set', name);
  }
}

/** A field value without the spaces around it. @throws HandshakeError `WS_HANDSHAKE_HEADER` for what no line may have */
export function checkValue(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw refused(
      'header-value-type',
      name,
      `must be a string, not ${value === null ? 'null' : typeof value}`,
      String(value),
    );
  }
  const trimmed = trimSpace(value);
  if (isFieldValue(trimmed)) return trimmed;
  // The character alone: the value may be a password or a token, and errors end up in logs.
  const at = [...trimmed].findIndex((char) => !isFieldValue(char));
  const code = `U+${Number(trimmed.codePointAt(at)).toString(16).toUpperCase().padStart(4, '0')}`;
  const problem = `has ${code} at character ${at}; allowed are HTAB and U+0020 to U+00FF without U+007F`;
  throw refused('header-value', name, problem, code, 'RFC 9110 5.5');
}

function refused(
  rule: string,
  name: string,
  problem: string,
  value: string,
  section = 'decision of this project',
): HandshakeError {
  return new HandshakeError('WS_HANDSHAKE_HEADER', `The header ${quote(name)} ${problem}`, { rule, section, value });
}

/**
 * A head as text: ours first, each with the caller's values where the caller gave the same name, then the caller's
 * others. One character is one byte (latin1).
 *
 * @param own Start line and field lines, joined by CRLF. As a text, it needs no lists where the caller gave none, as most do.
 */
export function formatHead(own: string, given: Fields): string {
  return given.size === 0 ? `${own}\r\n\r\n` : [...mergedLines(own.split('\r\n'), given), '', ''].join('\r\n');
}

function mergedLines([startLine = '', ...own]: readonly string[], given: Fields): string[] {
  const fields = new Map<string, Field>();
  for (const line of own) {
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon);
    fields.set(name.toLowerCase(), { name, values: [line.slice(colon + 2)] });
  }
  for (const [key, { name, values }] of given) fields.set(key, { name: fields.get(key)?.name ?? name, values });
  return [startLine, ...[...fields.values()].flatMap(({ name, values }) => values.map((value) => `${name}: ${value}`))];
}
