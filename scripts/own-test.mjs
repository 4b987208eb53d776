// Says whether every source file of the given folders is covered by its own test: src/frames/header.ts by
// test/frames/header.test.ts alone, and so on; a large topic of a file may have a test of its own, such as
// test/frames/reader-cuts.test.ts. Run it after `npm test`, which compiles to build/.
//
//   node scripts/own-test.mjs [FOLDER...]        folders of src; default: frames handshake tls
//
// Exits 1 where a test is missing, fails, or leaves more than a tenth of its file's lines unrun. 90 % and not 100: a line that only
// input from another file can reach (such as the message of an error that a caller's check makes impossible) is the business of
// that file's test, and c8 over all tests sees it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WANTED = 0.9;
const LIMIT_MS = 100_000;

const build = fileURLToPath(new URL('../build/', import.meta.url));
const given = process.argv.slice(2);
const folders = given.length > 0 ? given : ['frames', 'handshake', 'tls'];

/** Whether nothing of the file is left in the JavaScript: it holds types only. */
const isEmpty = (code) => /^\s*export\s*\{\s*\};?\s*(\/\/# sourceMappingURL=.*)?\s*$/.test(code);

/** Runs a program with coverage; gives its exit code and the coverage of each of its processes. */
async function runCovered(program) {
  const folder = mkdtempSync(join(tmpdir(), 'own-test-'));
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  const child = spawn(process.execPath, [program], { env, stdio: 'ignore', timeout: LIMIT_MS });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const covered = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).result);
  rmSync(folder, { recursive: true });
  return { code, covered };
}

/** Per character, whether it ran. V8 gives nested ranges, and the innermost one counts. */
function ranCharacters(length, functions) {
  const ran = new Uint8Array(length).fill(1);
  const ranges = functions.flatMap((each) => each.ranges);
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return ran;
}

/** The numbers of the lines that hold code, and of those that did not run in any process. */
function linesOf(code, scripts) {
  const ran = scripts.map(({ functions }) => ranCharacters(code.length, functions));
  const counted = [];
  const missed = [];
  let at = 0;
  for (const [index, line] of code.split('\n').entries()) {
    const start = at + line.length - line.trimStart().length;
    const isCode = !/^\s*($|\/\/|\/?\*|[{}()[\];,]+$)/.test(line);
    if (isCode) {
      counted.push(index + 1);
      if (!ran.some((each) => each.subarray(start, at + line.length).includes(1))) missed.push(index + 1);
    }
    at += line.length + 1;
  }
  return { counted, missed };
}

/** The tests of topics of a file: those that begin with its name and are not named after another file. */
function topicsOf(folder, name) {
  const isOther = (/** @type {string} */ test) =>
    existsSync(join(build, 'src', folder, test.replace('.test.js', '.js')));
  return readdirSync(join(build, 'test', folder))
    .filter((test) => test.startsWith(`${name}-`) && test.endsWith('.test.js') && !isOther(test))
    .map((test) => join(build, 'test', folder, test));
}

async function check(folder, name) {
  const file = join(build, 'src', folder, `${name}.js`);
  const test = join(build, 'test', folder, `${name}.test.js`);
  const shown = `${folder}/${name}`;
  const code = readFileSync(file, 'utf8');
  if (isEmpty(code)) return { shown, text: 'types only', ok: true };
  if (!existsSync(test)) return { shown, text: `there is no test/${shown}.test.ts`, ok: false };
  const covered = [];
  for (const each of [test, ...topicsOf(folder, name)]) {
    const { code: exitCode, covered: part } = await runCovered(each);
    if (exitCode !== 0) return { shown, text: `${each} fails, or takes too long`, ok: false };
    covered.push(...part);
  }
  const scripts = covered.filter(({ url }) => url === pathToFileURL(file).href);
  const { counted, missed } = linesOf(code, scripts);
  const part = counted.length === 0 ? 1 : 1 - missed.length / counted.length;
  const where = missed.length === 0 ? '' : `; not run in build/src/${shown}.js: ${missed.join(' ')}`;
  return { shown, text: `${(part * 100).toFixed(1)} %${where}`, ok: part >= WANTED };
}

const jobs = folders.flatMap((folder) =>
  readdirSync(join(build, 'src', folder))
    .filter((name) => name.endsWith('.js'))
    .map((name) => [folder, name.slice(0, -3)]),
);
const results = [];
const work = async () => {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) results.push(await check(...job));
};
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));

results.sort((a, b) => (a.shown < b.shown ? -1 : 1));
for (const { shown, text, ok } of results) console.log(`${ok ? '  ' : '! '}${shown.padEnd(32)} ${text}`);
const bad = results.filter(({ ok }) => !ok).length;
console.log(
  bad === 0 ? `All ${results.length} files are covered by their own test.` : `${bad} of ${results.length} are not.`,
);
process.exitCode = bad === 0 ? 0 : 1;
