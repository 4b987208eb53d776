import t from 'tap';
import { SSL_ERROR_KEYWORDS, type SslErrorKeyword } from '../../src/tls/keyword.js';
import { judge, type Verdict } from '../../src/tls/verdict.js';
import { evidence } from './pki/evidence.js';
import { readFixture } from './pki/fixture.js';
import { mutate } from './pki/mutate.js';
import { countOf, randomFrom, seedOf } from './pki/random.js';

// Certificates with flipped bytes, cut and doubled elements and changed lengths. The judge never throws and never takes
// long, and what it accepts is covered by the list: whatever the mutation, Node says that the chain has expired and the
// list holds this one keyword, so all that may be accepted is a chain whose only finding is that.
t.setTimeout(600_000);
const seed = seedOf();
const count = countOf(10_000);
t.comment(`WSO_SEED=${seed} WSO_COUNT=${count}`);

const random = randomFrom(seed);
const { chains } = readFixture();
const below = (limit: number): number => Math.floor(random() * limit);

t.test('mutated chains', async (t) => {
  const tally = { parsed: 0, refused: 0, accepted: 0, slow: 0 };
  const wrong: string[] = [];
  const codes = ['CERT_HAS_EXPIRED', 'UNSPECIFIED', 'CERT_SIGNATURE_FAILURE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'];
  for (let made = 0; made < count; made++) {
    const chain = chains[below(chains.length)] as (typeof chains)[number];
    const victim = below(chain.sent.length);
    const sent = chain.sent.map((der, at) => (at === victim ? mutate(der, random) : der));
    const code = codes[below(codes.length)] as string;
    const list: SslErrorKeyword[] = SSL_ERROR_KEYWORDS.filter(() => random() < 0.3);
    const given = evidence({ sent, anchors: chain.anchors }, code);
    let verdict: Verdict;
    const began = performance.now();
    try {
      verdict = judge(given, { ignore: list, pins: [] });
      void verdict.chain;
    } catch (error) {
      wrong.push(`throws ${error}: ${sent[victim]?.toString('hex')}`);
      continue;
    }
    if (performance.now() - began > 1000) tally.slow++;
    if (verdict.refusal?.kind !== 'unparsable') tally.parsed++;
    if (!verdict.accepted) {
      tally.refused++;
      continue;
    }
    tally.accepted++;
    if (!verdict.findings.every(({ keyword }) => list.includes(keyword)))
      wrong.push(`${chain.name}: accepted uncovered`);
    if (verdict.findings.length === 0) wrong.push(`${chain.name}: accepted without a finding though Node has one`);
  }
  t.comment(JSON.stringify(tally));
  t.same(wrong, [], `seed ${seed}`);
  t.ok(tally.slow < 10, 'no mutation keeps the judge busy for a second');
  t.ok(tally.parsed > count / 100, 'some mutations leave a certificate');
});

t.test('a mutated certificate is never the one that an anchor vouches for', async (t) => {
  // Every mutation of the leaf breaks its signature, so no list without CertificateSignatureFailed or a keyword for
  // the lack of trust may accept it.
  const without: SslErrorKeyword[] = [
    'CertificateExpired',
    'CertificateNotYetValid',
    'InvalidPurpose',
    'HostNameMismatch',
  ];
  const expired = chains.filter(({ name }) => name === 'leaf expired');
  const wrong: string[] = [];
  for (let made = 0; made < count / 5; made++) {
    const chain = expired[made % expired.length] as (typeof chains)[number];
    const [leaf, ...others] = chain.sent as [Buffer, ...Buffer[]];
    const mutated = mutate(leaf, random);
    if (mutated.equals(leaf)) continue;
    const given = evidence({ sent: [mutated, ...others], anchors: chain.anchors }, 'CERT_HAS_EXPIRED');
    if (judge(given, { ignore: without, pins: [] }).accepted) wrong.push(mutated.toString('hex'));
  }
  t.same(wrong, [], `seed ${seed}`);
});
