/** `npm run size`: prints bundles and install sizes. With --check it fails when a bundle weighs more than its budget. */
import process from 'node:process';
import { SIZE_BARS } from './bars.js';
import { type Bundle, measureBundles, measureInstalled } from './bundle.js';
import { bundleTable, installedTable } from './report.js';

/** Less than this is a module that exports nothing: what was built is not the package. */
const SMALLEST_BYTES = 200;

function failuresOf(bundles: readonly Bundle[]): string[] {
  return SIZE_BARS.flatMap(({ bundle, atMostBytes }) => {
    const gzipped = bundles.find(({ name }) => name === bundle)?.gzipped ?? 0;
    if (gzipped < SMALLEST_BYTES) return [`${bundle}: ${gzipped} bytes gzipped, so it holds nothing; is dist/ built?`];
    return gzipped <= atMostBytes ? [] : [`${bundle}: ${gzipped} bytes gzipped, its budget is ${atMostBytes}`];
  });
}

function main(): void {
  const bundles = measureBundles();
  console.log(`${bundleTable(bundles)}\n\n${installedTable(measureInstalled())}`);
  const failures = process.argv.includes('--check') ? failuresOf(bundles) : [];
  for (const failure of failures) console.error(failure);
  if (failures.length > 0) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
