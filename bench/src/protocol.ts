import type { Share } from './profile-summary.js';
import type { Scenario } from './scenario.js';

/**
 * The line protocol between the runner and a client's process: one JSON object a line. The client says `Ready` once, then answers
 * each command with a reply.
 */
export interface Ready {
  readonly ready: true;
}
export interface Command {
  readonly scenario: Exclude<Scenario, { type: 'import' }>;
  /** beginning of every url: scheme, host and port of the server */
  readonly base: string;
  /** messages, or connections */
  readonly n: number;
  /** whether to run it under the CPU profiler, for Node alone */
  readonly profile?: boolean;
}

/** What one run took. The time and the CPU (user + system, all threads) are those between the first message and the last. */
export interface Run {
  readonly ms: number;
  readonly cpuMs: number;
  /** messages, connections or imports that `ms` and `cpuMs` are of */
  readonly n: number;
  readonly p50us?: number;
  readonly p99us?: number;
  readonly openMs?: number;
  readonly bytesPerConnection?: number;
  /** bytes on the wire for one compressed message that was sent */
  readonly wireBytes?: number;
  /** most memory that this process ever used, MiB */
  readonly peakMiB?: number;
  /** where the time went, if that was asked for */
  readonly shares?: readonly Share[];
}
export interface Failure {
  readonly error: string;
}
export type Reply = Run | Failure;
