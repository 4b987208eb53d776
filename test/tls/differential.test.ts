import t from 'tap';
import { codesOf, compare, inParallel, withFolder } from './pki/differential.js';
import { startServer } from './pki/live.js';
import { countOf, type RandomScenario, randomFrom, randomScenario, seedOf } from './pki/random.js';
import { makeChain } from './pki/scenario.js';

// Random chains over live connections: what `openssl s_client -verify 20` reports at security level 2 must be among our
// findings. WSO_SEED=... runs the same chains again, WSO_COUNT=... another number of them.
t.setTimeout(600_000);
const seed = seedOf();
const count = countOf(2000);
t.comment(`WSO_SEED=${seed} WSO_COUNT=${count}`);

const STRENGTH = /^(EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK)@/;
// Node's word UNSPECIFIED stands for those in our findings: they come last, so Node shows them.
const LATE = /^(PERMITTED_VIOLATION|EXCLUDED_VIOLATION|PROXY_SUBJECT_NAME_VIOLATION)@/;

interface Tally {
  compared: number;
  clean: number;
  more: number;
  notShown: number;
  unjudged: number;
}

t.test('openssl finds nothing that we do not find', async (t) => {
  const random = randomFrom(seed);
  const server = await startServer();
  t.teardown(() => server.close());
  const tally: Tally = { compared: 0, clean: 0, more: 0, notShown: 0, unjudged: 0 };
  const wrong: string[] = [];
  await withFolder((folder) =>
    inParallel(scenarios(random, count), 3, async (job) => {
      const chain = makeChain(job.scenario);
      const result = await compare(server, folder, chain, 2, (tally.compared & 1) === 0 ? '1.3' : '1.2').catch(
        () => null,
      );
      if (result === null || result.openssl === null) {
        tally.notShown++;
        return;
      }
      tally.compared++;
      const { openssl, live, verdict } = result;
      const found = codesOf(verdict);
      if (live.authorizationError === null) tally.clean++;
      else if (found.length > openssl.length) tally.more++;
      // What no list accepts, no list can accept wrongly.
      if (verdict.acceptedBy === null) {
        tally.unjudged++;
        return;
      }
      const missing = openssl.filter((code) => !isCovered(code, found, live.authorizationError));
      if (missing.length === 0) return;
      wrong.push(`${job.defects.join(' + ')}: openssl ${openssl.join(' ')}, ours ${found.join(' ')}`);
    }),
  );
  t.comment(JSON.stringify(tally));
  t.same(wrong, [], `nothing is missed with seed ${seed}`);
  t.ok(tally.compared > count * 0.9, 'most chains can be shown');
  t.ok(tally.unjudged < count * 0.02, 'hardly any is refused as unexplained');
});

function* scenarios(random: () => number, many: number): Generator<RandomScenario> {
  for (let made = 0; made < many; made++) yield randomScenario(random);
}

function isCovered(code: string, found: readonly string[], nodeCode: string | null): boolean {
  if (found.includes(code)) return true;
  // What Node accepts is not second-guessed; its level may be lower than the one asked of openssl.
  if (nodeCode === null) return STRENGTH.test(code);
  if (LATE.test(code)) return found.includes('UNSPECIFIED@0');
  // OpenSSL repeats this code in place of the error of trust, which we name.
  return /^EE_KEY_TOO_SMALL@/.test(code) && found.includes('EE_KEY_TOO_SMALL@0');
}
