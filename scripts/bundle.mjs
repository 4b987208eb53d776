// Joins the modules of dist into one file per entry, the chunks that entries share, and the chunks that are loaded when they are
// needed. Node needs most of a millisecond of CPU for every file it imports, so a hundred small files would cost more than all that
// is in them. Rollup, since it puts into a chunk what only that chunk needs, although the folders are imported by their index;
// esbuild puts there only what no index mentions.
//
//   node scripts/bundle.mjs              where npx cannot get Rollup, dist is left as it is: it works the same
//   node scripts/bundle.mjs --required   that is an error: what is published is bundled
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';

const ROLLUP = 'rollup@4.68.8';
const TARGET = 'dist/.bundled';

const options = ['--config=scripts/rollup.config.mjs', `--dir=${TARGET}`, '--silent', '--failAfterWarnings'];
const { status } = spawnSync('npx', ['--yes', ROLLUP, ...options], { stdio: ['ignore', 'inherit', 'inherit'] });
if (status === 0) {
  for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.js') && !file.startsWith('.bundled')) rmSync(`dist/${file}`);
  }
  cpSync(TARGET, 'dist', { recursive: true });
} else if (process.argv.includes('--required')) {
  console.error(`npx could not run ${ROLLUP}`);
  process.exitCode = 1;
} else {
  console.error(`npx could not run ${ROLLUP}: dist is not bundled, and slower to import`);
}
rmSync(TARGET, { recursive: true, force: true });
