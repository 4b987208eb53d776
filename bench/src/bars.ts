import type { Bundle } from './bundle.js';
import type { Measure, Measured } from './measure.js';

/**
 * One thing that has to be shown: `client` is at least `atLeast` times better than `against`; or, for what is spoken of as
 * a share (memory, start), its value is at most `atMost` of the value of `against`. With neither, the ratio is shown and not judged.
 */
export interface Bar {
  readonly scenario: string;
  readonly client: string;
  readonly measure: Measure;
  readonly against: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The most that a bundle may weigh: esbuild, minified, gzip. */
export interface SizeBar {
  readonly bundle: string;
  /** Everything, or what is loaded at the start. */
  readonly part: 'all' | 'start';
  /** What has to be shown; none where the weight is only kept from growing. */
  readonly atMostBytes?: number;
  /** What is enforced: the bar, or, while that is missed, what was reached and a little more. */
  readonly budgetBytes: number;
}

const bar = (scenario: string, against: string, atLeast: number, measure: Measure = 'cpuNs'): Bar => ({
  scenario,
  client: 'ours',
  measure,
  against,
  atLeast,
});
const share = (scenario: string, measure: Measure, atMost: number): Bar => ({
  scenario,
  client: 'ours',
  measure,
  against: 'ws',
  atMost,
});
/** recv-text 16, 128, 1024 ... against ws */
const each = (prefix: string, end: string, bars: Readonly<Record<number, number>>): Bar[] =>
  Object.entries(bars).map(([size, atLeast]) => bar(`${prefix}-${size}${end}`, 'ws', atLeast));
const sizes = (prefix: string, list: readonly number[], against: string, atLeast: number): Bar[] =>
  list.map((size) => bar(`${prefix}-${size}`, against, atLeast));

const MIB = 1 << 20;

/** What this client has to show. A change here is a change of what the project promises. */
export const BARS: readonly Bar[] = [
  ...each('recv-text', '', { 16: 15, 128: 9, 1024: 5 }),
  bar('recv-text-128', 'raw-best', 0.25),
  bar('recv-utf8-128', 'ws', 2),
  ...each('recv-bin', '', { 16: 6, 128: 5, 1024: 2.7, 65536: 2.2, [MIB]: 2.5 }),
  bar(`recv-bin-${MIB}`, 'raw-best', 0.9),
  ...each('send-text', '', { 16: 25, 128: 20, 1024: 12 }),
  ...sizes('send-text', [16, 128, 1024], 'raw-best', 0.4),
  ...each('send-bin', '', { 1024: 10, 65536: 5, [MIB]: 4.5 }),
  ...sizes('send-bin', [1024, 65536, MIB], 'ws-native', 1.5),
  bar('send1-text-16', 'ws', 1.1),
  bar('send1-text-16', 'raw-best', 0.9),
  bar('echo1-text-16', 'ws', 1.4),
  bar('echo1-text-16', 'ws', 1.15, 'p50us'),
  bar('echo1-text-16', 'raw-best', 0.9),
  bar('echo64-text-16', 'ws', 9),
  bar('echo64-text-16', 'raw-best', 0.8),
  bar('recv-text-128-tls', 'ws', 3.2),
  bar('recv-bin-65536-tls', 'ws', 1.5),
  bar('send-text-128-tls', 'ws', 3.5),
  bar('send-bin-65536-tls', 'ws', 2.5),
  bar('connect', 'ws', 1.4),
  bar('connect-tls', 'ws', 1.3),
  ...each('recv-deflate', '', { 1024: 8, 65536: 2.5 }),
  bar('send-deflate-1024', 'ws', 3),
  share('idle', 'bytesPerConnection', 0.7),
  share('idle-deflate', 'bytesPerConnection', 0.8),
  share('idle-tls', 'bytesPerConnection', 0.8),
  share('import', 'cpuNs', 0.35),
  { scenario: 'broadcast-text-128', client: 'ours', measure: 'cpuNs', against: 'ws' },
  { ...bar('recv-text-16', 'ws', 5), client: 'ours-class' },
  { ...bar('recv-text-128', 'ws', 5), client: 'ours-class' },
];

const KIB = 1024;
export const SIZE_BARS: readonly SizeBar[] = [
  { bundle: 'websocket-open', part: 'all', atMostBytes: 20 * KIB, budgetBytes: 70 * KIB },
  { bundle: 'websocket-open', part: 'start', budgetBytes: 47 * KIB },
  { bundle: 'websocket-open/frames', part: 'all', atMostBytes: 6 * KIB, budgetBytes: 8.75 * KIB },
];

/** Scenarios in which all faces of this package and all peers run. */
const EVERYBODY_IN = ['recv-text-16', 'recv-text-128', 'recv-bin-1024', 'send-text-16', 'send1-text-16']
  .concat(['echo1-text-16', 'echo64-text-16', 'connect'])
  .concat(['broadcast-text-128']);
const EVERYBODY = ['ours', 'ours-class', 'ours-ctrl', 'ws', 'ws-native', 'undici', 'raw-best'];

/** The scenarios of the table, in its order. */
export const TABLE: readonly string[] = [...new Set(BARS.map(({ scenario }) => scenario))];

/** The clients that a scenario of the table needs. */
export function clientsFor(scenario: string): string[] {
  const needed = BARS.filter((one) => one.scenario === scenario).flatMap(({ client, against }) => [client, against]);
  const shown = scenario === 'import' ? ['undici'] : EVERYBODY_IN.includes(scenario) ? EVERYBODY : [];
  return [...new Set(['ours', 'ws', ...needed, ...shown])];
}

export interface Judgement {
  /** in the terms of the bar; undefined when it was not measured */
  readonly measured: number | undefined;
  /** by which part of the bar it is missed: 0.1 is ten per cent, 0 is met; undefined when there is nothing to judge */
  readonly missedBy: number | undefined;
}

/** Whether a bar asks for something, or only shows a ratio. */
export const isJudged = ({ atLeast, atMost }: Bar): boolean => atLeast !== undefined || atMost !== undefined;

/** Holds a bar against what was measured in its scenario. */
export function judge({ client, measure, against, atLeast, atMost }: Bar, all: readonly Measured[]): Judgement {
  const ratio = all.find((one) => one.client === client)?.ratios[against]?.[measure];
  if (ratio === undefined) return { measured: undefined, missedBy: undefined };
  if (atMost !== undefined) return { measured: 1 / ratio, missedBy: Math.max(0, 1 / ratio / atMost - 1) };
  return { measured: ratio, missedBy: atLeast === undefined ? undefined : Math.max(0, 1 - ratio / atLeast) };
}

/** Less than this is a module that exports nothing: what was built is not the package. */
const SMALLEST_BYTES = 200;

/** A line for each bundle that weighs more than its budget, or nothing that could be one. */
export function overBudget(bundles: readonly Bundle[]): string[] {
  return SIZE_BARS.flatMap(({ bundle, part, budgetBytes }) => {
    const gzipped = bundles.find(({ name }) => name === bundle)?.[part].gzipped ?? 0;
    const what = `${bundle} (${part})`;
    if (gzipped < SMALLEST_BYTES) return [`${what}: ${gzipped} bytes gzipped, so it holds nothing; is dist/ built?`];
    return gzipped <= budgetBytes ? [] : [`${what}: ${gzipped} bytes gzipped, its budget is ${budgetBytes}`];
  });
}
