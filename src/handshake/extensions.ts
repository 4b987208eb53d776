import { HandshakeError, quote } from './error.js';
import { isToken, Scanner } from './grammar.js';

/** One parameter of an extension; the value is null when there is no "=". */
export interface ExtensionParam {
  readonly name: string;
  readonly value: string | null;
}

/** One element of Sec-WebSocket-Extensions: an offer in a request, an accepted extension in a response. */
export interface Extension {
  readonly name: string;
  /** In their order, those that occur twice included: what that means is up to the extension. */
  readonly params: readonly ExtensionParam[];
}

/**
 * Parses the value of Sec-WebSocket-Extensions, or of several such field lines (RFC 6455 9.1):
 *
 *     extension-list  = 1#extension
 *     extension       = token *( ";" extension-param )
 *     extension-param = token [ "=" ( token | quoted-string ) ]   ; unquoted, it MUST be a token, too
 *
 * Spaces may stand between any two of them, as RFC 2616 2.1 implies, and empty elements are ignored.
 *
 * @throws HandshakeError `WS_HANDSHAKE_EXTENSIONS`: a value that does not conform MUST fail the connection
 * @example
 * parseExtensions('permessage-deflate; server_max_window_bits="10"');
 * // [{ name: 'permessage-deflate', params: [{ name: 'server_max_window_bits', value: '10' }] }]
 */
export function parseExtensions(values: string | readonly string[]): Extension[] {
  const scanner = new Scanner(typeof values === 'string' ? values : values.join(','));
  const extensions: Extension[] = [];
  do {
    scanner.skipSpace();
    if (scanner.done || scanner.text[scanner.at] === ',') continue;
    extensions.push(parseExtension(scanner));
    if (!scanner.done && scanner.text[scanner.at] !== ',') throw misplaced(scanner, 'a ";" or a ","');
  } while (scanner.accept(','));
  if (extensions.length === 0) throw misplaced(scanner, 'the name of an extension');
  return extensions;
}

/** Of so many texts, none longer than that, the extensions are kept. */
const MAX_SHARED = 16;
const MAX_SHARED_LENGTH = 256;
const shared = new Map<string, readonly Extension[]>();

/**
 * The same as {@link parseExtensions}, of one field line. Connections that say the same share what it means, so nobody may change it: a
 * program has one or two ways to say it, and every connection keeps what it has heard.
 */
export function sharedExtensions(text: string): readonly Extension[] {
  const known = shared.get(text);
  if (known !== undefined) return known;
  const extensions = Object.freeze(parseExtensions(text).map(frozen));
  if (text.length > MAX_SHARED_LENGTH) return extensions;
  if (shared.size >= MAX_SHARED) shared.clear();
  shared.set(text, extensions);
  return extensions;
}

const frozen = ({ name, params }: Extension): Extension =>
  Object.freeze({ name, params: Object.freeze(params.map((param) => Object.freeze(param))) });

function parseExtension(scanner: Scanner): Extension {
  const name = scanner.token();
  if (name === null) throw misplaced(scanner, 'the name of an extension');
  const params: ExtensionParam[] = [];
  scanner.skipSpace();
  while (scanner.accept(';')) {
    scanner.skipSpace();
    params.push(parseParam(scanner));
    scanner.skipSpace();
  }
  return { name, params };
}

function parseParam(scanner: Scanner): ExtensionParam {
  const name = scanner.token();
  if (name === null) throw misplaced(scanner, 'the name of a parameter');
  scanner.skipSpace();
  if (!scanner.accept('=')) return { name, value: null };
  scanner.skipSpace();
  const value = scanner.token() ?? scanner.quotedString();
  if (value === null) throw misplaced(scanner, 'the value of a parameter');
  if (!isToken(value)) throw misplaced(scanner, 'a quoted value that is a token without its quotes');
  return { name, value };
}

function misplaced(scanner: Scanner, expected: string): HandshakeError {
  const { text, at } = scanner;
  const message = `Sec-WebSocket-Extensions ${quote(text)} lacks ${expected} at character ${at}`;
  const facts = { rule: 'extension-grammar', section: 'RFC 6455 9.1', value: text };
  return new HandshakeError('WS_HANDSHAKE_EXTENSIONS', message, facts);
}

/**
 * The value of Sec-WebSocket-Extensions for these extensions (RFC 6455 9.1).
 *
 * @throws HandshakeError `WS_HANDSHAKE_OPTION` when a name or value is no token
 */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions.map(formatExtension).join(', ');
}

function formatExtension({ name, params }: Extension): string {
  const parts = [checkToken(name)];
  for (const param of params) {
    const value = param.value === null ? '' : `=${checkToken(param.value)}`;
    parts.push(checkToken(param.name) + value);
  }
  return parts.join('; ');
}

function checkToken(text: string): string {
  if (isToken(text)) return text;
  const facts = { rule: 'extension-token', section: 'RFC 6455 9.1', value: text };
  throw new HandshakeError('WS_HANDSHAKE_OPTION', `${quote(text)} in an extension is no token`, facts);
}
