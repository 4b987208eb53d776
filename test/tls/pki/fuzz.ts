// Asks libcrypto about mutated and random chains, and stops at the first error of its that no finding of ours covers
// although a list could accept the connection. It needs a C compiler and OpenSSL's headers, so it is no test:
//   npx tsc -p tsconfig.test.json && WSO_SEED=1 WSO_COUNT=20000 node build/test/tls/pki/fuzz.js
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeCodeOf } from '../../../src/tls/findings.js';
import { keywordOf } from '../../../src/tls/keyword.js';
import { judge } from '../../../src/tls/verdict.js';
import { codesOf, withFolder } from './differential.js';
import { evidence } from './evidence.js';
import { FIXTURE_TIME } from './fixture.js';
import { mutate } from './mutate.js';
import { nameOf } from './openssl.js';
import { countOf, randomFrom, randomScenario, seedOf } from './random.js';
import { type Chain, makeChain } from './scenario.js';

const seed = seedOf();
const count = countOf(20_000);
const random = randomFrom(seed);
console.log(`WSO_SEED=${seed} WSO_COUNT=${count}`);

function nextChain(): Chain {
  const chain = makeChain(randomScenario(random).scenario);
  if (random() < 0.2) return chain;
  const victim = Math.floor(random() * chain.sent.length);
  return { ...chain, sent: chain.sent.map((der, at) => (at === victim ? mutate(der, random) : der)) };
}

const hex = (ders: readonly Buffer[]): string => ders.map((der) => der.toString('hex')).join(',');

const tally = { unreadable: 0, clean: 0, refused: 0, covered: 0 };
await withFolder(async (folder) => {
  const program = join(folder, 'libcrypto');
  const source = fileURLToPath(new URL('../../../../test/tls/pki/libcrypto.c', import.meta.url));
  execFileSync('cc', ['-O2', '-o', program, source, '-lcrypto'], { stdio: 'inherit' });
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for (let asked = 0; asked < count; asked++) {
    const chain = nextChain();
    const level = 1 + (asked % 2);
    child.stdin.write(`${FIXTURE_TIME / 1000} ${level} ${hex(chain.sent)} ${hex(chain.anchors)}\n`);
    const { value } = await answers.next();
    const match = /^errors(.*) last (\d+)$/.exec(String(value));
    if (match === null) tally.unreadable++;
    else if (match[2] === '0') tally.clean++;
    else compareWith(chain, (match[1] as string).trim().split(' '), Number(match[2]));
  }
  child.stdin.end();
});
console.log(JSON.stringify(tally));

function compareWith(chain: Chain, errors: readonly string[], last: number): void {
  const verdict = judge(evidence(chain, nodeCodeOf(nameOf(last))), { ignore: [], pins: [] });
  const list = verdict.acceptedBy;
  if (list === null) {
    tally.refused++;
    return;
  }
  const codes = errors.filter((error) => error !== '').map((error) => nameOf(Number.parseInt(error, 10)));
  const missing = codes.filter((code) => !list.includes(keywordOf(code)));
  if (missing.length > 0) {
    console.log(`openssl ${errors.join(' ')}, ours ${codesOf(verdict).join(' ')}`);
    for (const der of chain.sent) console.log(der.toString('base64'));
    throw new Error(`${missing.join(', ')} is hidden`);
  }
  tally.covered++;
}
