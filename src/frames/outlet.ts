import { ProtocolError } from './error.js';
import type { Flow } from './flow.js';
import { encodedHeader } from './header.js';
import { BAD_TEXT, type Violation } from './rules.js';
import { FINAL_TEXT } from './runs.js';
import type { PieceSink, Sink } from './sink.js';
import { decodeText, firstBadByte } from './text.js';

/** What the parts of a reader share: whom they call, whether they may, and where in the stream they are. */
export class Outlet {
  readonly sink: Sink;
  readonly flow: Flow;
  /** See `Reader.pieces`. */
  pieces: PieceSink | null = null;
  /** Where the reader is in the chunk. Set before every call of the sink, so that it is right however the call ends. */
  position = 0;
  /** Whether the last text that was decoded by itself was ASCII: else it is not worth the try to decode a run at once. */
  ascii = true;
  /** Where in the stream the chunk's position 0 is. */
  #origin = 0;

  constructor(sink: Sink, flow: Flow) {
    this.sink = sink;
    this.flow = flow;
  }

  /** The stream goes on at `start` of another chunk. */
  enter(start: number): void {
    this.#origin += this.position - start;
    this.position = start;
  }

  /** Delivers the text bytes[start, end) of a frame that is a whole message and ends at the position. */
  text(bytes: Buffer, start: number, end: number): void {
    const text = decodeText(bytes, start, end);
    if (text !== null) {
      this.ascii = text.length === end - start;
      return this.sink.text(text);
    }
    const bad = firstBadByte(bytes, start, end);
    this.fail(BAD_TEXT, bad < 0 ? 0 : end - bad, encodedHeader(FINAL_TEXT, end - start, null));
  }

  /**
   * The one place where a connection fails for what the peer sent (RFC 6455 7.1.7).
   *
   * @param before How many bytes before the position the rule was broken.
   * @param header The bytes of the frame's header.
   */
  fail(broken: Violation, before: number, header: Buffer): void {
    this.flow.end();
    const offset = this.#origin + this.position - before;
    this.sink.failed(new ProtocolError(broken.message, { ...broken, by: 'peer', offset, header }));
  }
}
