import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { within } from './within.js';

const KEPT_STDERR = 8192;
const STOP_MS = 3000;

const running = new Set<Child>();
// However this process ends, what it started ends before it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** A program that the tests started, and stop by its process id. */
export class Child {
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #stderr = '';

  constructor(command: string, args: readonly string[], onLine: (line: string) => void = () => {}) {
    this.#name = [command, ...args].join(' ');
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
    });
    createInterface(this.#process.stdout).on('line', onLine);
    running.add(this);
    this.ended = once(this.#process, 'close').finally(() => running.delete(this));
    // Who waits for something that the program does sees the failure; here it must only not be unhandled.
    this.ended.catch(() => {});
  }

  /** Rejects when the program ends, with what it said. */
  async failed(): Promise<never> {
    await this.ended.catch((cause: Error) => {
      throw new Error(`${this.#name} does not start; test/interop/setup.sh installs what is missing`, { cause });
    });
    throw new Error(
      `${this.#name} has ended with ${this.#process.exitCode ?? this.#process.signalCode}: ${this.#stderr}`,
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it, and waits until it has ended. */
  async stop(): Promise<void> {
    if (!running.has(this)) return;
    this.kill('SIGTERM');
    await within(STOP_MS, `${this.#name} to end`, this.ended).catch(() => this.kill('SIGKILL'));
    await this.ended;
  }
}
