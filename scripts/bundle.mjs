// Joins the modules of dist into one file per entry, the chunks that entries share, and the chunks that are loaded when they are
// needed. Node needs most of a millisecond of CPU for every file it imports, so a hundred small files would cost more than all that
// is in them. Rollup, since it puts into a chunk what only that chunk needs, although the folders are imported by their index;
// esbuild puts there only what no index mentions.
//
//   node scripts/bundle.mjs              where npx cannot get Rollup, dist is left as it is: it works the same
//   node scripts/bundle.mjs --required   that is an error: what is published is bundled
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';

const ROLLUP = 'rollup@4.68.8';
const TARGET = 'dist/.bundled';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const files = Object.values(exports).flatMap((entry) => entry.default ?? []);
const entries = files.map((file) => `${file.replace(/^\.\/dist\/|\.js$/g, '')}=${file}`);
const options = [
  '--format=es',
  `--dir=${TARGET}`,
  '--chunkFileNames=chunks/[name]-[hash].js',
  '--silent',
  '--failAfterWarnings',
  '--no-hoistTransitiveImports',
  // As package.json says of all of them: so nothing is loaded because an index mentions it.
  '--no-treeshake.moduleSideEffects',
];
const external = `--external=${builtinModules.map((name) => `node:${name}`)}`;

const { status } = spawnSync('npx', ['--yes', ROLLUP, ...entries, ...options, external], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (status === 0) {
  for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.js') && !file.startsWith('.bundled')) rmSync(`dist/${file}`);
  }
  for (const file of readdirSync(TARGET, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const code = readFileSync(`${TARGET}/${file}`, 'utf8');
    writeFileSync(`${TARGET}/${file}`, takeBuiltins(code));
  }
  cpSync(TARGET, 'dist', { recursive: true });
} else if (process.argv.includes('--required')) {
  console.error(`npx could not run ${ROLLUP}`);
  process.exitCode = 1;
} else {
  console.error(`npx could not run ${ROLLUP}: dist is not bundled, and slower to import`);
}
rmSync(TARGET, { recursive: true, force: true });

/**
 * An import of a module of Node's reads everything that the module exports, and loads what stands behind getters: all of WebCrypto for a hash,
 * fs.promises for readFileSync. That costs as much CPU as the modules themselves, so they are asked for by `process.getBuiltinModule` instead.
 */
function takeBuiltins(code) {
  const taken = code.replace(/^import (\w+)?(?:, )?(\{[^}]*\})? from '(node:[^']+)';$/gm, (_, whole, names, module) => {
    const targets = [whole, names?.replaceAll(' as ', ': ')].filter((target) => target !== undefined);
    return targets.map((target) => `const ${target} = process.getBuiltinModule('${module}');`).join('\n');
  });
  if (/\bfrom '?node:/.test(taken)) throw new Error('there is an import of a module of Node that is not understood');
  return taken;
}
