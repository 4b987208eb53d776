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

/** Where a socket of ours reads to: the shared buffer, or the memory of a large message. */
export class Reads {
  readonly #owner: ReadsOwner;
  /** The memory that the socket reads into now. */
  #memory: Buffer | null = null;
  #inCallback = false;
  /** Bytes of the last read. */
  #lastCount = 0;
  /** Made with the first direct read. */
  #switch: ReadSwitch | null = null;

  constructor(owner: ReadsOwner) {
    this.#owner = owner;
  }

  /** The option of this name, for a socket that is made. */
  get onread(): OnRead {
    // The generator's type leaves no room for `undefined`, which Node takes for "the same as before".
    return { buffer: () => this.#next() as Buffer, callback: (count) => this.#took(count) };
  }

  /** Node asks when it makes a handle (again for every address it tries), and after every read; `undefined` means "as before". */
  #next(): Buffer | undefined {
    readBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const { target } = this.#owner.receiver;
    const next = target === null ? readBuffer : withoutLastByte(target);
    if (this.#inCallback && next === this.#memory) {
      this.#inCallback = false;
      return undefined;
    }
    if (this.#inCallback) this.#change(next);
    this.#inCallback = false;
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
    const told = this.#memory as Buffer;
    const memory = this.#switch === null ? told : this.#switch.find(told, count, sharedReads);
    if (memory === null) {
      this.#owner.overwritten();
      return true;
    }
    this.#inCallback = true;
    this.#memory = memory;
    this.#lastCount = count;
    beginRead();
    try {
      if (memory === readBuffer) this.#shared(memory, count);
      else this.#owner.receiver.filled(count);
    } finally {
      endRead();
    }
    return true;
  }

  #shared(memory: Buffer, count: number): void {
    sharedReads++;
    this.#owner.receiver.read(memory, 0, count);
  }
}

/**
 * A message ends in the shared buffer, so that no memory is the user's while Node may still read into it: see {@link ReadSwitch}. One
 * byte of room is never the end, as a target is larger.
 */
function withoutLastByte(target: Buffer): Buffer {
  return target.length > 1 ? target.subarray(0, -1) : target;
}
