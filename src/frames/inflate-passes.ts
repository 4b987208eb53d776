import { TAIL } from './permessage-deflate.js';
import { badDeflate, type Violation } from './rules.js';

/**
 * Behind the payload: its tail, and an empty final block, so that zlib ends here if the message ends where a block ends; and
 * one octet that it takes only if not.
 */
const END = Buffer.concat([TAIL, Buffer.from([0x01, 0x00, 0x00, 0xff, 0xff, 0x00])]);
/** The empty stored block that a sender puts behind its final block (RFC 7692 7.2.3.4). */
const EMPTY_BLOCK = 0x00;
/** A pass costs a new zlib state: so many final blocks are allowed in every message, and one more for each KiB of its payload. */
const FREE_FINALS = 16;

/**
 * A message on its way through zlib. Usually it takes one pass; but a final block (BFINAL, RFC 7692 7.2.3.4) ends zlib's
 * stream, and what stands behind it takes another one.
 */
export class InflatePasses {
  readonly limit: number;
  /** Final blocks so far. */
  finals = 0;
  readonly #payload: Buffer;
  readonly #parts: Buffer[] = [];
  #start = 0;
  #length = 0;
  /** Where the parts of this pass begin. */
  #first = 0;

  /** @param limit Longest result in bytes. */
  constructor(payload: Buffer, limit: number) {
    this.#payload = payload;
    this.limit = limit;
  }

  /** What zlib gets in this pass. */
  get input(): Buffer {
    return Buffer.concat([this.#payload.subarray(this.#start), END]);
  }

  /** Begins the next pass; returns the result of the last one. */
  next(): readonly Buffer[] {
    const parts = this.#parts.slice(this.#first);
    this.#first = this.#parts.length;
    return parts;
  }

  /** Adds output; says whether it is within the limit. */
  add(part: Buffer): boolean {
    this.#parts.push(part);
    this.#length += part.length;
    return this.#length <= this.limit;
  }

  /**
   * The pass has ended.
   *
   * @param consumed Bytes of {@link input} that zlib took.
   * @returns The whole result, the rule that is broken, or `null` if another pass is needed.
   */
  end(consumed: number): Buffer | Violation | null {
    const left = this.#payload.length - this.#start;
    if (consumed === left + END.length - 1) return this.#whole();
    this.finals++;
    // The empty block at the end may be a final one itself: it is whole with the tail.
    if (consumed === left + TAIL.length) return this.#whole();
    if (consumed > left) return badDeflate('its last block is cut off');
    this.#start += consumed;
    const rest = this.#payload.subarray(this.#start);
    if (rest.length === 0 || (rest.length === 1 && rest[0] === EMPTY_BLOCK)) return this.#whole();
    if (this.finals > FREE_FINALS + this.#payload.length / 1024) {
      return badDeflate(`it has more than ${this.finals - 1} final blocks, and each of them costs a new start`);
    }
    return null;
  }

  #whole(): Buffer {
    return this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
  }
}
