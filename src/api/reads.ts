import { beginRead, endRead } from './flushing.js';
import { ReadSwitch } from './read-switch.js';
import type { Receiver } from './receiver.js';

/** Whose socket reads. */
export interface ReadsOwner {
  readonly receiver: Pick<Receiver, 'read' | 'target' | 'filled'>;
  /** Whether the receiver has stopped to read. */
  readonly paused: boolean;
  /** Node has overwritten what was received: the connection cannot go on. */
  overwritten(): void;
  /** The socket has stopped to read, for others to have their turn: it has to go on in the next one. */
  yielded(): void;
}

/** What `net.connect` and `tls.connect` take to read into memory of ours. */
export interface OnRead {
  readonly buffer: () => Uint8Array;
  readonly callback: (count: number) => boolean;
}

/**
 * One read buffer for all connections of the process. The invariant: whoever gets its bytes has consumed or copied them when it
 * returns, so the next read may overwrite them.
 */
let wide: Buffer | null = null;
/** Large reads are the cheapest way to receive from a peer that is faster than we are. Memory that is not read to costs nothing. */
const WIDE_BYTES = 1 << 21;
/** The start of the wide one, for a connection that has not shown yet that it takes a read as a whole: what it leaves is kept. */
let narrow: Buffer | null = null;
const NARROW_BYTES = 1 << 17;
/**
 * So long may a connection keep the loop to itself: libuv would read 32 times in a row, and a peer that sends small messages fast
 * can make each of these reads long. It is half the time of a picture on a screen.
 */
const TURN_MS = 8;
/** How many reads have gone to it. */
let sharedReads = 0;
/** Who has just read, and is asked for the memory of its next read: Node does that as soon as the callback returns. */
let asked: Reads | null = null;

/** Where a socket of ours reads to: the shared buffer, or the memory of a large message. */
export class Reads {
  readonly #owner: ReadsOwner;
  /** The memory that the socket reads into now; `null` for the shared one, where reading begins. */
  #memory: Buffer | null = null;
  /** Whether the last full read was fast enough for a wide one to fit into a turn, and none was paused in since. */
  #isWide = false;
  /** What the full reads into the shared memory have taken in this turn, in milliseconds. */
  #turnMs = 0;
  /** Bytes of the last read. */
  #lastCount = 0;
  /** Made with the first direct read. */
  #switch: ReadSwitch | null = null;

  constructor(owner: ReadsOwner) {
    this.#owner = owner;
  }

  /** The option of this name, for a socket that is made. Each connection keeps it: a bound function is half as large as a closure. */
  get onread(): OnRead {
    return { buffer: nextMemory, callback: this.#took.bind(this) };
  }

  /** The memory for the next read; `undefined` for the same as before. */
  next(): Buffer | undefined {
    const { target } = this.#owner.receiver;
    const next = target === null ? this.#sharedMemory() : withoutLastByte(target);
    const memory = this.#memory as Buffer;
    if (next === memory) return undefined;
    if (!isShared(memory) || !isShared(next)) this.#change(memory, next);
    this.#memory = next;
    return next;
  }

  #sharedMemory(): Buffer {
    return this.#isWide ? (wide as Buffer) : narrowMemory();
  }

  #change(memory: Buffer, next: Buffer): void {
    this.#switch ??= new ReadSwitch();
    if (isShared(memory)) this.#switch.leaveShared(memory, next, sharedReads);
    else this.#switch.leavePart(memory, this.#lastCount, next);
  }

  /** Says whether the socket goes on. */
  #took(count: number): boolean {
    const told = this.#memory ?? narrowMemory();
    const memory = this.#switch === null ? told : this.#switch.find(told, count, sharedReads);
    if (memory === null) {
      this.#owner.overwritten();
      return true;
    }
    this.#memory = memory;
    this.#lastCount = count;
    let goesOn = true;
    beginRead();
    try {
      if (isShared(memory)) goesOn = this.#deliver(count, count >= memory.length);
      else this.#owner.receiver.filled(count);
    } finally {
      endRead();
    }
    asked = this;
    return goesOn;
  }

  #deliver(count: number, isFull: boolean): boolean {
    sharedReads++;
    // The peer may have more after a full read alone, so only of such it matters how long they take.
    const start = isFull ? performance.now() : 0;
    // Narrow or wide, it begins at the same byte: after an exception of the user's Node may have read to the other one.
    this.#owner.receiver.read(wide as Buffer, 0, count);
    const tookMs = isFull ? performance.now() - start : 0;
    if (this.#owner.paused) this.#isWide = false;
    else if (isFull) this.#isWide = (tookMs / count) * WIDE_BYTES <= TURN_MS;
    this.#turnMs = isFull ? this.#turnMs + tookMs : 0;
    return this.#turnMs < TURN_MS || this.#yield();
  }

  #yield(): false {
    this.#turnMs = 0;
    this.#owner.yielded();
    return false;
  }
}

/**
 * Node asks when it makes a handle (again for every address it tries), and after every read, when `undefined` means "as before": the
 * option's type leaves no room for that. One function for all sockets.
 */
function nextMemory(): Buffer {
  const reads = asked;
  asked = null;
  return reads === null ? narrowMemory() : (reads.next() as Buffer);
}

function narrowMemory(): Buffer {
  wide ??= Buffer.allocUnsafeSlow(WIDE_BYTES);
  narrow ??= wide.subarray(0, NARROW_BYTES);
  return narrow;
}

const isShared = (memory: Buffer): boolean => memory === narrow || memory === wide;

/**
 * A message ends in the shared buffer, so that no memory is the user's while Node may still read into it: see {@link ReadSwitch}. One
 * byte of room is never the end, as a target is larger.
 */
function withoutLastByte(target: Buffer): Buffer {
  return target.length > 1 ? target.subarray(0, -1) : target;
}
