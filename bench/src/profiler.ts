import { Session } from 'node:inspector/promises';
import { BENCH } from './place.js';
import { type Share, summarize } from './profile-summary.js';

/** Long enough not to be what is measured, short enough for a run of a quarter of a second. */
const INTERVAL_US = 100;

/** Runs something under the CPU profiler of V8. */
export async function profiled<T>(work: () => Promise<T>): Promise<{ result: T; shares: readonly Share[] }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await session.post('Profiler.start');
    const result = await work();
    const { profile } = await session.post('Profiler.stop');
    return { result, shares: summarize(profile, BENCH) };
  } finally {
    session.disconnect();
  }
}
