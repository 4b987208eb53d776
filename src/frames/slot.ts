import { mask } from './mask.js';
import { BufferView } from './runs.js';
import { createSimdMemory, type SimdMemory, type Xor } from './simd.js';

/** A piece of memory in which a writer builds frames, and from which the transport writes them. */
export interface Slot {
  readonly bytes: Buffer;
  /** How many bytes may be filled. The padding behind them belongs to the masking. */
  readonly capacity: number;
  /** Masks `length` bytes from `start` on in place; `key` as in the frame header. */
  mask(start: number, length: number, key: number): void;
  /** The first `length` bytes as a Buffer of its own. */
  view(length: number): Buffer;
  /** Gives the slot back. Its bytes must have left: whoever takes it next overwrites them. */
  release(): void;
}

/** Where writers get their slots from. */
export interface SlotPool {
  /** A slot that nobody else uses. `wanted` is how many bytes are to come: a hint for when the kept slots are all in use. */
  take(wanted: number): Slot;
}

/**
 * Four messages of 64 KiB, what streams give, with their headers: one write of so many costs less than four, and a second-level cache
 * holds as much.
 */
const SLOT_BYTES = 263168;
/** Bytes that a step of the SIMD code may touch behind the end. */
const PADDING = 16;
/** How many slots are kept: as many as the WebAssembly memory holds. Memory that was never used costs nothing. */
const KEPT_SLOTS = 64;
/** The slot of a connection that finds the kept ones in use, such as in a broadcast to hundreds, is small. */
const SPARE_BYTES = 8192;

class MemorySlot implements Slot {
  readonly bytes: Buffer;
  readonly capacity: number;
  readonly #memory: ArrayBufferLike;
  readonly #offset: number;
  readonly #xor: Xor;
  readonly #free: Slot[] | null;

  /**
   * @param xor Masks in the memory that the bytes are a part of.
   * @param free Where the slot waits for its next use; `null` for one that is used once.
   */
  constructor(bytes: Buffer, xor: Xor, free: Slot[] | null) {
    this.bytes = bytes;
    this.capacity = bytes.length - PADDING;
    this.#memory = bytes.buffer;
    this.#offset = bytes.byteOffset;
    this.#xor = xor;
    this.#free = free;
  }

  mask(start: number, length: number, key: number): void {
    this.#xor(this.#offset + start, length, key);
  }

  view(length: number): Buffer {
    return new BufferView(this.#memory, this.#offset, length);
  }

  release(): void {
    this.#free?.push(this);
  }
}

/** A slot that the plain loop masks, in memory of its own. */
function plainSlot(size: number, free: Slot[] | null): Slot {
  const bytes = Buffer.allocUnsafeSlow(size);
  const words = new Int32Array(bytes.buffer, 0, size >> 2);
  return new MemorySlot(bytes, (start, length, key) => mask(bytes, start, start + length, key, words), free);
}

/**
 * Makes a pool of slots.
 *
 * @param simd Memory that is masked by SIMD, or `null` for the plain loop.
 */
export function createSlotPool(simd: SimdMemory | null): SlotPool {
  const free: Slot[] = [];
  let made = 0;
  const make = (): Slot => {
    const offset = made++ * SLOT_BYTES;
    if (simd === null) return plainSlot(SLOT_BYTES, free);
    return new MemorySlot(Buffer.from(simd.memory, offset, SLOT_BYTES), simd.xor, free);
  };
  return {
    take(wanted) {
      const slot = free.pop();
      if (slot !== undefined) return slot;
      if (made < KEPT_SLOTS) return make();
      return plainSlot(wanted > SPARE_BYTES - PADDING ? SLOT_BYTES : SPARE_BYTES, null);
    },
  };
}

let shared: SlotPool | null = null;

/** The pool of this process, made when it is first needed, so that importing the codec instantiates nothing. */
export function sharedSlotPool(): SlotPool {
  shared ??= createSlotPool(createSimdMemory());
  return shared;
}
