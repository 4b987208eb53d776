import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** bench/build, where this file runs: everything made lies below it. */
const BUILD = fileURLToPath(new URL('..', import.meta.url));
/** bench/ */
export const BENCH: string = path.dirname(BUILD.replace(/[/\\]$/, ''));
/** the project */
export const PROJECT: string = path.dirname(BENCH);

const certs = path.join(BUILD, 'certs');
export const CERTIFICATES = {
  folder: certs,
  ca: path.join(certs, 'ca.pem'),
  key: path.join(certs, 'key.pem'),
  cert: path.join(certs, 'cert.pem'),
} as const;

export const MEASUREMENTS: string = path.join(BUILD, 'measurements.json');
export const RESULTS: string = path.join(BENCH, 'RESULTS.md');
export const NOTES: string = path.join(BENCH, 'NOTES.md');

export const SERVER: string = path.join(BUILD, 'src/server.js');
export const CLIENT: string = path.join(BUILD, 'src/client.js');
export const adapterFile = (name: string): string => path.join(BUILD, 'adapters', `${name}.js`);

/** The url of a module of our package, in `dist` or wherever another build of it lies. */
export function oursUrl(file: string, dist: string = path.join(PROJECT, 'dist')): string {
  return pathToFileURL(path.resolve(dist, file)).href;
}
