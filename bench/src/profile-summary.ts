import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is used of a profile of V8 (Profiler.Profile of the inspector's protocol). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node in which each sample was taken. */
  readonly samples?: readonly number[] | undefined;
  /** Microseconds from the sample before to each sample. */
  readonly timeDeltas?: readonly number[] | undefined;
}

/** Whose code it is: of the client that is measured, of Node, of the bench itself, or of V8: collections, and what has no JavaScript. */
export type Owner = 'client' | 'node' | 'bench' | 'V8';

/** How much of the time was spent in a function itself, not in what it calls. */
export interface Share {
  readonly name: string;
  readonly owner: Owner;
  /** File and line, as far as there is one. */
  readonly place: string;
  /** Of the time in which the process was not idle. */
  readonly share: number;
}

const IDLE = '(idle)';

/**
 * Sums up self time by function; idle time is left out.
 *
 * @param bench The folder of the bench.
 */
export function summarize({ nodes, samples = [], timeDeltas = [] }: CpuProfile, bench: string): Share[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, { frame: CpuProfile['nodes'][number]['callFrame']; time: number }>();
  let busy = 0;
  // A sample stands for the time up to the next one.
  samples.forEach((id, i) => {
    const frame = frames.get(id);
    const time = Math.max(0, timeDeltas[i + 1] ?? 0);
    if (frame === undefined || frame.functionName === IDLE) return;
    const key = `${frame.functionName} ${frame.url} ${frame.lineNumber}`;
    const entry = times.get(key) ?? { frame, time: 0 };
    entry.time += time;
    times.set(key, entry);
    busy += time;
  });
  return [...times.values()]
    .filter(({ time }) => time > 0)
    .sort((a, b) => b.time - a.time)
    .map(({ frame, time }) => ({ ...described(frame, bench), share: time / busy }));
}

function described(
  { functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame'],
  bench: string,
): Omit<Share, 'share'> {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return { name, owner: 'V8', place: '' };
  if (url.startsWith('node:')) return { name, owner: 'node', place: `${url}:${lineNumber + 1}` };
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  const isBench = file.startsWith(path.join(bench, 'build') + path.sep);
  return { name, owner: isBench ? 'bench' : 'client', place: `${path.basename(file)}:${lineNumber + 1}` };
}

/** The time of each owner. */
export function byOwner(shares: readonly Share[]): ReadonlyMap<Owner, number> {
  const sums = new Map<Owner, number>();
  for (const { owner, share } of shares) sums.set(owner, (sums.get(owner) ?? 0) + share);
  return sums;
}
