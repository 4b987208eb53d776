import { adapterFile, CERTIFICATES, CLIENT } from './place.js';

/** How to start one client. */
export interface Start {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A client is `NAME[=DIST][@RUNTIME]`: the file adapters/NAME.ts, against the build of our package in the folder DIST, under a runtime
 * (`bun`, `deno`, or the path of any node). So `ours,ours=../other/dist` compares two builds, `ws@bun` runs under Bun.
 */
export function parseClient(client: string): Start {
  const { name, dist, runtime } =
    /^(?<name>[\w-]+)(?:=(?<dist>[^@]+))?(?:@(?<runtime>.+))?$/.exec(client)?.groups ?? {};
  if (name === undefined) throw new Error(`${client} is not a client: NAME[=DIST][@RUNTIME]`);
  return {
    argv: [...runtimeOf(runtime), CLIENT, adapterFile(name)],
    env: dist === undefined ? {} : { BENCH_DIST: dist },
  };
}

function runtimeOf(runtime: string | undefined): string[] {
  if (runtime === undefined) return [process.execPath, '--expose-gc'];
  if (runtime === 'bun') return ['bun', 'run'];
  if (runtime === 'deno') return ['deno', 'run', '-A', '--quiet', '--cert', CERTIFICATES.ca];
  return [runtime, '--expose-gc'];
}
