import { beginRead, endRead } from './flushing.js';
import { ReadSwitch } from './read-switch.js';
import type { Receiver } from './receiver.js';

/** Whose socket reads. */
export interface ReadsOwner {
  readonly receiver: Pick<Receiver, 'read' | 'target' | 'filled'>;
  /** Node has overwritten what was received: the connection cannot go on. */
  overwritten(): void;
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
const READ_BUFFER_BYTES = 131072;
let readBuffer: Buffer | null = null;
/** How many reads have gone to it. */
let sharedReads = 0;
/** Who has just read, and is asked for the memory of its next read: Node does that as soon as the callback returns. */
let asked: Reads | null = null;

/** Where a socket of ours reads to: the shared buffer, or the memory of a large message. */
export class Reads {
  readonly #owner: ReadsOwner;
  /** The memory that the socket reads into now; `null` for the shared one, where reading begins. */
  #memory: Buffer | null = null;
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
    const next = target === null ? sharedMemory() : withoutLastByte(target);
    if (next === this.#memory) return undefined;
    this.#change(next);
    this.#memory = next;
    return next;
  }

  #change(next: Buffer): void {
    const memory = this.#memory as Buffer;
    this.#switch ??= new ReadSwitch();
    if (memory === readBuffer) this.#switch.leaveShared(memory, next, sharedReads);
    else this.#switch.leavePart(memory, this.#lastCount, next);
  }

  #took(count: number): boolean {
    const told = this.#memory ?? sharedMemory();
    const memory = this.#switch === null ? told : this.#switch.find(told, count, sharedReads);
    if (memory === null) {
      this.#owner.overwritten();
      return true;
    }
    this.#memory = memory;
    this.#lastCount = count;
    beginRead();
    try {
      if (memory === readBuffer) this.#shared(memory, count);
      else this.#owner.receiver.filled(count);
    } finally {
      endRead();
    }
    asked = this;
    return true;
  }

  #shared(memory: Buffer, count: number): void {
    sharedReads++;
    this.#owner.receiver.read(memory, 0, count);
  }
}

/**
 * Node asks when it makes a handle (again for every address it tries), and after every read, when `undefined` means "as before": the
 * option's type leaves no room for that. One function for all sockets.
 */
function nextMemory(): Buffer {
  const reads = asked;
  asked = null;
  return reads === null ? sharedMemory() : (reads.next() as Buffer);
}

function sharedMemory(): Buffer {
  readBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  return readBuffer;
}

/**
 * A message ends in the shared buffer, so that no memory is the user's while Node may still read into it: see {@link ReadSwitch}. One
 * byte of room is never the end, as a target is larger.
 */
function withoutLastByte(target: Buffer): Buffer {
  return target.length > 1 ? target.subarray(0, -1) : target;
}
