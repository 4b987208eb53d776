import { type BodyReader, framingOf, readBody } from './body.js';
import { HandshakeError, malformed, quote } from './error.js';
import { isFieldValue } from './grammar.js';
import { HeadReader, parseHttpVersion } from './head.js';
import type { Response, ResponseHead } from './http-message.js';
import { type HeadLimits, limitsOf } from './limits.js';
import { readSwitching } from './switching.js';

type StatusLine = Omit<ResponseHead, 'headers'>;

const NO_STATUS_LINE: StatusLine = { httpVersion: '', status: 0, reason: '' };

/**
 * Reads the response as it arrives. It takes exactly the head of a 101, as what follows are frames; a refused
 * upgrade it takes with its body. Interim responses (100, 103, ...) are skipped (RFC 9110 15.2). Linear in the
 * bytes, with flat memory at the limits, and the outcome does not depend on how the bytes are cut. After a fault
 * each further call throws the same error.
 *
 * @example
 * const parser = new ResponseParser();
 * const used = parser.push(chunk);
 * if (parser.response) checkResponse(parser.response, { key, protocols: [], offeredExtensions: [] });
 */
export class ResponseParser {
  readonly #limits: HeadLimits;
  /** Made for what {@link readSwitching} does not take, which is all there is to read in most handshakes. */
  #reader: HeadReader | null = null;
  readonly #toConnect: boolean;
  #statusLine: StatusLine = NO_STATUS_LINE;
  #head: ResponseHead | null = null;
  #body: BodyReader | null = null;
  #response: Response | null = null;
  #failure: unknown = null;

  /**
   * @param method of the request; default `GET`. A 2xx to `CONNECT` has no body: what follows is the tunnel (RFC 9112
   * 6.3, item 2).
   * @throws HandshakeError `WS_HANDSHAKE_OPTION` for a limit that is no whole number
   */
  constructor(limits?: Partial<HeadLimits>, method: 'GET' | 'CONNECT' = 'GET') {
    this.#limits = limitsOf(limits);
    this.#toConnect = method === 'CONNECT';
  }

  /** The head of the final response as soon as it is complete, else null. */
  get head(): ResponseHead | null {
    return this.#head;
  }

  /** The response as soon as it is complete, else null. */
  get response(): Response | null {
    return this.#response;
  }

  /**
   * Takes bytes; returns the index of the first byte not taken, which is `end` while more is needed.
   *
   * @throws HandshakeError `WS_HANDSHAKE_MALFORMED` or `WS_HANDSHAKE_LIMIT`
   */
  push(chunk: Uint8Array, start = 0, end: number = chunk.length): number {
    if (this.#failure !== null) throw this.#failure;
    if (this.#response) return start;
    const switching = this.#reader === null ? readSwitching(bufferOf(chunk), start, end, this.#limits) : null;
    if (switching !== null) {
      this.#head = this.#response = switching.response;
      return switching.end;
    }
    try {
      return start + this.#take(Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start));
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * The server has ended the stream: the end of a body without length. A body that ends too early is kept and marked.
   *
   * @throws HandshakeError `WS_HANDSHAKE_TRUNCATED` when the head is not complete
   */
  end(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#response) return;
    if (!this.#head || !this.#body) throw this.#fail(truncated(this.#reader?.rest ?? ''));
    this.#body.end();
    this.#finish(this.#head, this.#body);
  }

  #take(view: Buffer): number {
    this.#reader ??= new HeadReader(this.#limits, (line) => {
      this.#statusLine = parseStatusLine(line);
      return true;
    });
    let at = 0;
    while (!this.#head && at < view.length) {
      at = this.#reader.push(view, at);
      if (this.#reader.complete) this.#takeHead(this.#reader);
    }
    if (this.#head && this.#body && !this.#response) {
      at = this.#body.push(view, at);
      this.#finish(this.#head, this.#body);
    }
    return at;
  }

  #takeHead(reader: HeadReader): void {
    const head = { ...this.#statusLine, headers: reader.headers() };
    if (head.status < 200 && head.status !== 101) {
      reader.next();
      return;
    }
    this.#head = head;
    // A 101 has no body whatever its headers say (RFC 9112 6.3, item 1): what follows are frames.
    const framing =
      head.status === 101 || (this.#toConnect && head.status < 300)
        ? { chunked: false as const, bytes: 0 }
        : framingOf(head.status, head.httpVersion, head.headers);
    this.#body = readBody(framing, this.#limits);
    this.#finish(head, this.#body);
  }

  #finish(head: ResponseHead, reader: BodyReader): void {
    if (!reader.complete) return;
    this.#response = { ...head, body: reader.body(), bodyTruncated: reader.truncated };
    this.#head = this.#response;
  }

  /** A fault behind the head keeps what the head said. */
  #fail(error: unknown): unknown {
    if (error instanceof HandshakeError && this.#head) {
      const { status, reason, headers } = this.#head;
      error.withContext({ status, reason, headers });
    }
    this.#failure = error;
    return error;
  }
}

/**
 * status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 4). The last SP is not missed when it is
 * missing.
 */
function parseStatusLine(line: string): StatusLine {
  const [version = '', code, ...words] = line.split(' ');
  const httpVersion = parseHttpVersion(version);
  const reason = words.join(' ');
  if (code === undefined || !/^[1-9][0-9]{2}$/.test(code) || !isFieldValue(reason)) {
    throw malformed('status-line', 'RFC 9112 4', `${quote(line)} is no status line`, line);
  }
  // RFC 9110 7.8, 15.2: HTTP/1.0 knows neither Upgrade nor 1xx.
  if (code === '101' && httpVersion === '1.0') {
    throw malformed('http-version', 'RFC 6455 4.2.2', `${quote(line)} must be HTTP/1.1`, line);
  }
  return { httpVersion, status: Number(code), reason };
}

const bufferOf = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);

function truncated(rest: string): HandshakeError {
  const message = `The server ended the stream before its response was complete${hintOf(rest)}`;
  const facts = { rule: 'truncated', section: 'RFC 9112 8', value: rest };
  return new HandshakeError('WS_HANDSHAKE_TRUNCATED', message, facts);
}

/** A server that speaks TLS answers the request with an alert record (RFC 8446 5.1: type 21, version 3.x). */
function hintOf(rest: string): string {
  if (rest.startsWith('\x15\x03')) return '; its answer looks like a TLS alert: use wss:// for this port';
  return rest === '' ? '' : `; the last line was ${quote(rest)}`;
}
