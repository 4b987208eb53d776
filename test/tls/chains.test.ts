import t from 'tap';
import { nodeCodeOf } from '../../src/tls/findings.js';
import { type Ignore, judge } from '../../src/tls/verdict.js';
import { evidence } from './pki/evidence.js';
import { expectedKeywords, readFixture } from './pki/fixture.js';

// Every single defect and every pair that can stand together. What each is expected to be comes from
// `openssl s_client -verify 20`, recorded by pki/record.ts; the fixture names the release.
t.setTimeout(300_000);
const { chains, source } = readFixture();

t.ok(chains.length >= 100, `${chains.length} chains, by ${source}`);

/** The error that Node shows is openssl's last, under Node's name. */
function nodeCode(codes: readonly string[]): string | null {
  const last = codes.at(-1);
  return last === undefined ? null : nodeCodeOf(last.split('@')[0] as string);
}

/** Errors that are found last of all are known by Node's word only; EE_KEY_TOO_SMALL is repeated for the error of trust. */
function isNamedByNode(code: string): boolean {
  return /^(PERMITTED_VIOLATION|EXCLUDED_VIOLATION|EE_KEY_TOO_SMALL)@/.test(code);
}

for (const level of ['level1', 'level2'] as const) {
  t.test(`the findings are openssl's, at ${level}`, async (t) => {
    const wrong: string[] = [];
    for (const chain of chains) {
      const code = nodeCode(chain[level]);
      const { findings, refusal } = judge(evidence(chain, code), { ignore: [], pins: [] });
      const keywords = [...new Set(findings.map(({ keyword }) => keyword))].sort();
      const expected = code === null ? (chain.wrongHost ? ['HostNameMismatch'] : []) : expectedKeywords(chain);
      if (keywords.join() !== expected.join()) wrong.push(`${chain.name}: ${keywords.join()}`);
      if (code === null) continue;
      if (refusal?.kind !== 'findings') wrong.push(`${chain.name}: ${refusal?.detail}`);
      const certain = chain[level].filter((one) => !isNamedByNode(one));
      const codes = findings.map(({ opensslCode, depth }) => `${opensslCode}@${depth}`);
      const ordered = codes.filter((one) => certain.includes(one));
      if (ordered.join() !== certain.join()) wrong.push(`${chain.name}: the order ${ordered.join(' ')}`);
    }
    t.same(wrong, []);
  });
}

t.test('the list that is offered accepts, and with one keyword less it refuses', async (t) => {
  const wrong: string[] = [];
  for (const chain of chains) {
    const given = evidence(chain, nodeCode(chain.level1));
    const accepts = (ignore: Ignore): boolean => judge(given, { ignore, pins: [] }).accepted;
    const { acceptedBy } = judge(given, { ignore: [], pins: [] });
    if (acceptedBy === null || !accepts(acceptedBy) || !accepts('all')) {
      wrong.push(`${chain.name}: ${acceptedBy?.join()} does not accept`);
      continue;
    }
    const dispensable = acceptedBy.filter((left) => accepts(acceptedBy.filter((keyword) => keyword !== left)));
    if (dispensable.length > 0) wrong.push(`${chain.name}: accepted without ${dispensable.join()}`);
  }
  t.same(wrong, []);
});
