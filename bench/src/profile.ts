/** `npm run profile`: where the CPU time of one client in one scenario goes. --help names the options. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { makeCertificates } from './certificates.js';
import { percent, table } from './markdown.js';
import { byOwner, type Share } from './profile-summary.js';
import { Runner } from './runner.js';
import { selectScenarios } from './scenario.js';

const USAGE = `npm run profile -- [options]

  --scenario name   a scenario of the bench, but import and idle (default recv-bin-16)
  --client name     as for the bench, under Node (default ours)
  --top n           how many functions are shown (default 20)
  --ms n            how long the profiled run shall take (default 1000)
  --no-pin          do not hold client and server on a core each`;

function render(shares: readonly Share[], top: number): string {
  const sums = [...byOwner(shares)].map(([owner, share]) => `${owner} ${percent(share)}`).join(', ');
  const rows = shares.slice(0, top).map(({ name, owner, place, share }) => [percent(share), name, owner, place]);
  return `${table(['self time', 'function', 'of', 'where'], rows, ['self time'])}\n\n${sums}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', default: 'recv-bin-16' },
      client: { type: 'string', default: 'ours' },
      top: { type: 'string', default: '20' },
      ms: { type: 'string', default: '1000' },
      'no-pin': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  makeCertificates();
  const warn = (message: string): void => {
    throw new Error(message);
  };
  const runner = new Runner({ rounds: 1, ms: Number(values.ms), pin: !values['no-pin'], warn });
  try {
    for (const scenario of selectScenarios([values.scenario], [])) {
      const shares = await runner.profile(scenario, values.client);
      console.log(`\n${scenario.name}, ${values.client}\n\n${render(shares, Number(values.top))}`);
    }
  } finally {
    await runner.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
