/** `npm run size`: prints bundles and install sizes. With --check it fails when a bundle weighs more than its budget. */
import process from 'node:process';
import { overBudget } from './bars.js';
import { measureBundles, measureInstalled } from './bundle.js';
import { bundleTable, installedTable } from './report.js';

function main(): void {
  const bundles = measureBundles();
  console.log(`${bundleTable(bundles)}\n\n${installedTable(measureInstalled())}`);
  const failures = process.argv.includes('--check') ? overBudget(bundles) : [];
  for (const failure of failures) console.error(failure);
  if (failures.length > 0) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
