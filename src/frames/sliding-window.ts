const FIRST_BYTES = 1024;
const EMPTY = Buffer.alloc(0);

/**
 * The LZ77 sliding window of one direction: the last bytes of the messages that were compressed, before their compression
 * (RFC 7692 7.2.3.2).
 *
 * Memory follows what was appended, up to the size of the window; from there on it is a ring.
 */
export class SlidingWindow {
  readonly #size: number;
  #bytes: Buffer = EMPTY;
  #length = 0;
  /** Where the next byte goes: behind the last one, until the ring is closed. */
  #next = 0;

  /** @param size In bytes. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Bytes in the window. */
  get length(): number {
    return this.#length;
  }

  /** Appends bytes[0, end). */
  append(bytes: Uint8Array, end: number): void {
    const start = Math.max(0, end - this.#size);
    this.#reserve(this.#length + end - start);
    const room = this.#size - this.#next;
    const count = end - start;
    if (count <= room) this.#bytes.set(bytes.subarray(start, end), this.#next);
    else {
      this.#bytes.set(bytes.subarray(start, start + room), this.#next);
      this.#bytes.set(bytes.subarray(start + room, end), 0);
    }
    this.#next = (this.#next + count) % this.#size;
    this.#length = Math.min(this.#size, this.#length + count);
  }

  /** The window in the order in which it was appended. The memory may be the window's own. */
  contents(): Buffer {
    if (this.#length < this.#size) return this.#bytes.subarray(0, this.#length);
    return Buffer.concat([this.#bytes.subarray(this.#next), this.#bytes.subarray(0, this.#next)]);
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#length = this.#next = 0;
  }

  #reserve(wanted: number): void {
    const needed = Math.min(wanted, this.#size);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#size, Math.max(needed, FIRST_BYTES, this.#bytes.length * 2)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
