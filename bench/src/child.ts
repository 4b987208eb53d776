import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import os from 'node:os';
import { createInterface } from 'node:readline';
import type { Failure } from './protocol.js';

/** A process that answers lines of JSON with lines of JSON, in order. */
export interface Child {
  /** The next line, or a failure when the process is gone or `limitMs` have passed. */
  next<T extends object>(limitMs?: number): Promise<T | Failure>;
  /** Sends a line and waits for the next one. */
  ask<T extends object>(command: object): Promise<T | Failure>;
  stop(): Promise<void>;
}

const LIMIT_MS = 120_000;
type Line = object;

/** Whether processes can be held on one core each: Linux with taskset and at least two cores. */
export function canPin(): boolean {
  return process.platform === 'linux' && os.cpus().length > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
}

/** Starts `argv` as a process of its own, on core `core` if there is one given. What it writes to stderr goes to ours. */
export function startChild(argv: readonly string[], core: number | undefined, env: NodeJS.ProcessEnv): Child {
  const [command = '', ...args] = core === undefined ? argv : ['taskset', '-c', String(core), ...argv];
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  const waiting: ((line: Line) => void)[] = [];
  let gone: Failure | undefined;
  const end = (error: string): void => {
    gone ??= { error };
    for (const give of waiting.splice(0)) give(gone);
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(`the process ended (${signal ?? code})`));
  child.stdin.on('error', () => {}); // it is gone: 'exit' tells
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const parsed = JSON.parse(line) as Line;
    const give = waiting.shift();
    if (give === undefined) lines.push(parsed);
    else give(parsed);
  });
  const next = <T extends object>(limitMs = LIMIT_MS): Promise<T | Failure> =>
    within(limitMs, (give) => {
      const line = lines.shift() ?? gone;
      if (line === undefined) waiting.push(give);
      else give(line);
    }) as Promise<T | Failure>;
  return {
    next,
    ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return next();
    },
    stop: () => stop(child),
  };
}

function within(limitMs: number, start: (give: (line: Line) => void) => void): Promise<Line> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, { error: `no answer within ${limitMs / 1000} s` });
    start((line) => {
      clearTimeout(timer);
      resolve(line);
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
