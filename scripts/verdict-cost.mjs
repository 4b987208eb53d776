// What the verdict on a chain of three certificates with an error costs, as a ratio to one P-256 signature check, so that
// the number means the same on every machine. Run it after `npm run build`:
//   node scripts/verdict-cost.mjs
import { generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto';
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

/**
 * Microseconds of the processor for one call: the median of batches, after a warm-up. What other programs do on the machine hardly shows.
 * Each call gets an object of its own, as nothing that one connection has read serves the next one.
 */
function measure(call, prepare = () => null) {
  const batches = [];
  for (let batch = 0; batch < 40; batch++) {
    const given = Array.from({ length: 50 }, prepare);
    const before = process.cpuUsage();
    for (const each of given) call(each);
    const { user, system } = process.cpuUsage(before);
    batches.push((user + system) / 50);
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
  const ofBytes = measure(() => judge(evidence, policy));
  // As connect() does it: the socket has read the certificates already.
  const read = () => ({ ...evidence, sent: evidence.sent.map((der) => new X509Certificate(der)) });
  const ofObjects = measure((given) => judge(given, policy), read);
  const [bytes, objects] = [ofBytes, ofObjects].map((us) => `${us.toFixed(0)} us, ${(us / unit).toFixed(1)} verifies`);
  console.log(`${name}: ${objects} (of bytes: ${bytes})`);
}
const began = process.hrtime.bigint();
createAnchors(rootCertificates).bySubject('');
console.log(`first look-up in all roots: ${(Number(process.hrtime.bigint() - began) / 1e6).toFixed(1)} ms`);
