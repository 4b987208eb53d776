import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { BENCH, PROJECT } from './place.js';

/** Where and with what was measured: enough to compare, nothing that names a host or a user. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
}

const PEERS = ['ws', 'bufferutil', 'utf-8-validate', 'undici', 'esbuild'];

function versionIn(folder: string): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return version;
}

export function environment(): Environment {
  const cpus = os.cpus();
  const { node, v8, openssl, zlib } = process.versions;
  const peers = PEERS.map((name) => [name, versionIn(path.join(BENCH, 'node_modules', name))] as const);
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    platform: `${process.platform} ${process.arch}`,
    versions: {
      'websocket-open': versionIn(PROJECT),
      node,
      v8,
      openssl,
      zlib: zlib ?? '',
      ...Object.fromEntries(peers),
    },
  };
}
