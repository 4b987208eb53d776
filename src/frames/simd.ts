/** XORs `length` bytes at `start` of a memory in place with a key; may touch up to 15 bytes behind them. */
export type Xor = (start: number, length: number, key: number) => void;

/** Memory that SIMD code can mask in place, and that a socket can write from. */
export interface SimdMemory {
  readonly memory: ArrayBuffer;
  readonly xor: Xor;
}

/**
 * A WebAssembly module of 201 bytes: a memory of 257 pages (of 64 KiB), exported as "m", and a function "x" of (start, length, key):
 *
 *     key4 = i32x4.splat(key)
 *     end = start + (length and -64);  while start < end: four v128 XORed with key4, start += 64
 *     end = start + (length and 63);   while start < end: one v128 XORed with key4, start += 16
 *
 * The last step may go past the end by up to 15 bytes, hence the padding of a slot. The memory never grows: growing would
 * detach the ArrayBuffer from every view of it.
 */
const MODULE =
  'AGFzbQEAAAABBwFgA39/fwADAgEABQQBAIECBwkCAW0CAAF4AAAKoAEBnQECAXsBfyAC/REhAyAAIAFBQHFqIQQCQANAIAAgBE8NASAAIAD9AAQAIAP9Uf0LBAAgACAA' +
  '/QAEECAD/VH9CwQQIAAgAP0ABCAgA/1R/QsEICAAIAD9AAQwIAP9Uf0LBDAgAEHAAGohAAwACwsgACABQT9xaiEEAkADQCAAIARPDQEgACAA/QAEACAD/VH9CwQAIABB' +
  'EGohAAwACwsL';

/** What is used of WebAssembly; the types of Node alone do not have it. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * Instantiates the memory and its masking function.
 *
 * @param runtime The runtime's `WebAssembly`.
 * @returns `null` where there is no WebAssembly or no SIMD: `--jitless`, some embedded runtimes, old processors.
 */
export function createSimdMemory(
  runtime: unknown = (globalThis as { WebAssembly?: unknown }).WebAssembly,
): SimdMemory | null {
  try {
    const { Module, Instance } = runtime as WebAssemblyLike;
    const instance = new Instance(new Module(Buffer.from(MODULE, 'base64')));
    const { m, x } = instance.exports as { m: { buffer: ArrayBuffer }; x: Xor };
    return { memory: m.buffer, xor: x };
  } catch {
    return null;
  }
}
