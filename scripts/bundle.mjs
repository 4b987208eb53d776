// Joins the modules of dist into one file per entry and the chunks that entries share. Node needs most of a millisecond of CPU
// for every file it imports, so a hundred small files would cost more than all that is in them.
//
//   node scripts/bundle.mjs              where npx cannot get esbuild, dist is left as it is: it works the same
//   node scripts/bundle.mjs --required   that is an error: what is published is bundled
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const ESBUILD = 'esbuild@0.28.2';
const TARGET = 'dist/.bundled';

const { exports, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = Object.values(exports).flatMap((entry) => entry.default ?? []);
const target = /\d+\.\d+/.exec(engines.node)?.[0];
const options = ['--bundle', '--splitting', '--format=esm', '--platform=node', `--target=node${target}`];
const places = ['--outbase=dist', `--outdir=${TARGET}`, '--chunk-names=chunks/[name]-[hash]', '--log-level=warning'];

const { status } = spawnSync('npx', ['--yes', ESBUILD, ...entries, ...options, ...places], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (status === 0) {
  for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.js') && !file.startsWith('.bundled')) rmSync(`dist/${file}`);
  }
  for (const file of readdirSync(TARGET, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    // An import of nothing is there for its side effects, and there are none: package.json says so, and bundlers would warn.
    const code = readFileSync(`${TARGET}/${file}`, 'utf8');
    writeFileSync(`${TARGET}/${file}`, code.replace(/^import "[^"]+";\n/gm, ''));
  }
  cpSync(TARGET, 'dist', { recursive: true });
} else if (process.argv.includes('--required')) {
  console.error(`npx could not run ${ESBUILD}`);
  process.exitCode = 1;
} else {
  console.error(`npx could not run ${ESBUILD}: dist is not bundled, and slower to import`);
}
rmSync(TARGET, { recursive: true, force: true });
