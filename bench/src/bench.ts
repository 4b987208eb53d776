/** `npm run bench`: measures, prints, and writes RESULTS.md. --help names the options. */
import fs from 'node:fs';
import process from 'node:process';
import { clientsFor, TABLE } from './bars.js';
import { measureBundles, measureInstalled } from './bundle.js';
import { makeCertificates } from './certificates.js';
import { environment } from './environment.js';
import { evaluate } from './measure.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { NOTES, RESULTS } from './place.js';
import { barTable, bundleTable, installedTable, medianTable, renderResults } from './report.js';
import { mergeResults, type Results, type ScenarioResult } from './results.js';
import { Runner } from './runner.js';
import { SCENARIOS, type Scenario, selectScenarios } from './scenario.js';

/** Runs the scenarios one after the other; `warn` is told of what fails, and the rest goes on. */
async function measure(
  options: Options,
  scenarios: readonly Scenario[],
  warn: (message: string) => void,
): Promise<Results['scenarios']> {
  const { rounds, ms, pin } = options;
  const results: Record<string, ScenarioResult> = {};
  const runner = new Runner({ rounds, ms, pin, warn });
  try {
    for (const [i, scenario] of scenarios.entries()) {
      const { name } = scenario;
      console.log(`\n${name} (${i + 1} of ${scenarios.length})`);
      const measured = evaluate(await runner.run(scenario, options.clients ?? clientsFor(name)));
      const date = new Date().toISOString().slice(0, 10);
      results[name] = { date, rounds, ms, pinned: runner.pinned, measured };
      console.log(medianTable(results, [name], options.baselines));
    }
  } finally {
    await runner.stop();
  }
  return results;
}

function writeReport(scenarios: Results['scenarios']): void {
  const fresh = { environment: environment(), scenarios, bundles: measureBundles(), installed: measureInstalled() };
  const results = mergeResults(fresh);
  const notes = fs.existsSync(NOTES) ? fs.readFileSync(NOTES, 'utf8') : '';
  fs.writeFileSync(RESULTS, renderResults(results, notes));
  const tables = [barTable(results.scenarios), bundleTable(results.bundles), installedTable(results.installed)];
  console.log(`\n${tables.join('\n\n')}\n\nRESULTS.md is written.`);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help || options.list) {
    console.log(options.help ? USAGE : [...SCENARIOS.keys()].join('\n'));
    return;
  }
  const scenarios = selectScenarios(options.scenarios, TABLE);
  const warnings: string[] = [];
  makeCertificates();
  const measured = await measure(options, scenarios, (message) => {
    warnings.push(message);
    console.error(message);
  });
  if (options.out !== undefined) {
    const all = { environment: environment(), scenarios: measured };
    fs.writeFileSync(options.out, `${JSON.stringify(all, null, 1)}\n`);
  }
  if (options.write) writeReport(measured);
  if (warnings.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
