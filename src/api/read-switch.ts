const MARK_BYTES = 8;

/** Not known to the peer, who could send it else. */
let mark: Buffer | null = null;
/** Differs from the mark in every byte. */
let opposite: Buffer | null = null;

/**
 * Says which memory a socket has read into, where it was told to go from one to another.
 *
 * Node asks for the memory of the next read in the callback of the one before. But when that callback, or a `process.nextTick` behind
 * it, ends in an exception of the user's, who has a handler for it, Node reads into the memory before once more, and says
 * nothing (all releases up to 26; CustomBufferJSListener in src/stream_base.cc). Believing that it has changed would deliver memory
 * that nobody has written. So the new memory is marked, and what is left of the mark tells.
 */
export class ReadSwitch {
  /** What is left, and whether all connections share it; `null` if there was no change. */
  #left: Buffer | null = null;
  #isShared = false;
  #sharedReads = 0;
  /** What a part of a message began with when it was left. */
  readonly #start: Buffer = Buffer.alloc(MARK_BYTES);
  #startBytes = 0;

  /**
   * From the shared buffer, all of which is used, to a part of a message.
   *
   * @param sharedReads How many reads have gone to the shared buffer.
   */
  leaveShared(shared: Buffer, part: Buffer, sharedReads: number): void {
    this.#left = shared;
    this.#isShared = true;
    this.#sharedReads = sharedReads;
    marks().opposite.copy(shared);
    marks().mark.copy(part);
  }

  /** From a part of a message, whose first `used` bytes were filled, to its next part or to the shared buffer. */
  leavePart(part: Buffer, used: number, next: Buffer): void {
    this.#left = part;
    this.#isShared = false;
    this.#startBytes = part.copy(this.#start, 0, 0, used);
    marks().mark.copy(next);
  }

  /**
   * The next read has come: `count` bytes, to `told` if Node has done as it was told.
   *
   * @returns The memory where they are; `null` if they have overwritten a part of the message.
   */
  find(told: Buffer, count: number, sharedReads: number): Buffer | null {
    const left = this.#left;
    this.#left = null;
    if (left === null || !holds(told, marks().mark, count)) return told;
    if (count < MARK_BYTES && this.#isChance(left, sharedReads)) return told;
    return this.#isShared ? left : null;
  }

  /** Fewer bytes than the mark has may be the same by chance. Then they were not read to the memory before. */
  #isChance(left: Buffer, sharedReads: number): boolean {
    if (this.#isShared) return sharedReads !== this.#sharedReads || holds(left, marks().opposite, MARK_BYTES);
    return holds(left, this.#start, this.#startBytes);
  }
}

function marks(): { mark: Buffer; opposite: Buffer } {
  mark ??= process.getBuiltinModule('node:crypto').randomBytes(MARK_BYTES);
  opposite ??= Buffer.from(mark.map((byte) => ~byte));
  return { mark, opposite };
}

/** Whether the first `count` bytes of both are the same, as far as both go: a few, for which a loop beats a call of `compare`. */
function holds(bytes: Buffer, wanted: Buffer, count: number): boolean {
  const end = Math.min(count, bytes.length, wanted.length);
  for (let i = 0; i < end; i++) if (bytes[i] !== wanted[i]) return false;
  return true;
}
