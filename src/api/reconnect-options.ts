import type { BackoffSettings } from './backoff.js';
import { type ConnectOptions, checkOptions, wrong } from './options.js';

/** Options of `reconnecting()`: those of `connect()` and when to try again. */
export interface ReconnectOptions extends ConnectOptions {
  /** The longest first wait in milliseconds. Default 500. */
  readonly minDelayMs?: number;
  /** The longest wait in milliseconds that the growth ends at. Default 30,000. */
  readonly maxDelayMs?: number;
  /** By how much the longest wait grows with each failure, 1 or above. Default 2. */
  readonly factor?: number;
  /** So many attempts in a row may fail; then the iteration rejects with the last error. Default `Infinity`. */
  readonly maxAttempts?: number;
  /** How long a connection must stand, in milliseconds, so that what failed before is forgotten. Default 5,000. */
  readonly resetAfterMs?: number;
  /** The longest that a server may ask to wait by Retry-After, in milliseconds. Default 300,000; `0` to not listen to it. */
  readonly maxRetryAfterMs?: number;
  /** Gives numbers from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** The options of `reconnecting()` with their defaults, all of them checked. */
export interface ReconnectSettings extends BackoffSettings {
  readonly maxAttempts: number;
  readonly resetAfterMs: number;
  readonly signal: AbortSignal | undefined;
  /** The rest. */
  readonly connect: ConnectOptions;
}

/** Longest delay of a timer in Node. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Checks the options, those of `connect()` included, and fills in the defaults. */
export function checkReconnectOptions(options: ReconnectOptions = {}): ReconnectSettings {
  const { minDelayMs, maxDelayMs, factor, maxAttempts, resetAfterMs, maxRetryAfterMs, random, ...rest } = options;
  const { signal } = checkOptions(rest);
  if (random !== undefined && typeof random !== 'function') throw wrong('random', random, 'a function');
  return {
    minDelayMs: checkNumber('minDelayMs', minDelayMs, 500, 0, MAX_DELAY_MS),
    maxDelayMs: checkNumber('maxDelayMs', maxDelayMs, 30_000, 0, MAX_DELAY_MS),
    factor: checkNumber('factor', factor, 2, 1, 1000),
    maxAttempts: checkNumber('maxAttempts', maxAttempts, Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY),
    resetAfterMs: checkNumber('resetAfterMs', resetAfterMs, 5000, 0, Number.POSITIVE_INFINITY),
    maxRetryAfterMs: checkNumber('maxRetryAfterMs', maxRetryAfterMs, 300_000, 0, MAX_DELAY_MS),
    random: random ?? Math.random,
    signal,
    connect: rest,
  };
}

function checkNumber(name: string, value: unknown, byDefault: number, least: number, most: number): number {
  if (value === undefined) return byDefault;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw wrong(name, value, `a number from ${least} to ${most}`);
}
