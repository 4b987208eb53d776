// How scripts/bundle.mjs has the modules of dist joined.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const files = Object.values(exports).flatMap((entry) => entry.default ?? []);

/** A module and all that it imports, except by `import()`. */
function closureOf(file, getModuleInfo, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const imported of getModuleInfo(file)?.importedIds ?? []) closureOf(imported, getModuleInfo, found);
  return found;
}

/** The frame codec is one chunk, although permessage-deflate shares some of it: a file more at the start costs more than it spares. */
function manualChunks(id, { getModuleInfo }) {
  return closureOf(resolve('dist/frames/index.js'), getModuleInfo).has(id) ? 'frames' : undefined;
}

/**
 * An import of a module of Node's reads everything that the module exports, and loads what stands behind getters: all of WebCrypto for a hash,
 * fs.promises for readFileSync. That costs as much CPU as the modules themselves, so they are asked for by `process.getBuiltinModule` instead.
 */
function takeBuiltins(code) {
  const taken = code.replace(/^import (\w+)?(?:, )?(\{[^}]*\})? from '(node:[^']+)';$/gm, (_, whole, names, module) => {
    const targets = [whole, names?.replaceAll(' as ', ': ')].filter((target) => target !== undefined);
    return targets.map((target) => `const ${target} = process.getBuiltinModule('${module}');`).join('\n');
  });
  if (/^import .*'node:/m.test(taken)) throw new Error('there is an import of a module of Node that is not understood');
  return taken;
}

export default {
  input: Object.fromEntries(files.map((file) => [file.replace(/^\.\/dist\/|\.js$/g, ''), file])),
  external: builtinModules.map((name) => `node:${name}`),
  // As package.json says of all of them: so nothing is loaded because an index mentions it.
  treeshake: { moduleSideEffects: false },
  plugins: [{ name: 'take-builtins', renderChunk: takeBuiltins }],
  output: { format: 'es', chunkFileNames: 'chunks/[name]-[hash].js', hoistTransitiveImports: false, manualChunks },
};
