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

/** Scenarios that run with the same options. */
interface Variant {
  readonly name: string;
  readonly options: ConnectOptions;
  readonly scenarios: readonly Scenario[];
}

const VARIANTS: readonly Variant[] = [
  {
    name: '',
    options: {},
    scenarios: [...MESSAGES, ...FRAGMENTS, ...CLOSING, ...HANDSHAKE, ...PINGS, ...FLOW, ...CTRL],
  },
  { name: ', deflate', options: { perMessageDeflate: true }, scenarios: [...MESSAGES, ...FRAGMENTS, ...PINGS] },
];

/** Starts an engine and the proxies, and runs every scenario over every way to it. */
export async function interop(engine: Engine): Promise<void> {
  const site = await open(engine);
  for (const way of site.targets) {
    for (const { name, options, scenarios } of VARIANTS) runAll(site, way.with(name, options), scenarios);
    const { tls } = way;
    if (tls === null) continue;
    const ofTls = TLS.map(({ name, run }) => ({ name, run: (target: Target) => run(tls, target) }));
    runAll(site, way.with(', its certificate and pages', {}), ofTls);
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
