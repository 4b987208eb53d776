import type { Run } from './protocol.js';
import { median, medianRatio, spread } from './statistics.js';

/** What is compared: all of them the less the better, but rate. */
export const MEASURES = ['cpuNs', 'rate', 'p50us', 'p99us', 'openMs', 'bytesPerConnection'] as const;
export type Measure = (typeof MEASURES)[number];

/** All rounds of one client in one scenario; a round that failed is undefined. */
export interface Rounds {
  readonly client: string;
  readonly runs: readonly (Run | undefined)[];
}

/** Medians of one client, and the medians of its ratios against the others. */
export interface Measured {
  readonly client: string;
  readonly median: Readonly<Partial<Record<Measure | 'wireBytes' | 'peakMiB', number>>>;
  /** slowest round over fastest round, by CPU */
  readonly spread?: number;
  /** against each other client, by measure: how many times better than it (2: half the CPU, half the memory, twice the rate) */
  readonly ratios: Readonly<Record<string, Readonly<Partial<Record<Measure, number>>>>>;
}

function measuredIn(run: Run | undefined, measure: Measure): number {
  if (run === undefined) return Number.NaN;
  if (measure === 'cpuNs') return (run.cpuMs * 1e6) / run.n;
  if (measure === 'rate') return (run.n * 1000) / run.ms;
  return run[measure] ?? Number.NaN;
}

const column = (runs: Rounds['runs'], measure: Measure): number[] => runs.map((run) => measuredIn(run, measure));

/** The entries that have a value. */
function known<K extends string>(entries: readonly (readonly [K, number | undefined])[]): Partial<Record<K, number>> {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<Record<K, number>>;
}

function ratios(own: Rounds['runs'], other: Rounds['runs']): Partial<Record<Measure, number>> {
  return known(
    MEASURES.map((measure) => {
      const [mine, theirs] = [column(own, measure), column(other, measure)];
      return [measure, measure === 'rate' ? medianRatio(mine, theirs) : medianRatio(theirs, mine)] as const;
    }),
  );
}

/** Medians and ratios of all clients of one scenario. */
export function evaluate(all: readonly Rounds[]): Measured[] {
  return all.map(({ client, runs }) => {
    const others = all.filter((other) => other.client !== client);
    const disagreement = spread(column(runs, 'cpuNs'));
    const plain = (['wireBytes', 'peakMiB'] as const).map(
      (key) => [key, median(runs.map((run) => run?.[key] ?? Number.NaN))] as const,
    );
    return {
      client,
      median: known([...MEASURES.map((measure) => [measure, median(column(runs, measure))] as const), ...plain]),
      ...(disagreement === undefined ? {} : { spread: disagreement }),
      ratios: Object.fromEntries(others.map((other) => [other.client, ratios(runs, other.runs)])),
    };
  });
}
