/** Keys per call of the random source: one call costs as much as hundreds of keys, 16 KiB keep its share at some nanoseconds. */
const POOL_KEYS = 4096;

/**
 * Gives the next masking key as a 32-bit integer. It must be unpredictable: "derived from a strong source of entropy"
 * (RFC 6455 5.3).
 */
export type NextMaskingKey = () => number;

/** The module is loaded with the first key: a program that only imports this package needs none. */
function fillAtRandom(pool: Int32Array): void {
  process.getBuiltinModule('node:crypto').randomFillSync(pool);
}

/**
 * Makes a source of masking keys from a source of random bytes. Every key is used once.
 *
 * @param fill Fills the array with random numbers; `crypto.randomFillSync` unless a test needs known keys.
 */
export function createMaskingKeys(fill: (pool: Int32Array) => void = fillAtRandom): NextMaskingKey {
  let pool: Int32Array | null = null;
  let used = POOL_KEYS;
  return () => {
    if (used === POOL_KEYS) {
      pool ??= new Int32Array(POOL_KEYS);
      fill(pool);
      used = 0;
    }
    return (pool as Int32Array)[used++] as number;
  };
}

let shared: NextMaskingKey | null = null;

/** The source for all connections of this process, made when it is first needed: who imports a part of the codec does not get this one with it. */
export function sharedMaskingKeys(): NextMaskingKey {
  shared ??= createMaskingKeys();
  return shared;
}
