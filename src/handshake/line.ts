import { HandshakeError, malformed, quote } from './error.js';

const EMPTY = Buffer.alloc(0);

/** Bytes in one buffer that doubles: memory follows the bytes received, not the number of chunks they came in. */
export class ByteBuffer {
  #bytes: Buffer = EMPTY;
  length = 0;

  append(source: Buffer, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(128, length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.length);
      this.#bytes = grown;
    }
    source.copy(this.#bytes, this.length, from, to);
    this.length = length;
  }

  /** The bytes as latin1, which maps each byte to one character (RFC 9110 5.5: obs-text is opaque). */
  text(): string {
    return this.#bytes.toString('latin1', 0, this.length);
  }

  /** A copy of exactly the bytes received. */
  toBuffer(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.length));
  }
}

/** How many bytes a line may have, its CRLF included, and which limit says so. */
export interface LineRoom {
  readonly bytes: number;
  /** The name of the limit's option. */
  readonly limit: string;
  /** The value of the limit's option, of which `bytes` are left. */
  readonly value: number;
}

/**
 * Collects one line after the other. Each byte is searched once and copied at most once, however the bytes are cut.
 * The limit is judged by position alone, so the outcome does not depend on the cuts either.
 */
export class LineReader {
  #held = new ByteBuffer();
  /** The line just completed, without its CRLF; null while there is none. */
  line: string | null = null;

  /** Takes bytes up to the end of a line; returns the index of the first byte not taken. */
  push(view: Buffer, from: number, room: LineRoom): number {
    const lf = view.indexOf(0x0a, from);
    const to = lf === -1 ? view.length : lf + 1;
    const length = this.#held.length + to - from;
    // A line as long as the limit that has no end yet can only become longer.
    if (lf === -1 ? length >= room.bytes : length > room.bytes) throw tooLong(room);
    this.line = lf === -1 ? null : withoutEnd(this.#textUpTo(view, from, to));
    if (lf === -1) this.#held.append(view, from, to);
    else this.#held.length = 0;
    return to;
  }

  /** Most lines come in one piece and are never held. */
  #textUpTo(view: Buffer, from: number, to: number): string {
    if (this.#held.length === 0) return view.toString('latin1', from, to);
    this.#held.append(view, from, to);
    return this.#held.text();
  }

  /** The bytes of the line under way. */
  get rest(): string {
    return this.#held.text();
  }
}

function tooLong(room: LineRoom): HandshakeError {
  return new HandshakeError(
    'WS_HANDSHAKE_LIMIT',
    `The head is too long: ${room.limit} is ${room.value}. Raise it if a head of this size is expected`,
    { rule: room.limit, section: 'decision of this project', limit: room.value },
  );
}

/**
 * RFC 9112 2.2: a line ends with CRLF. A lone LF MAY be taken as an end, which is how requests are smuggled: it is
 * refused.
 */
function withoutEnd(text: string): string {
  const end = text.length - 2;
  const cr = text.indexOf('\r');
  const line = text.slice(0, -1);
  if (cr !== -1 && cr < end) {
    throw malformed('bare-cr', 'RFC 9112 2.2', `The line ${quote(line)} has a CR that no LF follows`, line);
  }
  if (cr !== end || end < 0) {
    throw malformed('bare-lf', 'RFC 9112 2.2', `The line ${quote(line)} ends with LF instead of CRLF`, line);
  }
  return text.slice(0, end);
}
