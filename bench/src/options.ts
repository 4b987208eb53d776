import { parseArgs } from 'node:util';
import { BASELINES } from './report.js';

export interface Options {
  /** undefined: for each scenario those that the table needs */
  readonly clients: readonly string[] | undefined;
  readonly scenarios: readonly string[];
  /** the clients whose ratios are printed */
  readonly baselines: readonly string[];
  readonly rounds: number;
  readonly ms: number;
  readonly pin: boolean;
  readonly list: boolean;
  readonly help: boolean;
  readonly write: boolean;
  readonly out: string | undefined;
}

/** The fewest rounds whose medians RESULTS.md may hold. */
export const FEWEST_ROUNDS = 7;

export const USAGE = `npm run bench -- [options]

  --clients a,b     NAME[=DIST][@RUNTIME]: ours, ours-class, ours-ctrl, ws, ws-native, undici, global, raw, raw-best;
                    DIST is another build of this package, RUNTIME is bun, deno or the path of a node
                    (default: for each scenario the clients that its bars name)
  --scenarios a,b   names, beginnings of names, table, quick or all (default: table)
  --baseline a,b    the clients whose ratios are printed (default ${BASELINES.join(',')})
  --rounds n        interleaved rounds (default ${FEWEST_ROUNDS})
  --ms n            how long a measured run shall take (default 250)
  --no-pin          do not hold client and server on a core each
  --write           write RESULTS.md; scenarios not measured now keep what was measured before on this machine with
                    these versions (default: when neither --clients nor --scenarios is given)
  --out file.json   write what was measured as JSON, too
  --list            name the scenarios and end`;

const words = (text: string): string[] => text.split(',').filter((word) => word !== '');

function count(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} ${text}: a number of 1 or more is needed`);
  return Number(text);
}

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clients: { type: 'string' },
      scenarios: { type: 'string' },
      baseline: { type: 'string', default: BASELINES.join(',') },
      rounds: { type: 'string', default: String(FEWEST_ROUNDS) },
      ms: { type: 'string', default: '250' },
      'no-pin': { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      out: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = count('rounds', values.rounds);
  const whole = values.clients === undefined && values.scenarios === undefined;
  if (values.write && rounds < FEWEST_ROUNDS) throw new Error(`--write needs at least ${FEWEST_ROUNDS} rounds`);
  return {
    clients: values.clients === undefined ? undefined : words(values.clients),
    scenarios: words(values.scenarios ?? 'table'),
    baselines: words(values.baseline),
    rounds,
    ms: count('ms', values.ms),
    pin: !values['no-pin'],
    list: values.list,
    help: values.help,
    write: values.write || (whole && rounds >= FEWEST_ROUNDS),
    out: values.out,
  };
}
