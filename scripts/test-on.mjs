// Runs the compiled tests under another release of Node, which the npm package `node` brings:
//   node scripts/test-on.mjs 26            all of them
//   node scripts/test-on.mjs 22 tls/live   those whose path holds one of the words
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

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

const isWanted = (/** @type {string} */ file) => words.length === 0 || words.some((word) => file.includes(word));
const files = readdirSync('build/test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js') && isWanted(file))
  .sort();

/** @returns {Promise<boolean>} whether the test passed */
function run(/** @type {string} */ node, /** @type {string} */ file) {
  return new Promise((resolve) => {
    const child = spawn(node, ['--enable-source-maps', `build/test/${file}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const limit = setTimeout(() => child.kill('SIGKILL'), 300_000);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    child.once('close', (code) => {
      clearTimeout(limit);
      if (code !== 0) console.log(output);
      console.log(`${code === 0 ? 'ok' : 'not ok'} - ${file}`);
      resolve(code === 0);
    });
  });
}

const node = nodeOf();
const version = spawnSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).stdout.trim();
console.log(`# Node ${version}, ${files.length} files`);
const waiting = [...files];
let failed = 0;
/** @type {string[]} */
const again = [];
const worker = async () => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (!(await run(node, file))) again.push(file);
  }
};
await Promise.all([worker(), worker()]);
// What failed beside another test is run once more, alone: if it passes then, the machine was too busy for it, which is told.
for (const file of again) {
  console.log(`# once more, alone: ${file}`);
  if (!(await run(node, file))) failed++;
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1;
