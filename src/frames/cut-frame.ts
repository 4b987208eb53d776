import { BufferView, FINAL_TEXT, type RunLimits, shortLengthAt, TEXT_RUN } from './runs.js';
import { checkUtf8, decodeText } from './text.js';

const LONGEST_HEADER = 4;
/** So much memory of texts that were joined is kept for the next ones. */
const KEPT = 16;

/**
 * Memory for cut texts, which need it only until they are decoded. With memory of its own for each of them, a stream of texts of 1 KiB cost a
 * tenth more.
 */
const free: Buffer[] = [];

/**
 * The start of a frame that a chunk has cut, of the kind that runs are made of: mostly its rest is at the start of the next chunk, and there
 * is one in every chunk. So it is worth a way that is shorter than the general one.
 */
export class CutFrame {
  /** Holds the frame at its start. */
  readonly bytes: Buffer;
  /** How much of it has come: the header at least. */
  readonly length: number;
  /** How much of it is missing. */
  readonly missing: number;

  /**
   * Keeps the frame at the end of bytes[start, end).
   *
   * @param limits Those of the run that it would have belonged to.
   * @param most Longest payload that may come at all, in bytes.
   * @returns `null` if the frame is whole, or its header is not, or it is none that belongs to a run, or what has come is no UTF-8.
   */
  static at(bytes: Buffer, start: number, end: number, limits: RunLimits, most: number): CutFrame | null {
    const second = end - start < 2 ? 127 : (bytes[start + 1] as number);
    if (second > 126 || (second === 126 && end - start < LONGEST_HEADER)) return null;
    const length = shortLengthAt(bytes, start);
    const payload = start + payloadOffset(second);
    const isMinimal = second < 126 || length >= 126;
    if (!isMinimal || length > limits.longest || length > most || payload + length <= end) return null;
    if (bytes[start] === FINAL_TEXT && checkUtf8(bytes, payload, end) < 0) return null;
    return new CutFrame(bytes, start, end, payload + length);
  }

  private constructor(bytes: Buffer, start: number, end: number, frameEnd: number) {
    this.bytes = bytes[start] === FINAL_TEXT ? memoryOfText() : Buffer.allocUnsafe(frameEnd - start);
    this.length = bytes.copy(this.bytes, 0, start, end);
    this.missing = frameEnd - end;
  }

  /**
   * Joins the frame with its rest at the start of bytes[start, end).
   *
   * @returns The message; `null` if there is less than the rest, or the text is not UTF-8.
   */
  join(bytes: Buffer, start: number, end: number): string | Buffer | null {
    const { missing, length, bytes: frame } = this;
    if (end - start < missing) return null;
    bytes.copy(frame, length, start, start + missing);
    const payload = payloadOffset(frame[1] as number);
    if (frame[0] === FINAL_TEXT) return decodeText(frame, payload, length + missing);
    return new BufferView(frame.buffer, frame.byteOffset + payload, length + missing - payload);
  }

  /** The frame is not needed any more; a binary message may be, which has its memory. */
  release(): void {
    if (this.bytes[0] === FINAL_TEXT && free.length < KEPT) free.push(this.bytes);
  }
}

const memoryOfText = (): Buffer => free.pop() ?? Buffer.allocUnsafeSlow(TEXT_RUN.longest + LONGEST_HEADER);

const payloadOffset = (second: number): number => (second < 126 ? 2 : LONGEST_HEADER);
