import { HandshakeError, malformed, quote } from './error.js';
import { isFieldValue, isToken, trimSpace } from './grammar.js';
import { HandshakeHeaders } from './headers.js';
import type { HeadLimits } from './limits.js';
import { LineReader, type LineRoom } from './line.js';

/**
 * Reads a head: start line, field lines, empty line (RFC 9112 2.1). Holds the limits, which a head and the heads
 * before it (interim responses) share.
 */
export class HeadReader {
  readonly #limits: HeadLimits;
  readonly #onStartLine: (line: string) => boolean;
  readonly #lines = new LineReader();
  #raw: (readonly [string, string])[] = [];
  #started = false;
  #bytesLeft: number;
  #headersLeft: number;
  /** Whether the empty line has been read. */
  complete = false;

  /**
   * @param onStartLine takes the start line at once, so that a peer of another protocol fails early; false: it was
   * none yet
   */
  constructor(limits: HeadLimits, onStartLine: (line: string) => boolean) {
    this.#limits = limits;
    this.#onStartLine = onStartLine;
    this.#bytesLeft = limits.maxHeadBytes;
    this.#headersLeft = limits.maxHeaders;
  }

  /** Takes bytes up to the end of the head; returns the index of the first byte not taken. */
  push(view: Buffer, from: number): number {
    let at = from;
    while (!this.complete && at < view.length) {
      at = this.#lines.push(view, at, this.#room());
      if (this.#lines.line !== null) this.#take(this.#lines.line);
    }
    return at;
  }

  headers(): HandshakeHeaders {
    return new HandshakeHeaders(this.#raw);
  }

  /** Makes ready for another head after an interim response; what it took from the limits stays taken. */
  next(): void {
    this.#raw = [];
    this.#started = false;
    this.complete = false;
  }

  /** What there is of the line under way, for the error of a stream that ended too early. */
  get rest(): string {
    return this.#lines.rest;
  }

  #room(): LineRoom {
    const { maxLineBytes } = this.#limits;
    return maxLineBytes <= this.#bytesLeft
      ? { limit: 'maxLineBytes', bytes: maxLineBytes, value: maxLineBytes }
      : { limit: 'maxHeadBytes', bytes: this.#bytesLeft, value: this.#limits.maxHeadBytes };
  }

  #take(line: string): void {
    this.#bytesLeft -= line.length + 2;
    if (!this.#started) {
      this.#started = this.#onStartLine(line);
    } else if (line === '') {
      this.complete = true;
    } else {
      this.#checkCount();
      this.#raw.push(parseFieldLine(line));
    }
  }

  #checkCount(): void {
    this.#headersLeft -= 1;
    if (this.#headersLeft >= 0) return;
    const limit = this.#limits.maxHeaders;
    throw new HandshakeError('WS_HANDSHAKE_LIMIT', `The head has more than ${limit} field lines (maxHeaders)`, {
      rule: 'maxHeaders',
      section: 'decision of this project',
      limit,
    });
  }
}

/** field-line = field-name ":" OWS field-value OWS (RFC 9112 5). */
export function parseFieldLine(line: string): readonly [string, string] {
  if (line.startsWith(' ') || line.startsWith('\t')) {
    throw malformed(
      'obs-fold',
      'RFC 9112 5.2',
      `The line ${quote(line)} starts with a space: folded lines are obsolete`,
      line,
    );
  }
  const colon = line.indexOf(':');
  if (colon === -1) {
    throw malformed('missing-colon', 'RFC 9112 5', `The line ${quote(line)} is no header field: it has no colon`, line);
  }
  const name = line.slice(0, colon);
  if (name.endsWith(' ') || name.endsWith('\t')) {
    throw malformed('space-before-colon', 'RFC 9112 5.1', `The line ${quote(line)} has a space before its colon`, line);
  }
  if (!isToken(name)) {
    throw malformed('field-name', 'RFC 9110 5.1', `The header name ${quote(name)} is no token`, name);
  }
  const value = trimSpace(line.slice(colon + 1));
  if (!isFieldValue(value)) {
    throw malformed(
      'field-value',
      'RFC 9110 5.5',
      `The header ${name} has a control character: ${quote(value)}`,
      value,
    );
  }
  return [name, value];
}

const HTTP_VERSION = /^HTTP\/([0-9])\.([0-9])$/;

/** HTTP-version (RFC 9112 2.3): the two digits, for HTTP/1.x alone. */
export function parseHttpVersion(text: string): string {
  const [, major, minor] = HTTP_VERSION.exec(text) ?? [];
  if (major === '1' && minor !== undefined) return `${major}.${minor}`;
  throw malformed('http-version', 'RFC 9112 2.3', `The head has ${quote(text)} where HTTP/1.1 must stand`, text);
}
