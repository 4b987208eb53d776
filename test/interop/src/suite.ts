import { after, suite, test } from 'node:test';
import type { Engine } from './engine.js';
import type { ConnectOptions } from './ours.js';
import { CLOSING } from './scenarios/closing.js';
import { CTRL } from './scenarios/ctrl.js';
import { FLOW } from './scenarios/flow.js';
import { FRAGMENTS } from './scenarios/fragments.js';
import { HANDSHAKE } from './scenarios/handshake.js';
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
  const site = await Site.open(engine);
  after(() => site.close());
  for (const target of site.targets) {
    for (const { name, options } of VARIANTS) runAll(`${engine.name} ${site.version}`, target.with(name, options));
  }
}

function runAll(engine: string, target: Target): void {
  suite(`${engine}, ${target.name}`, () => {
    const timeout = { timeout: TEST_MS };
    for (const { name, run } of [...ALL, ...CTRL]) test(name, timeout, () => run(target));
    const { tls } = target;
    if (tls !== null) for (const { name, run } of TLS) test(name, timeout, () => run(tls, target));
  });
}
