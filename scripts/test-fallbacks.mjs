// Runs the compiled tests once more without the fast paths: what is fast here has a plain way beside it, for runtimes that lack
// what it rests on, and that way has to pass the same tests.
//
// 1. In processes where test/fallbacks.ts has taken everything away that a fast path rests on; it says what.
// 2. What masks, under a V8 that really has no WebAssembly: --jitless.
//
// test/fallbacks.test.ts fails if what FALLBACKS names is still there. The tests of handshake and tls stay out: they are pure, do not
// import the rest, and have one way only.
import { pathToFileURL } from 'node:url';
import { findTests, runTests } from './run-tests.mjs';

const preload = pathToFileURL('build/test/fallbacks.js').href;
const { NODE_OPTIONS = '' } = process.env;

/** The runs: what is not there in each, the options of Node that take it away, and which tests. */
const RUNS = [
  ['simd kept-streams onread', `--import=${preload}`, /^(api|frames|docs)\/|^(fallbacks|index|examples)\./],
  [
    'simd',
    '--jitless',
    /^fallbacks\.|^frames\/(mask|simd|slot|writer|deflating-writer|runs|reader-text|inflate|index)/,
  ],
];

let good = true;
for (const [fallbacks, option, wanted] of RUNS) {
  // In the environment, so that the programs that tests start get it, too.
  const env = { ...process.env, FALLBACKS: fallbacks, NODE_OPTIONS: `${NODE_OPTIONS} ${option}`.trim() };
  const files = findTests((file) => wanted.test(file));
  console.log(`# without ${fallbacks}: ${files.length} files`);
  good = (await runTests({ node: process.execPath, env }, files)) && good;
}
process.exitCode = good ? 0 : 1;
