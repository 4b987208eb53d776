import { CutFrame } from './cut-frame.js';
import type { Outlet } from './outlet.js';
import {
  BINARY_RUN,
  BufferView,
  decodeAsciiRun,
  FINAL_BINARY,
  FINAL_TEXT,
  findRun,
  type RunLimits,
  shortLengthAt,
  TEXT_RUN,
} from './runs.js';

/** The fast way of a client between two messages: runs of short frames, whose invariant stands in runs.ts, and one that a chunk cuts. */
export class RunReader {
  readonly #outlet: Outlet;
  readonly #maxMessageBytes: number;
  /** The start of a short message's frame that ended with the last chunk. */
  #cut: CutFrame | null = null;

  constructor(outlet: Outlet, maxMessageBytes: number) {
    this.#outlet = outlet;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Delivers what short messages there are; `false` if the general way has to go on, with {@link takeCut} if there is such. */
  read(chunk: Buffer, end: number): boolean {
    if (this.#cut !== null) return this.#join(this.#cut, chunk, end);
    const first = chunk[this.#outlet.position];
    if (first === FINAL_TEXT) return this.#readTexts(chunk, end) || this.#keepCut(chunk, end, TEXT_RUN);
    return first === FINAL_BINARY && (this.#readBinaries(chunk, end) || this.#keepCut(chunk, end, BINARY_RUN));
  }

  /** The start of a frame that is more than once cut, or wrong: the general way has to see it from the start. */
  takeCut(): CutFrame | null {
    const cut = this.#cut;
    this.#cut = null;
    return cut;
  }

  #readTexts(chunk: Buffer, end: number): boolean {
    const outlet = this.#outlet;
    const { flow, position: start } = outlet;
    const run = findRun(chunk, start, end, FINAL_TEXT, TEXT_RUN, this.#maxMessageBytes);
    if (run.end === start) return false;
    const decoded = outlet.ascii ? decodeAsciiRun(chunk, start, run) : null;
    for (let p = start; p < run.end && flow.reading; ) {
      const length = shortLengthAt(chunk, p);
      const payload = p + (length < 126 ? 2 : 4);
      p = payload + length;
      outlet.position = p;
      if (decoded !== null) outlet.sink.text(decoded.substring(payload - start, p - start));
      else outlet.text(chunk, payload, p);
    }
    return true;
  }

  #readBinaries(chunk: Buffer, end: number): boolean {
    const outlet = this.#outlet;
    const { flow, position: start } = outlet;
    const run = findRun(chunk, start, end, FINAL_BINARY, BINARY_RUN, this.#maxMessageBytes);
    if (run.end === start) return false;
    const shared = Buffer.allocUnsafe(run.end - start);
    chunk.copy(shared, 0, start, run.end);
    const memory = shared.buffer;
    const toMemory = shared.byteOffset - start;
    for (let p = start; p < run.end && flow.reading; ) {
      const length = shortLengthAt(chunk, p);
      const payload = p + (length < 126 ? 2 : 4);
      p = payload + length;
      outlet.position = p;
      outlet.sink.binary(new BufferView(memory, payload + toMemory, p - payload));
    }
    return true;
  }

  /** Keeps the start of a frame that would have belonged to the run if it was there as a whole; says whether there is one. */
  #keepCut(chunk: Buffer, end: number, limits: RunLimits): boolean {
    const outlet = this.#outlet;
    if (outlet.pieces !== null) return false;
    this.#cut = CutFrame.at(chunk, outlet.position, end, limits, this.#maxMessageBytes);
    if (this.#cut === null) return false;
    outlet.position = end;
    return true;
  }

  /** Delivers the message of the frame that was cut; says whether it could. */
  #join(cut: CutFrame, chunk: Buffer, end: number): boolean {
    const { sink, pieces, position: start } = this.#outlet;
    const message = pieces === null ? cut.join(chunk, start, end) : null;
    if (message === null) return false;
    this.#cut = null;
    cut.release();
    this.#outlet.position = start + cut.missing;
    if (typeof message === 'string') sink.text(message);
    else sink.binary(message);
    return true;
  }
}
