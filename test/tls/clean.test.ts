import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { isClean } from '../../src/tls/clean.js';
import { type Evidence, judge, type Policy } from '../../src/tls/verdict.js';
import { evidence } from './pki/evidence.js';
import { dns, makeCertificate, type Plan } from './pki/make-certificate.js';
import { HOST } from './pki/scenario.js';
import { expectedLists } from './pki/table.js';

const NO_PINS: Pick<Policy, 'pins'> = { pins: [] };
const leaf: Plan = { subject: 'leaf', key: 'ec-3', serial: 3, names: [dns(HOST)] };
const good = makeCertificate(leaf);
const clean = evidence({ sent: [good], anchors: [] }, null);

t.test('a chain without an error, for the host', async (t) => {
  t.equal(isClean(clean, NO_PINS), true);
  t.equal(isClean({ ...clean, sent: [new X509Certificate(good)] }, NO_PINS), true, 'as node:crypto has read it');
});

t.test('whatever is not clean is up to the judge', async (t) => {
  const other = makeCertificate({ ...leaf, names: [dns('other.example')] });
  const changes: [what: string, change: Partial<Evidence>][] = [
    ['an error of Node', { authorizationError: 'CERT_HAS_EXPIRED' }],
    ['an error without a name', { authorizationError: '' }],
    ['another host', { hostName: 'other.example' }],
    ['another certificate', { sent: [other] }],
    ['the right certificate behind another', { sent: [other, good] }],
    ['no certificate', { sent: [] }],
    ['bytes that are no certificate', { sent: [Buffer.from('30', 'hex')] }],
    ['a resumed session', { resumed: true }],
  ];
  for (const [what, change] of changes) {
    t.equal(isClean({ ...clean, ...change }, NO_PINS), false, what);
    t.equal(judge({ ...clean, ...change }, { ignore: [], pins: [] }).accepted, false, `${what}, and it is refused`);
  }
  const pin = 'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
  t.equal(isClean(clean, { pins: [pin] }), false, 'a pin');
});

t.test('it is clean exactly where the judge accepts it with nothing ignored', async (t) => {
  let accepted = 0;
  for (const { name, chain, node } of expectedLists()) {
    for (const error of [node, null]) {
      const given = evidence(chain, error);
      const verdict = judge(given, { ignore: [], pins: [] });
      t.equal(isClean(given, NO_PINS), verdict.accepted, `${name}, of which Node says ${error}`);
      if (!verdict.accepted) continue;
      accepted++;
      t.same([verdict.findings, verdict.acceptedBy], [[], []], name);
    }
  }
  t.ok(accepted > 0);
});
