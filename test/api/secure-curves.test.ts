import t from 'tap';
import { connect } from '../../src/api/connect.js';
import { keyPem } from '../tls/pki/keys.js';
import { dns, makeCertificate, type Plan, toPem } from '../tls/pki/make-certificate.js';
import { HOST } from '../tls/pki/scenario.js';
import { startChainServer } from './tls-server.js';

// node:tls makes its old certificate objects of a chain without an error, and that ends the process on Node 24 and 26 where an EC
// key has a curve without a NIST name. So this test fails there by a crash.
const CA = { basicConstraints: { ca: true }, keyUsage: 0x06 } as const;
const root: Plan = { subject: 'root', key: 'brainpool', ...CA };
const plainRoot: Plan = { subject: 'root', key: 'ec-1', ...CA };
const leaf: Plan = { subject: HOST, key: 'ec-3', serial: 3, names: [dns(HOST)] };

for (const [name, ca, sent] of [
  ['a trusted authority with such a key', root, [makeCertificate(leaf, root)]],
  // It has the name of the issuer, so Node puts it into the chain, although it has signed nothing.
  ['one that is just sent along', plainRoot, [makeCertificate(leaf, plainRoot), makeCertificate(root)]],
] as const) {
  t.test(name, async (t) => {
    const server = await startChainServer(t);
    server.show(sent, keyPem('ec-3'));
    const tls = { servername: HOST, ca: toPem(makeCertificate(ca)) };
    const ws = await connect(`wss://127.0.0.1:${server.port}/`, { tls });
    ws.terminate();
    t.same(ws.tls?.findings, []);
    t.same(
      ws.tls?.chain.map(({ key }) => key),
      ['EC prime256v1', 'EC brainpoolP256r1'].slice(0, sent.length),
    );
  });
}

t.test('a server whose own key is of such a kind', async (t) => {
  const server = await startChainServer(t, { ecdhCurve: 'brainpoolP256r1:prime256v1', maxVersion: 'TLSv1.2' });
  const own = { ...leaf, key: 'brainpool' } as const;
  server.show([makeCertificate(own, plainRoot)], keyPem('brainpool'));
  const tls = { servername: HOST, ca: toPem(makeCertificate(plainRoot)), ecdhCurve: 'brainpoolP256r1:prime256v1' };
  const ws = await connect(`wss://127.0.0.1:${server.port}/`, { tls });
  ws.terminate();
  t.same(ws.tls?.presentedNames, [HOST]);
  server.show([makeCertificate({ ...own, notAfter: '210101000000Z' }, plainRoot)], keyPem('brainpool'));
  const expired = await connect(`wss://127.0.0.1:${server.port}/`, { tls, ignoreSslErrors: ['CertificateExpired'] });
  expired.terminate();
  t.match(expired.tls?.findings, [{ keyword: 'CertificateExpired' }]);
});
