import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import t from 'tap';

// The rules 1 and 2 of docs/ARCHITECTURE.md, read off the import lines of src.

// This file runs from build/test; the sources stay where they are.
const src = new URL('../../src/', import.meta.url);

interface Import {
  /** Path below src of the file that imports. */
  readonly file: string;
  /** Path below src, or a name such as `node:net`. */
  readonly from: string;
  /** Whether nothing of it is left in the JavaScript. */
  readonly typeOnly: boolean;
}

/** A module of Node that is loaded where it is first used. */
const BUILTIN = /\bprocess\.getBuiltinModule\('(node:[^']+)'\)/g;

function importsOf(file: string): Import[] {
  const code = readFileSync(new URL(file, src), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, type, name = ''] of code.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm,
  )) {
    const from = name.startsWith('.') ? posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts') : name;
    found.push({ file, from, typeOnly: type !== undefined });
  }
  for (const [, name] of code.matchAll(/\bimport\s*\(\s*'(\.[^']+)'\s*\)/g)) {
    const from = posix.join(posix.dirname(file), name as string).replace(/\.js$/, '.ts');
    found.push({ file, from, typeOnly: false });
  }
  for (const [, name = ''] of code.matchAll(BUILTIN)) found.push({ file, from: name, typeOnly: false });
  // What the expressions above do not see must not be there: require(), and import() of anything else than a text.
  if (/\bimport\s*\((?!\s*'\.[^']+'\s*\))|\brequire\s*\(/.test(code))
    found.push({ file, from: 'dynamic', typeOnly: false });
  return found;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));
const imports = files.flatMap(importsOf);
const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] as string) : '');
const show = ({ file, from }: Import): string => `${file} imports ${from}`;

const PURE = ['frames', 'handshake', 'tls'];
/** What a pure folder may have of Node: what works on values alone. Of zlib that is the codec of permessage-deflate. */
const PURE_MODULES = new Set(['node:crypto', 'node:buffer', 'node:url', 'node:zlib']);

t.test('the imports are found', async (t) => {
  t.ok(files.length > 50);
  for (const folder of ['', 'api', ...PURE])
    t.ok(
      imports.some(({ file }) => folderOf(file) === folder),
      folder,
    );
  t.ok(imports.some(({ file, from }) => file === 'api/transport.ts' && from === 'node:net'));
  t.ok(imports.some(({ file, from }) => file === 'api/secure.ts' && from === 'tls/index.ts'));
  t.ok(imports.some(({ file, from }) => file === 'index.ts' && from === 'api/connect.ts'));
  const known = new Set(files);
  t.same(imports.filter(({ from }) => !from.startsWith('node:') && !known.has(from)).map(show), [], 'no dependency');
});

t.test('rule 1: frames, handshake and tls are pure', async (t) => {
  const broken = imports.filter(
    ({ file, from, typeOnly }) =>
      PURE.includes(folderOf(file)) && from.startsWith('node:') && !PURE_MODULES.has(from) && !typeOnly,
  );
  t.same(broken.map(show), []);
});

t.test('rule 1: they have no clock, no timer, no environment and no console', async (t) => {
  const globals =
    /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|performance\.|Date\.now|new Date\(\)|process\.|console\.|fetch\()/;
  const broken: string[] = [];
  for (const file of files.filter((each) => PURE.includes(folderOf(each)))) {
    const code = readFileSync(new URL(file, src), 'utf8')
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      .replace(BUILTIN, '');
    const found = globals.exec(code);
    if (found !== null) broken.push(`${file} uses ${found[0]}`);
  }
  t.same(broken, []);
});

t.test('rule 2: they do not import each other, and nothing imports api but src/index.ts', async (t) => {
  const broken = imports.filter(({ file, from }) => {
    if (from.startsWith('node:')) return false;
    const [importer, imported] = [folderOf(file), folderOf(from)];
    if (importer === imported || importer === '') return false;
    return importer !== 'api' || !PURE.includes(imported);
  });
  t.same(broken.map(show), []);
});

t.test('a folder is imported by its index, or that of a part that is loaded apart', async (t) => {
  const broken = imports.filter(
    ({ file, from }) =>
      PURE.includes(folderOf(from)) && folderOf(file) !== folderOf(from) && !/[/-]index\.ts$/.test(from),
  );
  t.same(broken.map(show), []);
});

t.test('the frame codec loads nothing of permessage-deflate, which is an entry of its own', async (t) => {
  const loaded = new Set(['frames/index.ts']);
  for (const file of loaded) {
    for (const { from } of imports.filter((each) => each.file === file && !each.typeOnly)) loaded.add(from);
  }
  t.ok(loaded.has('frames/frame-reader.ts'));
  t.same(
    [...loaded].filter((file) => /deflate|inflate|compressed|zlib/.test(file)),
    [],
  );
});
