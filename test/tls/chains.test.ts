import t from 'tap';
import { createAnchors } from '../../src/tls/anchors.js';
import { nodeCodeOf } from '../../src/tls/findings.js';
import type { SslErrorKeyword } from '../../src/tls/keyword.js';
import { type Evidence, judge } from '../../src/tls/verdict.js';
import { FIXTURE_TIME, keywordsOf, type RecordedChain, readFixture } from './pki/fixture.js';
import { toPem } from './pki/make-certificate.js';
import { HOST } from './pki/scenario.js';

// Every single defect and every pair that can stand together. What each is expected to be comes from
// `openssl s_client -verify 20`, recorded by pki/record.ts; the fixture names the release.
const { chains, source } = readFixture();

t.ok(chains.length >= 100, `${chains.length} chains, by ${source}`);

function evidenceOf(chain: RecordedChain, nodeCode: string | null): Evidence {
  return {
    authorizationError: nodeCode,
    sent: chain.sent,
    anchors: createAnchors(chain.anchors.map(toPem)),
    hostName: HOST,
    time: FIXTURE_TIME,
    resumed: false,
  };
}

/** The error that Node shows is openssl's last, under Node's name. */
function nodeCode(codes: readonly string[]): string | null {
  const last = codes.at(-1);
  return last === undefined ? null : nodeCodeOf(last.split('@')[0] as string);
}

/** The keywords of both levels: at level 2 a weak leaf hides the error of trust, at level 1 weakness is no error. */
function expected(chain: RecordedChain): Set<SslErrorKeyword> {
  return new Set([
    ...(chain.wrongHost ? (['HostNameMismatch'] as const) : []),
    ...keywordsOf(chain.level2),
    ...keywordsOf(chain.level1),
  ]);
}

/** Errors that are found last of all are known by Node's word only; EE_KEY_TOO_SMALL is repeated for the error of trust. */
function isNamedByNode(code: string): boolean {
  return /^(PERMITTED_VIOLATION|EXCLUDED_VIOLATION|EE_KEY_TOO_SMALL)@/.test(code);
}

for (const level of ['level1', 'level2'] as const) {
  t.test(`the findings are openssl's, at ${level}`, async (t) => {
    for (const chain of chains) {
      const code = nodeCode(chain[level]);
      const { findings, refusal } = judge(evidenceOf(chain, code), { ignore: [], pins: [] });
      const found = findings.filter(({ opensslCode }) => opensslCode !== '');
      const keywords = new Set(findings.map(({ keyword }) => keyword));
      if (code === null) {
        t.same([...keywords], chain.wrongHost ? ['HostNameMismatch'] : [], chain.name);
        continue;
      }
      t.same([...keywords].sort(), [...expected(chain)].sort(), chain.name);
      t.equal(refusal?.kind, 'findings', `${chain.name} is explained`);
      const codes = found.map(({ opensslCode, depth }) => `${opensslCode}@${depth}`);
      const certain = chain[level].filter((one) => !isNamedByNode(one));
      t.same(
        codes.filter((one) => certain.includes(one)),
        certain,
        `${chain.name}: the same order`,
      );
    }
  });
}

t.test('the list that is offered accepts, and with one keyword less it refuses', async (t) => {
  for (const chain of chains) {
    const evidence = evidenceOf(chain, nodeCode(chain.level1));
    const { acceptedBy } = judge(evidence, { ignore: [], pins: [] });
    if (acceptedBy === null) {
      t.fail(`${chain.name} has no list`);
      continue;
    }
    t.equal(judge(evidence, { ignore: acceptedBy, pins: [] }).accepted, true, chain.name);
    t.equal(judge(evidence, { ignore: 'all', pins: [] }).accepted, true, chain.name);
    for (const left of acceptedBy) {
      const ignore = acceptedBy.filter((keyword) => keyword !== left);
      t.equal(judge(evidence, { ignore, pins: [] }).accepted, false, `${chain.name} without ${left}`);
    }
  }
});
