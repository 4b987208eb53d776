import { after, suite, test } from 'node:test';
import { type Engine, LIBRARY_SERVERS } from './engine.js';
import type { ConnectOptions } from './ours.js';
import { CLOSING } from './scenarios/closing.js';
import { CTRL } from './scenarios/ctrl.js';
import { FLOW } from './scenarios/flow.js';
import { FRAGMENTS } from './scenarios/fragments.js';
import { HANDSHAKE } from './scenarios/handshake.js';
import { LIBRARIES } from './scenarios/libraries.js';
import { MESSAGES } from './scenarios/messages.js';
import { PINGS } from './scenarios/pings.js';
import type { Scenario } from './scenarios/scenario.js';
import { TLS } from './scenarios/tls.js';
import { Site, type Target } from './target.js';

const TEST_MS = 30_000;

const ALL: readonly Scenario[] = [...MESSAGES, ...FRAGMENTS, ...CLOSING, ...HANDSHAKE, ...PINGS, ...FLOW];

/** Options with which every scenario runs anew. */
const VARIANTS: readonly { readonly name: string; readonly options: ConnectOptions }[] = [{ name: '', options: {} }];

/** Starts an engine and the proxies, and runs every scenario over every way to it. */
export async function interop(engine: Engine): Promise<void> {
  const site = await open(engine);
  for (const way of site.targets) {
    const { tls } = way;
    const ofTls = tls === null ? [] : TLS.map(({ name, run }) => ({ name, run: (target: Target) => run(tls, target) }));
    for (const { name, options } of VARIANTS) runAll(site, way.with(name, options), [...ALL, ...CTRL, ...ofTls]);
  }
}

/** Starts the servers of the libraries that take our class, and runs their round trips over every way to them. */
export async function libraries(): Promise<void> {
  const site = await open(LIBRARY_SERVERS);
  for (const target of site.targets) runAll(site, target, LIBRARIES);
}

async function open(engine: Engine): Promise<Site> {
  const site = await Site.open(engine);
  after(() => site.close());
  return site;
}

function runAll({ name: server }: Site, target: Target, scenarios: readonly Scenario[]): void {
  suite(`${server}, ${target.name}`, () => {
    for (const { name, run } of scenarios) test(name, { timeout: TEST_MS }, () => run(target));
  });
}
