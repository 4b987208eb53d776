/** From here on malloc asks the system for a block of its own (mallopt(3), M_MMAP_THRESHOLD). */
export const LARGE_BYTES: number = 128 * 1024;
/** So many large blocks show that this process receives large messages again and again. */
const MANY = 4;
/** The largest block that glibc learns from has 32 MiB with its head. */
const LESSON_BYTES: number = 31 * 1024 * 1024;

let taken = 0;

/**
 * Memory for a large message.
 *
 * Memory that was never touched costs more than all that is done with a message: the system has to find and clear every page of it, 256 for
 * 1 MiB, which takes twice as long as reading 1 MiB from a socket. V8 lets about 32 MiB of messages come together before it
 * frees them, and glibc's malloc then gives everything above 2 MiB back to the system, so that the next messages begin anew. But it learns
 * from what is freed: after a block of 31 MiB it keeps up to twice as much (mallopt(3), "dynamic mmap threshold"). So it is
 * shown one. That block is never touched, and costs nothing but its addresses until the next garbage collection. A program that has
 * dropped such a Buffer once has the same; another malloc takes no notice. What the process keeps is what V8 had let come together anyway.
 */
export function allocateLarge(size: number): Buffer {
  if (++taken === MANY) Buffer.allocUnsafeSlow(LESSON_BYTES);
  return Buffer.allocUnsafeSlow(size);
}
