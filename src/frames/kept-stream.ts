import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
  inflateRawSync,
} from 'node:zlib';
import { TAIL } from './permessage-deflate.js';

const { Z_BLOCK, Z_SYNC_FLUSH } = constants;

/** A stream of node:zlib that never streams: it is the owner of a zlib state. */
export type ZlibStream = InflateRaw | DeflateRaw;

/** The smallest memory for output that node:zlib allows: it is never used here. */
export const SMALLEST_CHUNK = 64;

type WriteSync = (
  flush: number,
  input: Uint8Array,
  inputOffset: number,
  inputLength: number,
  output: Uint8Array,
  outputOffset: number,
  outputLength: number,
) => void;

/** What of a stream is not documented. */
interface Internals {
  readonly _handle: { writeSync: WriteSync; readonly _writeState?: Uint32Array } | null;
  readonly _writeState?: Uint32Array;
  _processChunk(chunk: Buffer, flush: number): Buffer;
}

/**
 * A zlib state that is kept from message to message and worked synchronously, at a fifth of what the documented way costs: that one
 * makes a state for each message and fills in the window.
 *
 * It rests on `_handle.writeSync`, which is not documented: {@link canKeepStreams} says whether this Node has it.
 */
export class KeptStream {
  /** Room left in the output after the last write. */
  outputLeft = 0;
  readonly #stream: ZlibStream;
  readonly #internals: Internals;
  readonly #write: WriteSync;
  readonly #state: Uint32Array;

  constructor(stream: ZlibStream) {
    this.#stream = stream;
    this.#internals = stream as unknown as Internals;
    const { _handle: handle, _writeState: state } = this.#internals;
    if (handle === null) throw new Error('the stream has no handle');
    this.#write = handle.writeSync.bind(handle);
    this.#state = (state ?? handle._writeState) as Uint32Array;
    // Data that is wrong is told by the return value of write(), too; without a listener the event would end the process.
    stream.on('error', () => {});
  }

  /**
   * Feeds bytes[start, end) and writes what comes of it to output from `at` on.
   *
   * @returns How many of these bytes zlib has not taken; -1 if the data was wrong: then the stream has closed itself.
   */
  write(flush: number, bytes: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
    this.#write(flush, bytes, start, end - start, output, at, output.length - at);
    if (this.#internals._handle === null) return -1;
    this.outputLeft = this.#state[0] as number;
    return this.#state[1] as number;
  }

  /** Forgets all that went before. */
  reset(): void {
    this.#stream.reset();
  }

  /** Frees the state. */
  close(): void {
    this.#stream.close();
  }
}

let usable: boolean | null = null;

/** Whether {@link KeptStream} works here. Found out once, when it is first asked. */
export function canKeepStreams(): boolean {
  usable ??= findOut();
  return usable;
}

/** "Hello" with a compressed block, as in RFC 7692 7.2.3.1, and "Hello" again by means of the window (7.2.3.2). */
const HELLO = Buffer.from('f248cdc9c90700', 'hex');
const AGAIN = Buffer.from('f200110000', 'hex');

/** @param make Makes the streams to test with. */
export function findOut(make: () => InflateRaw = createInflateRaw): boolean {
  try {
    return nodeCallsItSo(make()) && inflatesInSteps(make()) && deflatesInSteps();
  } catch {
    return false;
  }
}

/**
 * A native function aborts the process when its arguments are not what it expects, so it is not called on trust: Node's own
 * call is watched, and must look like ours.
 */
function nodeCallsItSo(stream: InflateRaw): boolean {
  const internals = stream as unknown as Internals;
  const handle = internals._handle;
  if (handle === null || typeof handle.writeSync !== 'function') return false;
  const state = internals._writeState ?? handle._writeState;
  if (!(state instanceof Uint32Array) || state.length !== 2) return false;
  const calls: unknown[][] = [];
  const native = handle.writeSync;
  handle.writeSync = (...args) => {
    calls.push(args);
    native.apply(handle, args);
  };
  const input = Buffer.concat([HELLO, TAIL]);
  const plain = internals._processChunk(input, Z_SYNC_FLUSH);
  stream.close();
  const [flush, bytes, from, length, output, at, room, ...more] = calls[0] ?? [];
  return (
    plain.toString() === 'Hello' &&
    [flush, bytes, from, length, at].every((each, i) => each === [Z_SYNC_FLUSH, input, 0, input.length, 0][i]) &&
    output instanceof Uint8Array &&
    output.length === room &&
    more.length === 0
  );
}

function inflatesInSteps(stream: InflateRaw): boolean {
  const kept = new KeptStream(stream);
  const output = Buffer.alloc(16);
  const input = Buffer.concat([TAIL, Buffer.alloc(1)]);
  const good = [HELLO, AGAIN].every((message) => {
    if (kept.write(Z_SYNC_FLUSH, message, 0, message.length, output, 3) !== 0) return false;
    if (kept.outputLeft !== 8 || output.toString('latin1', 3, 8) !== 'Hello') return false;
    return kept.write(Z_BLOCK, input, 0, 5, output, 8) === 1;
  });
  const bad = Buffer.from([0xff]);
  return good && kept.write(Z_SYNC_FLUSH, bad, 0, 1, output, 0) === -1;
}

function deflatesInSteps(): boolean {
  const kept = new KeptStream(createDeflateRaw({ chunkSize: SMALLEST_CHUNK }));
  const output = Buffer.alloc(64);
  const plain = Buffer.from('Hello');
  const good = kept.write(Z_SYNC_FLUSH, plain, 0, plain.length, output, 0) === 0;
  const compressed = output.subarray(0, output.length - kept.outputLeft);
  kept.reset();
  kept.close();
  return good && inflateRawSync(compressed, { finishFlush: Z_SYNC_FLUSH }).equals(plain);
}
