import process from 'node:process';
import { type Child, canPin, startChild } from './child.js';
import { parseClient } from './client-name.js';
import { importedBy, importOnce } from './import-cost.js';
import type { Rounds } from './measure.js';
import { CERTIFICATES, SERVER } from './place.js';
import type { Share } from './profile-summary.js';
import type { Command, Ready, Reply, Run } from './protocol.js';
import type { Scenario } from './scenario.js';

export interface RunnerOptions {
  readonly rounds: number;
  /** how long a measured run shall take */
  readonly ms: number;
  readonly pin: boolean;
  /** told what went wrong; the client concerned is left out, or the round */
  warn(message: string): void;
}

type OverNetwork = Command['scenario'];

const CLIENT_CORE = 0;
const SERVER_CORE = 1;
/** passes before the measured rounds; in them the code gets hot and n is found */
const WARM_UPS = 4;
const LARGEST_N = 4e6;
const LARGEST_BYTES = 2e9;

/** Runs scenarios: each client in a process of its own, all of them against one server, their rounds interleaved. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #pinned: boolean;
  #server: { readonly child: Child; readonly ws: number; readonly wss: number } | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#pinned = options.pin && canPin();
  }

  /** Whether client and server have a core each. */
  get pinned(): boolean {
    return this.#pinned;
  }

  /** All rounds of one scenario, of those clients that can run it. */
  async run(scenario: Scenario, clients: readonly string[]): Promise<Rounds[]> {
    if (scenario.type === 'import') return this.#imports(clients);
    const base = await this.#base(scenario);
    return scenario.type === 'idle'
      ? await this.#fresh({ scenario, base, n: scenario.n }, clients)
      : await this.#interleaved(scenario, base, clients);
  }

  /** Where the CPU time of a run goes, of a client that is warm. */
  async profile(scenario: Scenario, client: string): Promise<readonly Share[]> {
    if (scenario.type === 'import' || scenario.type === 'idle')
      throw new Error(`${scenario.name} is not about CPU time`);
    const base = await this.#base(scenario);
    const child = await this.#client(scenario, client);
    const n = child && (await this.#warmUp(child, client, { scenario, base, n: firstN(scenario) }));
    const run = child && n && (await this.#ask(child, client, { scenario, base, n, profile: true }));
    await child?.stop();
    return run ? (run.shares ?? []) : [];
  }

  async stop(): Promise<void> {
    await this.#server?.child.stop();
    this.#server = undefined;
  }

  /** The beginning of every url of a scenario. */
  async #base({ tls }: OverNetwork): Promise<string> {
    const server = await this.#started();
    return tls ? `wss://localhost:${server.wss}` : `ws://127.0.0.1:${server.ws}`;
  }

  async #started(): Promise<{ readonly ws: number; readonly wss: number }> {
    if (this.#server !== undefined) return this.#server;
    const child = startChild([process.execPath, SERVER], this.#pinned ? SERVER_CORE : undefined, process.env);
    const ports = await child.next<{ ws: number; wss: number }>();
    if ('error' in ports) throw new Error(`the server did not start: ${ports.error}`);
    this.#server = { child, ...ports };
    return this.#server;
  }

  #warn(scenario: Scenario, client: string, error: string): void {
    this.#options.warn(`${scenario.name} ${client}: ${error}`);
  }

  async #client(scenario: Scenario, client: string): Promise<Child | undefined> {
    const { argv, env } = parseClient(client);
    const child = startChild(argv, this.#pinned ? CLIENT_CORE : undefined, {
      ...process.env,
      ...env,
      NODE_EXTRA_CA_CERTS: CERTIFICATES.ca,
      NODE_NO_WARNINGS: '1',
    });
    const ready = await child.next<Ready>();
    if (!('error' in ready)) return child;
    this.#warn(scenario, client, ready.error);
    await child.stop();
    return undefined;
  }

  async #ask(child: Child, client: string, command: Command): Promise<Run | undefined> {
    const reply: Reply = await child.ask<Run>(command);
    if (!('error' in reply)) return reply;
    this.#warn(command.scenario, client, reply.error);
    return undefined;
  }

  /** Each process lives through all rounds and is warm in each; who is not measured waits. */
  async #interleaved(scenario: OverNetwork, base: string, clients: readonly string[]): Promise<Rounds[]> {
    const live: { client: string; child: Child; n: number; runs: (Run | undefined)[] }[] = [];
    for (const client of clients) {
      const child = await this.#client(scenario, client);
      const n = child && (await this.#warmUp(child, client, { scenario, base, n: firstN(scenario) }));
      if (child !== undefined && n !== undefined) live.push({ client, child, n, runs: [] });
      else await child?.stop();
    }
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const { client, child, n, runs } of rotated(live, round)) {
        runs.push(await this.#ask(child, client, { scenario, base, n }));
      }
    }
    await Promise.all(live.map(({ child }) => child.stop()));
    return live;
  }

  /** The n with which a run takes about as long as wanted; undefined when the client fails. */
  async #warmUp(child: Child, client: string, command: Command): Promise<number | undefined> {
    const size = 'size' in command.scenario ? command.scenario.size : 0;
    const most = Math.min(LARGEST_N, Math.floor(LARGEST_BYTES / (size + 14)));
    let { n } = command;
    for (let i = 0; i < WARM_UPS; i++) {
      const run = await this.#ask(child, client, { ...command, n });
      if (run === undefined) return undefined;
      const factor = Math.min(20, this.#options.ms / Math.max(run.ms, 1));
      n = Math.max(4, Math.min(most, Math.round(n * factor)));
    }
    return n;
  }

  /** A process for each round: memory that was used once is never given back in full. */
  async #fresh(command: Command, clients: readonly string[]): Promise<Rounds[]> {
    const all = clients.map((client) => ({ client, runs: [] as (Run | undefined)[] }));
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const { client, runs } of rotated(all, round)) {
        const child = await this.#client(command.scenario, client);
        runs.push(child && (await this.#ask(child, client, command)));
        await child?.stop();
      }
    }
    return all.filter(({ runs }) => runs.some((run) => run !== undefined));
  }

  #imports(clients: readonly string[]): Rounds[] {
    const env = { ...process.env, WS_NO_BUFFER_UTIL: '1', WS_NO_UTF_8_VALIDATE: '1' };
    const all = clients.flatMap((client) => {
      const specifier = importedBy(client);
      return specifier === undefined ? [] : [{ client, specifier, runs: [] as Run[] }];
    });
    for (const { specifier } of all) importOnce(specifier, env); // the files come from the disk once
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const { specifier, runs } of rotated(all, round)) runs.push(importOnce(specifier, env));
    }
    return all;
  }
}

/** The same list, begun one further on in each round. */
function rotated<T>(list: readonly T[], round: number): T[] {
  const from = list.length === 0 ? 0 : round % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}

function firstN(scenario: OverNetwork): number {
  if (scenario.type === 'connect') return 20;
  const size = 'size' in scenario ? scenario.size : 0;
  return Math.max(4, Math.min(20000, Math.floor((4 << 20) / (size + 200))));
}
