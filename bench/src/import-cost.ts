import { execFileSync } from 'node:child_process';
import { BENCH, oursUrl } from './place.js';
import type { Run } from './protocol.js';

/** What a client's program imports; undefined for a client that is no package of its own. */
export function importedBy(client: string): string | undefined {
  const [name = '', dist] = client.split('=');
  if (name.startsWith('ours')) return oursUrl('index.js', dist);
  return { ws: 'ws', 'ws-native': 'ws', undici: 'undici' }[name];
}

/** One import in a fresh process: its time and CPU. */
export function importOnce(specifier: string, env: NodeJS.ProcessEnv): Run {
  const program = `
    const cpu = process.cpuUsage(), from = performance.now();
    await import(${JSON.stringify(specifier)});
    const ms = performance.now() - from, { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, n: 1 }));`;
  const argv = ['--input-type=module', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, argv, { cwd: BENCH, env, encoding: 'utf8' })) as Run;
}
