/** What `npm run test:fallbacks` takes away; see fallbacks.ts. */
export type FastPath = 'simd' | 'kept-streams' | 'onread';

/** Whether this run is told to be one without it. */
export function isWithout(path: FastPath): boolean {
  const { FALLBACKS = '' } = process.env;
  return FALLBACKS.split(' ').includes(path);
}

/** Options of a test that says something of a fast path itself: it is left out where there is none. */
export const aboutFastPath = (path: FastPath): { skip?: string } =>
  isWithout(path) ? { skip: `it is about the fast path '${path}', which is not there in this run` } : {};
