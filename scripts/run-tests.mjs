import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';

const LIMIT_MS = 300_000;

/** @returns {string[]} the compiled tests, by their path in build/test, for which `isWanted` holds */
export function findTests(/** @type {(file: string) => boolean} */ isWanted) {
  return readdirSync('build/test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && isWanted(file))
    .sort();
}

/**
 * Runs a test in a process of its own; prints its output if it fails.
 *
 * @param {{ node: string, args?: string[], env?: NodeJS.ProcessEnv }} how
 * @param {string} file
 * @returns {Promise<boolean>} whether it passed
 */
function run({ node, args = [], env = process.env }, file) {
  return new Promise((resolve) => {
    const command = [...args, '--enable-source-maps', `build/test/${file}`];
    const child = spawn(node, command, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
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

/**
 * Runs tests, two at a time. What fails beside another test is run once more, alone: if it passes then, the machine was too
 * busy for it, which is told.
 *
 * @param {{ node: string, args?: string[], env?: NodeJS.ProcessEnv }} how
 * @param {string[]} files
 * @returns {Promise<boolean>} whether there are tests, and all of them passed
 */
export async function runTests(how, files) {
  const waiting = [...files];
  /** @type {string[]} */
  const again = [];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (!(await run(how, file))) again.push(file);
    }
  };
  await Promise.all([worker(), worker()]);
  let failed = 0;
  for (const file of again) {
    console.log(`# once more, alone: ${file}`);
    if (!(await run(how, file))) failed++;
  }
  console.log(`${files.length - failed} passed, ${failed} failed`);
  return failed === 0 && files.length > 0;
}
