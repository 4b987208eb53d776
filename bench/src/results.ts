import fs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Bundle, Installed } from './bundle.js';
import type { Environment } from './environment.js';
import type { Measured } from './measure.js';
import { MEASUREMENTS } from './place.js';

/** One scenario, measured. All its clients ran interleaved, so its ratios stand for themselves. */
export interface ScenarioResult {
  readonly date: string;
  readonly rounds: number;
  /** how long each run took, about */
  readonly ms: number;
  /** client and server had a core each */
  readonly pinned: boolean;
  readonly measured: readonly Measured[];
}

export interface Results {
  readonly environment: Environment;
  readonly scenarios: Readonly<Record<string, ScenarioResult>>;
  readonly bundles: readonly Bundle[];
  readonly installed: readonly Installed[];
}

/** What was measured before and kept; nothing when it was on another machine or with other versions. */
function kept(environment: Environment): Results['scenarios'] {
  if (!fs.existsSync(MEASUREMENTS)) return {};
  const before = JSON.parse(fs.readFileSync(MEASUREMENTS, 'utf8')) as Results;
  return isDeepStrictEqual(before.environment, environment) ? before.scenarios : {};
}

/** Puts fresh results in the place of older ones of the same scenarios, keeps all of them for the next time and gives them back. */
export function mergeResults(fresh: Results): Results {
  const merged = { ...fresh, scenarios: { ...kept(fresh.environment), ...fresh.scenarios } };
  fs.writeFileSync(MEASUREMENTS, `${JSON.stringify(merged, null, 1)}\n`);
  return merged;
}
