/**
 * The client's side: a process of its own that loads ONE adapter, reads commands and runs them. Nothing here is for
 * Node alone but the adapters, so that other runtimes can be measured too.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Adapter } from '../adapters/adapter.js';
import type { Command, Reply } from './protocol.js';
import { run } from './run.js';

const say = (message: object): void => console.log(JSON.stringify(message));

async function answer(adapter: Adapter, command: Command): Promise<Reply> {
  try {
    if (command.profile) return await profiledRun(adapter, command);
    const result = await run(adapter, command);
    return { ...result, peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** The profiler is loaded for this alone: other runtimes have none. */
async function profiledRun(adapter: Adapter, command: Command): Promise<Reply> {
  const { profiled } = await import('./profiler.js');
  const { result, shares } = await profiled(() => run(adapter, command));
  return { ...result, shares };
}

async function main(file: string): Promise<void> {
  const adapter = ((await import(file)) as { default: Adapter }).default;
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') say(await answer(adapter, JSON.parse(line) as Command));
  }
}

main(process.argv[2] ?? '').then(
  () => process.exit(0),
  (error: unknown) => {
    say({ error: String(error) });
    process.exit(1);
  },
);
