// Runs the compiled tests under another release of Node, which the npm package `node` brings:
//   node scripts/test-on.mjs 26            all of them
//   node scripts/test-on.mjs 22 tls/live   those whose path holds one of the words
import { spawnSync } from 'node:child_process';
import { findTests, runTests } from './run-tests.mjs';

const [release, ...words] = process.argv.slice(2);
if (release === undefined || !/^\d+(\.\d+){0,2}$/.test(release)) {
  console.error('usage: node scripts/test-on.mjs <release> [word ...]');
  process.exit(2);
}

/** The path of that Node's executable. */
function nodeOf() {
  const print = ['exec', '--yes', `--package=node@${release}`, '--', 'node', '-p', 'process.execPath'];
  const { stdout, status } = spawnSync('npm', print, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`node@${release} could not be installed`);
  return stdout.trim();
}

const files = findTests((file) => words.length === 0 || words.some((word) => file.includes(word)));
const node = nodeOf();
const version = spawnSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).stdout.trim();
console.log(`# Node ${version}, ${files.length} files`);
process.exitCode = (await runTests({ node }, files)) ? 0 : 1;
