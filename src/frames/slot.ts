import { mask } from './mask.js';
import { BufferView } from './runs.js';
import { createSimdMemory, type SimdMemory } from './simd.js';

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

class SimdSlot implements Slot {
  readonly bytes: Buffer;
  readonly capacity: number = SLOT_BYTES - PADDING;
  readonly #memory: ArrayBuffer;
  readonly #offset: number;
  readonly #xor: SimdMemory['xor'];
  readonly #free: Slot[];

  constructor({ memory, xor }: SimdMemory, offset: number, free: Slot[]) {
    this.#free = free;
    this.bytes = Buffer.from(memory, offset, SLOT_BYTES);
    this.#memory = memory;
    this.#offset = offset;
    this.#xor = xor;
  }

  mask(start: number, length: number, key: number): void {
    this.#xor(this.#offset + start, length, key);
  }

  view(length: number): Buffer {
    return new BufferView(this.#memory, this.#offset, length);
  }

  release(): void {
    this.#free.push(this);
  }
}

class PlainSlot implements Slot {
  readonly bytes: Buffer;
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #free: Slot[] | null;

  /** @param free Where the slot waits for its next use; `null` for one that is used once. */
  constructor(size: number, free: Slot[] | null) {
    this.#free = free;
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.capacity = size - PADDING;
    this.#words = new Int32Array(this.bytes.buffer, 0, size >> 2);
  }

  mask(start: number, length: number, key: number): void {
    mask(this.bytes, start, start + length, key, this.#words);
  }

  view(length: number): Buffer {
    return new BufferView(this.#words.buffer, 0, length);
  }

  release(): void {
    this.#free?.push(this);
  }
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
    return simd === null ? new PlainSlot(SLOT_BYTES, free) : new SimdSlot(simd, offset, free);
  };
  return {
    take(wanted) {
      const slot = free.pop();
      if (slot !== undefined) return slot;
      if (made < KEPT_SLOTS) return make();
      return new PlainSlot(wanted > SPARE_BYTES - PADDING ? SLOT_BYTES : SPARE_BYTES, null);
    },
  };
}

let shared: SlotPool | null = null;

/** The pool of this process, made when it is first needed, so that importing the codec instantiates nothing. */
export function sharedSlotPool(): SlotPool {
  shared ??= createSlotPool(createSimdMemory());
  return shared;
}
