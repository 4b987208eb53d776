import type { Response, ResponseParser } from '../handshake/index.js';
import type { Attempt } from './attempt.js';
import { Connecting } from './connecting.js';

const NOTHING: Buffer = Buffer.alloc(0);

/** Writes a request and reads its response. */
export abstract class Exchange<T> extends Connecting<T> {
  readonly #request: string;
  readonly #parser: ResponseParser;
  #answered = false;

  constructor(attempt: Attempt, request: string, parser: ResponseParser) {
    super(attempt);
    this.#request = request;
    this.#parser = parser;
  }

  /**
   * Makes the result of the response, in the same tick as its last byte came; chunk[from, end) are the bytes behind it, which are gone
   * when it returns.
   */
  protected abstract finish(response: Response, chunk: Buffer, from: number, end: number): T;

  protected override proceed(): void {
    this.transport.writeRaw(this.#request);
  }

  protected override take(chunk: Buffer, start: number, end: number): number {
    this.#answered = true;
    const used = this.#parser.push(chunk, start, end);
    this.#look(chunk, used, end);
    return used;
  }

  /**
   * A refusal without Content-Length ends with the stream, and what it said tells more than a reset behind it. Of a head that was
   * cut the parser says what it looks like.
   */
  protected override atEnd(closed: boolean): void {
    if (closed ? this.#parser.head === null : !this.#answered) return;
    this.#parser.end();
    this.#look(NOTHING, 0, 0);
  }

  #look(chunk: Buffer, from: number, end: number): void {
    const { response } = this.#parser;
    if (response !== null) this.done(this.finish(response, chunk, from, end));
  }
}
