import { HandshakeError, malformed, quote } from './error.js';
import { isToken } from './grammar.js';
import { HeadReader, parseHttpVersion } from './head.js';
import type { Request, RequestHead } from './http-message.js';
import { type HeadLimits, limitsOf } from './limits.js';
import { checkRequest } from './request-rules.js';

/**
 * Reads a request as a server does: bytes in, a checked request out. Linear in the bytes, and the outcome does not
 * depend on how they are cut. After a fault each further call throws the same error.
 *
 * @example
 * const parser = new RequestParser();
 * const used = parser.push(chunk);
 * if (parser.request) socket.write(buildResponse(parser.request), 'latin1'); // chunk.subarray(used) are frames
 */
export class RequestParser {
  readonly #head: HeadReader;
  #startLine: Pick<RequestHead, 'method' | 'target' | 'httpVersion'> = { method: '', target: '', httpVersion: '' };
  #request: Request | null = null;
  #failure: unknown = null;

  /** @throws HandshakeError `WS_HANDSHAKE_OPTION` for a limit that is no whole number */
  constructor(limits?: Partial<HeadLimits>) {
    this.#head = new HeadReader(limitsOf(limits), (line) => {
      // RFC 9112 2.2: a server SHOULD ignore empty lines before the request line. maxHeadBytes bounds them.
      if (line === '') return false;
      this.#startLine = parseRequestLine(line);
      return true;
    });
  }

  /** The request as soon as its head is complete, else null. */
  get request(): Request | null {
    return this.#request;
  }

  /**
   * Takes bytes; returns the index of the first byte not taken, which is `end` while more is needed.
   *
   * @throws HandshakeError when the bytes are no request, or one that breaks RFC 6455 4.2.1; `buildRefusalOf` has
   * the answer to it
   */
  push(chunk: Uint8Array, start = 0, end: number = chunk.length): number {
    if (this.#failure !== null) throw this.#failure;
    if (this.#request) return start;
    try {
      const view = Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start);
      const taken = this.#head.push(view, 0);
      if (this.#head.complete) this.#request = checkRequest({ ...this.#startLine, headers: this.#head.headers() });
      return start + taken;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /**
   * The client has ended the stream.
   *
   * @throws HandshakeError `WS_HANDSHAKE_TRUNCATED` when the request is not complete
   */
  end(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#request) return;
    this.#failure = new HandshakeError('WS_HANDSHAKE_TRUNCATED', 'The client ended the stream inside its request', {
      rule: 'truncated',
      section: 'RFC 9112 8',
      value: this.#head.rest,
    });
    throw this.#failure;
  }
}

/** request-line = method SP request-target SP HTTP-version (RFC 9112 3). */
function parseRequestLine(line: string): Pick<RequestHead, 'method' | 'target' | 'httpVersion'> {
  const [method = '', target = '', version, ...more] = line.split(' ');
  if (!isToken(method) || !/^[!-~]+$/.test(target) || version === undefined || more.length > 0) {
    throw malformed('request-line', 'RFC 9112 3', `${quote(line)} is no request line`, line);
  }
  return { method, target, httpVersion: parseHttpVersion(version) };
}
