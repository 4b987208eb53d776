import type tls from 'node:tls';
import t from 'tap';
import { judge } from '../../src/tls/verdict.js';
import { inParallel } from './pki/differential.js';
import { evidence } from './pki/evidence.js';
import { expectedKeywords, readFixture } from './pki/fixture.js';
import { keyPem } from './pki/keys.js';
import { connectLive, startServer } from './pki/live.js';
import { expectedLists } from './pki/table.js';

// The recorded chains and the table over live connections: Node's own error, on whatever Node this runs, must be
// explained by the enumeration, and the list must be openssl's.
t.setTimeout(300_000);
const VERSIONS: readonly tls.SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
const STRENGTH = /^(EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK)@/;
const { chains, keys } = readFixture();

for (const version of VERSIONS) {
  t.test(`the recorded chains over ${version}, Node ${process.versions.node}`, async (t) => {
    const server = await startServer();
    t.teardown(() => server.close());
    const wrong: string[] = [];
    const notShown: string[] = [];
    await inParallel(chains.entries(), 4, async ([at, chain]) => {
      const name = `c${at}.test`;
      server.add(name, chain.sent, keys[chain.leafKey] as string);
      const live = await connectLive(server.port, name, chain.anchors, version).catch(() => null);
      server.drop(name);
      if (live === null) {
        notShown.push(chain.name);
        return;
      }
      const { findings, refusal } = judge(evidence(chain, live.authorizationError, live), { ignore: [], pins: [] });
      const found = [...new Set(findings.map(({ keyword }) => keyword))].sort();
      if (live.authorizationError === null) {
        const clean = chain.level2.every((code) => STRENGTH.test(code));
        if (!clean || found.join() !== (chain.wrongHost ? 'HostNameMismatch' : ''))
          wrong.push(`${chain.name}: ${found.join()}`);
      } else if (found.join() !== expectedKeywords(chain).join() || refusal?.kind !== 'findings') {
        wrong.push(`${chain.name}: ${found.join()} (${refusal?.detail})`);
      }
    });
    t.same(wrong, []);
    // TLS 1.2 has no cipher for some keys, so no server can show them; that is the only way out of this test.
    t.ok(notShown.length < chains.length / 10, `${notShown.length} chains cannot be shown`);
    t.ok(
      notShown.every((name) => version === 'TLSv1.2' && /explicit curve|SHA-1/.test(name)),
      notShown.join(', '),
    );
  });

  t.test(`the table of expected lists over ${version}`, async (t) => {
    const server = await startServer();
    t.teardown(() => server.close());
    for (const { name, chain, keywords, node } of expectedLists()) {
      server.add('localhost', chain.sent, keyPem(chain.leafKey));
      const live = await connectLive(server.port, 'localhost', chain.anchors, version);
      const verdict = judge(evidence(chain, live.authorizationError, live), { ignore: [], pins: [] });
      // At level 2 the weak leaf is the one error; the table was measured at level 1.
      const weak = name === 'RSA-1024 leaf' && live.authorizationError === 'UNSPECIFIED';
      t.equal(live.authorizationError, weak ? 'UNSPECIFIED' : node, name);
      t.same(
        verdict.findings.map(({ keyword }) => keyword),
        weak ? ['UnspecifiedError'] : keywords,
        name,
      );
    }
  });
}
