// What the verdict on a chain of three certificates with an error costs, as a ratio to one P-256 signature check, so that
// the number means the same on every machine. Run it after `npm run build`:
//   node scripts/verdict-cost.mjs
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { createAnchors, judge } from '../dist/tls/index.js';

const file = JSON.parse(readFileSync(new URL('../test/fixtures/tls/chains.json', import.meta.url), 'utf8'));
const toPem = (text) =>
  `-----BEGIN CERTIFICATE-----\n${text.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;
const chainOf = (name) => file.chains.find((chain) => chain.name === name);

function evidenceOf(name, authorizationError, anchors) {
  const chain = chainOf(name);
  return {
    authorizationError,
    sent: chain.sent.map((at) => Buffer.from(file.certificates[at], 'base64')),
    anchors: anchors ?? createAnchors(chain.anchors.map((at) => toPem(file.certificates[at]))),
    hostName: 'localhost',
    time: Date.UTC(2026, 0, 1),
    resumed: false,
  };
}

/** Microseconds of one call: the median of batches, after a warm-up. */
function measure(call) {
  const batches = [];
  for (let batch = 0; batch < 40; batch++) {
    const began = process.hrtime.bigint();
    for (let run = 0; run < 50; run++) call();
    batches.push(Number(process.hrtime.bigint() - began) / 50 / 1000);
  }
  return batches.slice(10).sort((a, b) => a - b)[15];
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const message = Buffer.alloc(500, 'x');
const signature = sign('sha256', message, privateKey);
const unit = measure(() => verify('sha256', message, publicKey, signature));

const policy = { ignore: ['CertificateExpired'], pins: [] };
const roots = createAnchors(rootCertificates);
const cases = [
  ['clean, host name only', evidenceOf('clean', null)],
  ['leaf expired, chain of three, own ca', evidenceOf('leaf expired', 'CERT_HAS_EXPIRED')],
  ['root unknown but sent, chain of three, own ca', evidenceOf('root unknown but sent', 'SELF_SIGNED_CERT_IN_CHAIN')],
  ['root unknown but sent, all roots of Node', evidenceOf('root unknown but sent', 'SELF_SIGNED_CERT_IN_CHAIN', roots)],
];

console.log(`Node ${process.versions.node}, one P-256 verify: ${unit.toFixed(0)} us`);
for (const [name, evidence] of cases) {
  const cost = measure(() => judge(evidence, policy));
  console.log(`${name}: ${cost.toFixed(0)} us, ${(cost / unit).toFixed(1)} verifies`);
}
const began = process.hrtime.bigint();
createAnchors(rootCertificates).bySubject('');
console.log(`first look-up in all roots: ${(Number(process.hrtime.bigint() - began) / 1e6).toFixed(1)} ms`);
