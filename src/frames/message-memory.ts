/** From here on it matters whether the pages of a message are new. */
const LARGE_BYTES = 32768;
/** So many large messages show that this process receives them again and again. */
const MANY = 16;
/** The largest block that glibc learns from has 32 MiB with its head. */
const LESSON_BYTES: number = 31 * 1024 * 1024;

/** Smaller ones lie in Node's pool, which is made less often; its size is Node's affair. */
const OWN_BYTES = 4096;

let taken = 0;

/**
 * Memory for a message, or for the part of it that has come.
 *
 * Memory that was never touched costs more than all that is done with a message: the system has to find and clear every page of it, 256 for
 * 1 MiB, which takes twice as long as reading 1 MiB from a socket. V8 lets about 32 MiB of messages come together before it
 * frees them, and glibc's malloc then gives nearly all of it back to the system, so that the next messages begin anew. But it learns
 * from what is freed: after a block of 31 MiB it keeps up to twice as much (mallopt(3), "dynamic mmap threshold"). So it is
 * shown one. That block is never touched, and costs nothing but its addresses until the next garbage collection. A program that has
 * dropped such a Buffer once has the same; another malloc takes no notice. What the process keeps is what V8 had let come together anyway.
 */
export function allocateMessage(size: number): Buffer {
  if (size < OWN_BYTES) return Buffer.allocUnsafe(size);
  if (size >= LARGE_BYTES && ++taken === MANY) Buffer.allocUnsafeSlow(LESSON_BYTES);
  return Buffer.allocUnsafeSlow(size);
}
