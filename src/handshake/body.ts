import { malformed, quote } from './error.js';
import { isToken, parseList, trimSpace } from './grammar.js';
import { parseFieldLine } from './head.js';
import type { HandshakeHeaders } from './headers.js';
import type { HeadLimits } from './limits.js';
import { ByteBuffer, LineReader, type LineRoom } from './line.js';

/**
 * How the end of a body is found (RFC 9112 6.3): after so many bytes (Infinity: at the end of the stream), or in
 * chunks.
 */
export type Framing = { readonly chunked: false; readonly bytes: number } | { readonly chunked: true };

/** The body of a refused upgrade while it arrives. */
export interface BodyReader {
  readonly complete: boolean;
  /** Whether bytes are missing: cut off at `maxBodyBytes`, or the stream ended too early. */
  readonly truncated: boolean;
  /** Takes bytes; returns the index of the first byte not taken. */
  push(view: Buffer, from: number): number;
  /** The stream has ended. */
  end(): void;
  body(): Buffer;
}

/**
 * The framing of a response that is not 101, in the order of RFC 9112 6.3.
 *
 * @throws HandshakeError `WS_HANDSHAKE_MALFORMED` where two readers could disagree about the length
 */
export function framingOf(status: number, httpVersion: string, headers: HandshakeHeaders): Framing {
  if (status === 204 || status === 304) return { chunked: false, bytes: 0 };
  const codings = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (codings !== null) {
    if (length !== null) {
      const problem = 'The response has Content-Length and Transfer-Encoding, of which only one can be right';
      throw malformed('content-length-and-transfer-encoding', 'RFC 9112 6.3', problem, `${length}; ${codings}`);
    }
    return codingFraming(codings, httpVersion);
  }
  return { chunked: false, bytes: length === null ? Number.POSITIVE_INFINITY : parseContentLength(length) };
}

/** A coding after chunked, or none of them chunked: the body ends with the stream (RFC 9112 6.3, item 4). */
function codingFraming(codings: string, httpVersion: string): Framing {
  const names = parseList(codings).map((coding) => coding.toLowerCase());
  const chunked = names.indexOf('chunked');
  const again = chunked !== -1 && names.includes('chunked', chunked + 1);
  if (httpVersion === '1.0' || again || names.length === 0 || !names.every(isToken)) {
    throw malformed('transfer-encoding', 'RFC 9112 6.1', `Transfer-Encoding ${quote(codings)} cannot be used`, codings);
  }
  if (names.at(-1) === 'chunked') return { chunked: true };
  return { chunked: false, bytes: Number.POSITIVE_INFINITY };
}

/** Content-Length = 1*DIGIT; the same number several times counts once (RFC 9112 6.3, item 5). */
function parseContentLength(value: string): number {
  const [first, ...more] = value.split(',').map(trimSpace);
  if (first !== undefined && /^[0-9]+$/.test(first) && more.every((part) => part === first)) return Number(first);
  throw malformed('content-length', 'RFC 9112 6.3', `Content-Length ${quote(value)} is not one number`, value);
}

export function readBody(framing: Framing, limits: HeadLimits): BodyReader {
  return framing.chunked ? new ChunkedBody(limits) : new CountedBody(framing.bytes, limits);
}

/** What both kinds of body share: the bytes kept, and the end at `maxBodyBytes`. */
abstract class Body {
  readonly #bytes = new ByteBuffer();
  readonly #max: number;
  complete = false;
  truncated = false;

  constructor(limits: HeadLimits) {
    this.#max = limits.maxBodyBytes;
  }

  protected get full(): boolean {
    return this.#bytes.length === this.#max;
  }

  /** Keeps what fits of up to `count` bytes; returns how many that were. */
  protected keep(view: Buffer, from: number, count: number): number {
    const kept = Math.min(count, view.length - from, this.#max - this.#bytes.length);
    this.#bytes.append(view, from, from + kept);
    return kept;
  }

  protected finish(truncated: boolean): void {
    this.complete = true;
    this.truncated = truncated;
  }

  body(): Buffer {
    return this.#bytes.toBuffer();
  }
}

/** A body of Content-Length, or one that ends with the stream. */
class CountedBody extends Body implements BodyReader {
  #left: number;

  constructor(bytes: number, limits: HeadLimits) {
    super(limits);
    this.#left = bytes;
    this.#settle(false);
  }

  push(view: Buffer, from: number): number {
    const at = from + this.keep(view, from, this.#left);
    this.#left -= at - from;
    this.#settle(at < view.length);
    return at;
  }

  end(): void {
    if (!this.complete) this.finish(this.#left !== Number.POSITIVE_INFINITY);
  }

  /** Without a length the body is known to be cut only when a byte comes that does not fit. */
  #settle(more: boolean): void {
    if (this.#left === 0) this.finish(false);
    else if (this.full && (more || this.#left !== Number.POSITIVE_INFINITY)) this.finish(true);
  }
}

// Hex digits of a chunk size and CRLF. What a chunk line has beyond that, and trailers, count against maxHeadBytes.
const SIZE_LINE_BYTES = 18;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

/** chunked-body (RFC 9112 7.1). Extensions and trailers are read and dropped. */
class ChunkedBody extends Body implements BodyReader {
  readonly #lines = new LineReader();
  readonly #limits: HeadLimits;
  #state: 'size' | 'data' | 'data-end' | 'trailer' = 'size';
  #left = 0;
  #endBytes = 0;
  #overheadLeft: number;

  constructor(limits: HeadLimits) {
    super(limits);
    this.#limits = limits;
    this.#overheadLeft = limits.maxHeadBytes;
  }

  push(view: Buffer, from: number): number {
    let at = from;
    while (!this.complete && at < view.length) {
      if (this.#state === 'data') at = this.#data(view, at);
      else if (this.#state === 'data-end') at = this.#dataEnd(view, at);
      else at = this.#line(view, at);
    }
    return at;
  }

  end(): void {
    if (!this.complete) this.finish(true);
  }

  #data(view: Buffer, from: number): number {
    const kept = this.keep(view, from, this.#left);
    this.#left -= kept;
    if (this.#left === 0) this.#state = 'data-end';
    else if (this.full) this.finish(true);
    return from + kept;
  }

  #dataEnd(view: Buffer, from: number): number {
    if (view[from] !== (this.#endBytes === 0 ? 0x0d : 0x0a)) {
      const byte = view.toString('latin1', from, from + 1);
      throw malformed('chunk-end', 'RFC 9112 7.1', `A chunk ends with ${quote(byte)} instead of CRLF`, byte);
    }
    this.#endBytes = (this.#endBytes + 1) % 2;
    if (this.#endBytes === 0) this.#state = 'size';
    return from + 1;
  }

  #line(view: Buffer, from: number): number {
    const at = this.#lines.push(view, from, this.#room());
    const line = this.#lines.line;
    if (line === null) return at;
    if (this.#state === 'size') this.#size(line);
    else this.#trailer(line);
    return at;
  }

  #room(): LineRoom {
    const { maxLineBytes, maxHeadBytes } = this.#limits;
    const left = this.#overheadLeft + SIZE_LINE_BYTES;
    return maxLineBytes <= left
      ? { limit: 'maxLineBytes', bytes: maxLineBytes, value: maxLineBytes }
      : { limit: 'maxHeadBytes', bytes: left, value: maxHeadBytes };
  }

  #size(line: string): void {
    const digits = CHUNK_SIZE.exec(line)?.[1];
    if (digits === undefined)
      throw malformed('chunk-size', 'RFC 9112 7.1', `The chunk size ${quote(line)} is no hex number`, line);
    this.#overheadLeft -= Math.max(0, line.length + 2 - SIZE_LINE_BYTES);
    this.#left = Number.parseInt(digits, 16);
    if (this.#left === 0) this.#state = 'trailer';
    else if (this.full) this.finish(true);
    else this.#state = 'data';
  }

  #trailer(line: string): void {
    if (line === '') {
      this.finish(false);
    } else {
      parseFieldLine(line);
      this.#overheadLeft -= line.length + 2;
    }
  }
}
