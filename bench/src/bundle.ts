import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { buildSync } from 'esbuild';
import { BENCH, oursUrl, PROJECT } from './place.js';

/** Bytes of JavaScript. */
export interface Weight {
  readonly minified: number;
  readonly gzipped: number;
}

export interface Bundle {
  readonly name: string;
  /** Everything that is ever loaded, as one file. */
  readonly all: Weight;
  /** What is loaded at the start, where the bundler splits: the entry, and the chunks that it imports. */
  readonly start: Weight;
}

export interface Installed {
  readonly name: string;
  /** bytes of all files, unpacked */
  readonly bytes: number;
  readonly packages: number;
}

const ours = (file: string): string => JSON.stringify(fileURLToPath(oursUrl(file)));
const exported = (file: string): string => `export * from ${ours(file)};`;

/** A program of one line for each bundle: what it exports cannot be left out. */
const PROGRAMS: readonly { readonly name: string; readonly program: () => string }[] = [
  { name: 'websocket-open', program: () => exported('index.js') },
  { name: 'websocket-open, connect() only', program: () => `export { connect } from ${ours('index.js')};` },
  { name: 'websocket-open/frames', program: () => exported('frames/index.js') },
  { name: 'websocket-open/frames, Reader only', program: () => `export { Reader } from ${ours('frames/index.js')};` },
  { name: 'websocket-open/frames, Writer only', program: () => `export { Writer } from ${ours('frames/index.js')};` },
  { name: 'websocket-open/deflate', program: () => exported('frames/deflate-index.js') },
  { name: 'websocket-open/handshake', program: () => exported('handshake/index.js') },
  { name: 'websocket-open/tls', program: () => exported('tls/index.js') },
  { name: 'ws, WebSocket only', program: () => "export { WebSocket } from 'ws';" },
  { name: 'undici, WebSocket only', program: () => "export { WebSocket } from 'undici';" },
];

function bundle(name: string, program: string): Bundle {
  return { name, all: weigh(build(program, false)), start: weigh(build(program, true)) };
}

/** What esbuild makes of a program: one file, or, if it splits, the files that are loaded at the start. */
function build(program: string, splitting: boolean): Uint8Array[] {
  const { outputFiles, metafile } = buildSync({
    stdin: { contents: program, resolveDir: BENCH },
    bundle: true,
    minify: true,
    splitting,
    outdir: path.join(BENCH, 'out'),
    absWorkingDir: BENCH,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
    metafile: true,
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'silent',
  });
  const entry = Object.keys(metafile.outputs).find((name) => metafile.outputs[name]?.entryPoint === '<stdin>');
  const loaded = new Set(entry === undefined ? [] : [entry]);
  for (const name of loaded) {
    for (const { kind, path: imported, external } of metafile.outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loaded.add(imported);
    }
  }
  return outputFiles.filter((file) => loaded.has(path.relative(BENCH, file.path))).map(({ contents }) => contents);
}

const weigh = (files: readonly Uint8Array[]): Weight => ({
  minified: sum(files.map(({ length }) => length)),
  gzipped: sum(files.map((code) => zlib.gzipSync(code, { level: 9 }).length)),
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** What esbuild makes of each entry: minified, then gzipped. */
export function measureBundles(): Bundle[] {
  return PROGRAMS.map(({ name, program }) => bundle(name, program()));
}

function bytesBelow(folder: string): number {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

/** What each package adds to node_modules; none of these has a dependency that it cannot do without. */
export function measureInstalled(): Installed[] {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: PROJECT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(listing) as [{ unpackedSize: number }];
  const peers = ['ws', 'undici'].map((name) => ({
    name,
    bytes: bytesBelow(path.join(BENCH, 'node_modules', name)),
    packages: 1,
  }));
  return [{ name: 'websocket-open', bytes: packed.unpackedSize, packages: 1 }, ...peers];
}
