import { BARS, type Bar, isJudged, judge, SIZE_BARS, TABLE } from './bars.js';
import type { Bundle, Installed } from './bundle.js';
import type { Environment } from './environment.js';
import { digits, duration, kib, percent, table } from './markdown.js';
import type { Measure, Measured } from './measure.js';
import type { Results, ScenarioResult } from './results.js';

/** What every client is compared with, unless something else is asked for. */
export const BASELINES: readonly string[] = ['ws', 'raw-best'];

const NAMES: Readonly<Record<Measure, string>> = {
  cpuNs: 'CPU',
  rate: 'rate',
  p50us: 'latency p50',
  p99us: 'latency p99',
  openMs: 'time to open',
  bytesPerConnection: 'memory',
};

/** The bars, each with what was measured and whether it is met. */
export function barTable(scenarios: Results['scenarios']): string {
  const rows = BARS.map((bar) => barRow(bar, scenarios[bar.scenario]?.measured ?? []));
  const head = ['scenario', 'client', 'measure', 'against', 'bar', 'measured', 'met'];
  return table(head, rows, ['bar', 'measured']);
}

function barRow(bar: Bar, all: readonly Measured[]): string[] {
  const { measured, missedBy } = judge(bar, all);
  const verdict = measured === undefined ? 'not measured' : verdictOf(missedBy);
  return [bar.scenario, bar.client, NAMES[bar.measure], bar.against, wanted(bar), digits(measured), verdict];
}

function wanted({ atLeast, atMost }: Bar): string {
  if (atLeast !== undefined) return `at least ${atLeast}`;
  return atMost === undefined ? '-' : `at most ${atMost}`;
}

function verdictOf(missedBy: number | undefined): string {
  if (missedBy === undefined) return '-';
  return missedBy === 0 ? 'yes' : `no, missed by ${percent(missedBy)}`;
}

/** Bundles, with the bar of those that have one. */
export function bundleTable(bundles: readonly Bundle[]): string {
  const rows = bundles.map(({ name, all, start }) => {
    const bar = SIZE_BARS.find(({ bundle, part }) => bundle === name && part === 'all')?.atMostBytes;
    const limit = bar === undefined ? '-' : `at most ${kib(bar)}`;
    const missedBy = bar === undefined ? undefined : Math.max(0, all.gzipped / bar - 1);
    return [name, kib(all.minified), kib(start.gzipped), kib(all.gzipped), limit, verdictOf(missedBy)];
  });
  const head = ['bundle', 'minified', 'gzip, at the start', 'gzip, everything', 'bar', 'met'];
  return table(head, rows, head.slice(1, -1));
}

export function installedTable(installed: readonly Installed[]): string {
  const rows = installed.map(({ name, bytes, packages }) => [name, kib(bytes), String(packages)]);
  return table(['installed', 'size', 'packages'], rows, ['size', 'packages']);
}

/** All medians of one or more scenarios, one row for each client, with the ratio of its CPU against each baseline. */
export function medianTable(
  scenarios: Results['scenarios'],
  names: readonly string[],
  baselines: readonly string[] = BASELINES,
): string {
  const rows = names.flatMap((name) => (scenarios[name]?.measured ?? []).map((one) => medianRow(name, one, baselines)));
  const versus = baselines.map((name) => `CPU vs ${name}`);
  const head = ['scenario', 'client', 'CPU each', 'per second', 'also', 'spread', ...versus];
  return table(head, rows, ['CPU each', 'per second', 'spread', ...versus]);
}

function medianRow(scenario: string, one: Measured, baselines: readonly string[]): string[] {
  const { client, median, spread, ratios } = one;
  const perSecond = median.rate === undefined ? '-' : String(Math.round(median.rate));
  const row = [scenario, client, duration(median.cpuNs), perSecond, also(median), digits(spread)];
  return [...row, ...baselines.map((name) => (client === name ? '1' : digits(ratios[name]?.cpuNs)))];
}

/** What only some scenarios have. */
function also({ p50us, p99us, openMs, bytesPerConnection, wireBytes }: Measured['median']): string {
  const parts = [
    p50us !== undefined && p99us !== undefined ? `p50 ${digits(p50us)} us, p99 ${digits(p99us)} us` : '',
    openMs === undefined ? '' : `open ${digits(openMs)} ms`,
    bytesPerConnection === undefined ? '' : `${kib(bytesPerConnection)} each`,
    wireBytes === undefined ? '' : `${digits(wireBytes)} bytes on the wire`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function environmentLines({ cpu, cores, platform, versions }: Environment): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Machine: ${cpu}, ${cores} cores, ${platform}.\nVersions: ${list.join(', ')}.`;
}

function howMeasured(scenarios: readonly ScenarioResult[]): string {
  const range = (values: readonly (string | number)[]): string => {
    const sorted = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
    return sorted.length > 1 ? `${sorted[0]} to ${sorted.at(-1)}` : String(sorted[0] ?? '-');
  };
  const rounds = range(scenarios.map((one) => one.rounds));
  const pinned = scenarios.every((one) => one.pinned) ? ', client and server on a core each' : '';
  const length = range(scenarios.map((one) => one.ms));
  return `Medians of ${rounds} interleaved rounds of about ${length} ms${pinned}; ${range(scenarios.map((one) => one.date))}.`;
}

function summary(scenarios: Results['scenarios']): string {
  const judged = BARS.filter(isJudged).map((bar) => judge(bar, scenarios[bar.scenario]?.measured ?? []));
  const met = judged.filter((one) => one.missedBy === 0).length;
  const missing = judged.filter((one) => one.measured === undefined).length;
  return `${met} of ${judged.length} bars are met${missing === 0 ? '' : `, ${missing} were not measured`}.`;
}

/** RESULTS.md. `notes` is written by hand and comes at the end as it is. */
export function renderResults({ environment, scenarios, bundles, installed }: Results, notes: string): string {
  const names = [...new Set([...TABLE, ...Object.keys(scenarios)])].filter((name) => scenarios[name] !== undefined);
  const parts = [
    '# Results',
    'Made by `npm run bench`; README.md says how to read it. Only the ratios mean anything on another machine.',
    environmentLines(environment),
    howMeasured(names.flatMap((name) => scenarios[name] ?? [])),
    '## The bars',
    'CPU is user and system time of all threads. "At least": how many times better than the other; "at most": which share of the other.',
    summary(scenarios),
    barTable(scenarios),
    '## Size',
    bundleTable(bundles),
    installedTable(installed),
    '## All medians',
    'The last two columns say how many times less CPU it took than ws, than raw-best.',
    medianTable(scenarios, names),
    notes.trim(),
  ];
  return `${parts.join('\n\n')}\n`;
}
