// Makes test/fixtures/tls/chains.json: every single defect and every pair that can stand together, with what
// `openssl s_client -verify 20` says of each over a live connection, at the security levels 1 and 2.
// Run it after `npx tsc -p tsconfig.test.json`: node build/test/tls/pki/record.js
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { compare, inParallel, withFolder } from './differential.js';
import { keyPem } from './keys.js';
import { startServer } from './live.js';
import { type Chain, cleanScenario, DEFECTS, type Defect, makeChain } from './scenario.js';

/** One chain of the fixture; certificates are indexes into the pool. */
export interface Recorded {
  readonly name: string;
  readonly sent: readonly number[];
  readonly anchors: readonly number[];
  readonly leafKey: string;
  readonly wrongHost: boolean;
  /** `CODE@depth`, separated by blanks. */
  readonly level1: string;
  readonly level2: string;
}

const pool: string[] = [];
const recorded: Recorded[] = [];
const keys = new Map<string, string>();

function* combinations(): Generator<Defect[]> {
  yield [];
  for (const [at, one] of DEFECTS.entries()) {
    yield [one];
    for (const other of DEFECTS.slice(at + 1)) if (one.field !== other.field) yield [one, other];
  }
}

function index(der: Buffer): number {
  const text = der.toString('base64');
  const known = pool.indexOf(text);
  return known === -1 ? pool.push(text) - 1 : known;
}

const server = await startServer();
await withFolder(async (folder) => {
  const seen = new Set<string>();
  await inParallel(combinations(), 4, async (defects) => {
    const scenario = cleanScenario();
    for (const defect of defects) defect.apply(scenario);
    const chain: Chain = makeChain(scenario);
    // A defect of a certificate that is not there makes a chain that is there already.
    const id = [...chain.sent, ...chain.anchors].map((der) => der.toString('base64')).join('|');
    if (seen.has(id)) return;
    seen.add(id);
    const one = await compare(server, folder, chain, 1, '1.3');
    const two = await compare(server, folder, chain, 2, '1.3');
    if (one?.openssl == null || two?.openssl == null) throw new Error('openssl made no connection');
    keys.set(chain.leafKey, keyPem(chain.leafKey));
    recorded.push({
      name: defects.map(({ name }) => name).join(' + ') || 'clean',
      sent: chain.sent.map(index),
      anchors: chain.anchors.map(index),
      leafKey: chain.leafKey,
      wrongHost: defects.some(({ name }) => name === 'leaf wrong host'),
      level1: one.openssl.join(' '),
      level2: two.openssl.join(' '),
    });
  });
});
await server.close();

recorded.sort((a, b) => (a.name < b.name ? -1 : 1));
const lines = (items: readonly unknown[]): string => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
const source = execFileSync('openssl', ['version'], { encoding: 'utf8' }).trim();
const head = JSON.stringify({ source: `${source}, s_client -verify 20 -cipher DEFAULT:@SECLEVEL=1|2` });
const json = `${head.slice(0, -1)},\n"keys":${JSON.stringify(Object.fromEntries(keys))},\n"certificates":${lines(pool)},\n"chains":${lines(recorded)}\n}\n`;
await writeFile(new URL('../../../../test/fixtures/tls/chains.json', import.meta.url), json);
console.log(`${recorded.length} chains of ${pool.length} certificates, ${json.length} bytes`);
