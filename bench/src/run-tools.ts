import process from 'node:process';
import { payload } from './payload.js';
import type { Kind } from './scenario.js';

const made = new Map<string, string | Buffer>();
/** A payload that is made in the warm-up and never in a measured run. */
export function kept(size: number, kind: Kind, seed = 0): string | Buffer {
  const key = `${size} ${kind} ${seed}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const fresh = payload(size, kind, seed);
  made.set(key, fresh);
  return fresh;
}
/** A few messages that differ, so that nothing can be kept per message. */
export const sixteen = (size: number, kind: Kind): (string | Buffer)[] =>
  Array.from({ length: 16 }, (_, seed) => kept(size, kind, seed));

/** Resolves in the next turn of the event loop. */
export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts; the function it gives back says how much time and CPU have gone since. */
export function stopwatch(): () => { ms: number; cpuMs: number } {
  const cpu = process.cpuUsage();
  const from = performance.now();
  return () => {
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuMs: (user + system) / 1000 };
  };
}

/** A promise with its ends outside. */
export interface Signal<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function signal<T>(): Signal<T> {
  const ends: { resolve?: (value: T) => void; reject?: (error: unknown) => void } = {};
  const promise = new Promise<T>((resolve, reject) => Object.assign(ends, { resolve, reject }));
  // an adapter may report an error after the run is over, when nobody waits any more
  promise.catch(() => {});
  return { promise, resolve: (value) => ends.resolve?.(value), reject: (error) => ends.reject?.(error) };
}
