/*
 * The grammar of RFC 9110 5.5 and 5.6 as far as the handshake needs it. Everything here is linear in its input.
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TOKEN_PREFIX = /[!#$%&'*+\-.^_`|~0-9A-Za-z]*/y;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** token = 1*tchar (RFC 9110 5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The characters of field-value: HTAB, SP, VCHAR and obs-text, so no CR, LF, NUL or other control (RFC 9110 5.5). */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Removes OWS (SP and HTAB only, RFC 9110 5.6.3) from both ends. */
export function trimSpace(text: string): string {
  return trimmedSlice(text, 0, text.length);
}

/** A part of a text without the OWS at both of its ends. */
export function trimmedSlice(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The elements of a comma-separated list without quoted strings; empty elements are ignored (RFC 9110 5.6.1.2). */
export function parseList(value: string): string[] {
  if (!value.includes(',')) {
    const element = trimSpace(value);
    return element === '' ? [] : [element];
  }
  return value
    .split(',')
    .map(trimSpace)
    .filter((element) => element !== '');
}

/** 1#token (RFC 9110 5.6.1): the tokens, or null when there is none or an element is no token. */
export function parseTokenList(value: string): string[] | null {
  const elements = parseList(value);
  return elements.length > 0 && elements.every(isToken) ? elements : null;
}

/** ASCII case-insensitive equality. `toLowerCase` would also make U+212A (Kelvin sign) a "k". */
export function equalsIgnoringCase(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) {
    if (lowerCaseAt(a, at) !== lowerCaseAt(b, at)) return false;
  }
  return true;
}

/** Whether `lower`, a text in lower case, stands at an index of `text` in whatever case. */
export function isLowerAt(text: string, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i += 1) if (lowerCaseAt(text, at + i) !== lower.charCodeAt(i)) return false;
  return true;
}

function lowerCaseAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Reads one field value from left to right. */
export class Scanner {
  readonly text: string;
  /** Index of the next character. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at === this.text.length;
  }

  /** OWS (RFC 9110 5.6.3). */
  skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at += 1;
  }

  /** Steps over `char` if it is the next one. */
  accept(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  /** token (RFC 9110 5.6.2), or null when none stands here. */
  token(): string | null {
    TOKEN_PREFIX.lastIndex = this.at;
    const token = TOKEN_PREFIX.exec(this.text)?.[0];
    if (!token) return null;
    this.at += token.length;
    return token;
  }

  /**
   * quoted-string (RFC 9110 5.6.4) without its quotes and backslashes, or null when none stands here or it does not
   * end.
   */
  quotedString(): string | null {
    if (!this.accept('"')) return null;
    const parts: string[] = [];
    let from = this.at;
    for (; this.at < this.text.length; this.at += 1) {
      const char = this.text[this.at];
      if (char === '"') {
        parts.push(this.text.slice(from, this.at));
        this.at += 1;
        return parts.join('');
      }
      if (char === '\\') {
        parts.push(this.text.slice(from, this.at));
        this.at += 1;
        from = this.at;
      }
    }
    return null;
  }
}
