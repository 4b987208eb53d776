import { integer, sequence, tlv } from './der-writer.js';
import type { KeyName } from './keys.js';
import { CLIENT_AUTH, dns, extension, makeCertificate, type Plan, SERVER_AUTH } from './make-certificate.js';

export const HOST = 'localhost';

/** A chain to be: who signs whom, what the server sends and what the client trusts. */
export interface Scenario {
  leaf: Plan;
  /** From the leaf's issuer up. */
  intermediates: Plan[];
  root: Plan;
  selfSigned: boolean;
  sendIntermediates: boolean;
  sendRoot: boolean;
  trust: 'root' | 'nothing' | 'mimic' | 'intermediates' | 'leaf';
  /** Certificates that have nothing to do with it, sent besides. */
  noise: boolean;
  reversed: boolean;
  /** Further certificates and who signs them: sent in front of the intermediates, or trusted. */
  alsoSent: [Plan, Plan][];
  alsoTrusted: [Plan, Plan][];
}

/** What a test uses of a scenario. */
export interface Chain {
  readonly sent: readonly Buffer[];
  readonly anchors: readonly Buffer[];
  readonly leafKey: KeyName;
}

/** Changes one field of one certificate, or the shape of the chain. Two defects of one field cannot stand together. */
export interface Defect {
  readonly name: string;
  readonly field: string;
  readonly apply: (scenario: Scenario) => void;
}

export function cleanScenario(): Scenario {
  return {
    leaf: {
      subject: 'leaf',
      key: 'ec-3',
      serial: 3,
      keyUsage: 0xa0,
      extendedKeyUsage: [SERVER_AUTH],
      names: [dns(HOST)],
    },
    intermediates: [
      { subject: 'intermediate', key: 'ec-2', serial: 2, basicConstraints: { ca: true }, keyUsage: 0x06 },
    ],
    root: { subject: 'root', key: 'ec-1', basicConstraints: { ca: true }, keyUsage: 0x06 },
    selfSigned: false,
    sendIntermediates: true,
    sendRoot: false,
    trust: 'root',
    noise: false,
    reversed: false,
    alsoSent: [],
    alsoTrusted: [],
  };
}

const NAME_CONSTRAINTS = extension('2.5.29.30', sequence(tlv(0xa0, sequence(dns('example.org')))), true);
const UNKNOWN_CRITICAL = extension('1.2.3.4.5', integer(7), true);

export const DEFECTS: readonly Defect[] = [
  onLeaf('leaf expired', 'dates', { notAfter: '210101000000Z' }),
  onLeaf('leaf not yet valid', 'dates', { notBefore: '480101000000Z' }),
  onLeaf('leaf notBefore malformed', 'dates', { notBefore: '20010100000ZZ' }),
  onLeaf('leaf notAfter malformed', 'dates', { notAfter: '491301000000Z' }),
  onLeaf('leaf clientAuth only', 'eku', { extendedKeyUsage: [CLIENT_AUTH] }),
  { name: 'leaf keyUsage nonRepudiation', field: 'leaf usage', apply: allowNothing },
  onLeaf('leaf unknown critical extension', 'extra', { extra: [UNKNOWN_CRITICAL] }),
  onLeaf('leaf bad signature', 'signature', { corruptSignature: true }),
  onLeaf('leaf inner and outer algorithm differ', 'inner', { innerDigest: 'sha384' }),
  onLeaf('leaf RSA-1024', 'key', { key: 'weak-rsa' }),
  onLeaf('leaf SHA-1', 'digest', { digest: 'sha1', innerDigest: 'sha1' }),
  onLeaf('leaf Netscape client', 'netscape', { netscapeType: 0x80 }),
  onLeaf('leaf wrong host', 'names', { names: [dns('other.example')] }),
  onLeaf('leaf authority key id mismatch', 'aki', { authorityKeyIdentifier: { keyId: '0102' } }),
  onLeaf('leaf authority serial mismatch', 'aki', { authorityKeyIdentifier: { issuer: 'root', serial: 77 } }),
  onLeaf('leaf explicit curve', 'key', { key: 'explicit-ec' }),
  onIntermediate('intermediate expired', 'dates', { notAfter: '210101000000Z' }),
  onIntermediate('intermediate not yet valid', 'dates', { notBefore: '480101000000Z' }),
  onIntermediate('intermediate dates malformed', 'dates', { notBefore: '20010100000ZZ', notAfter: '490101000000+' }),
  onIntermediate('intermediate is no CA', 'ca', { basicConstraints: { ca: false } }),
  onIntermediate('intermediate without constraints', 'ca', { basicConstraints: null }),
  onIntermediate('intermediate without keyUsage', 'usage', { keyUsage: null }),
  onIntermediate('intermediate without keyCertSign', 'usage', { keyUsage: 0x80 }),
  onIntermediate('intermediate clientAuth only', 'eku', { extendedKeyUsage: [CLIENT_AUTH] }),
  onIntermediate('intermediate version 1', 'version', { version: 1 }),
  onIntermediate('intermediate unknown critical extension', 'extra', { extra: [UNKNOWN_CRITICAL] }),
  onIntermediate('intermediate name constraints', 'extra', { extra: [NAME_CONSTRAINTS] }),
  onIntermediate('intermediate bad signature', 'signature', { corruptSignature: true }),
  onIntermediate('intermediate P-192', 'key', { key: 'weak-ec' }),
  onIntermediate('intermediate SHA-1', 'digest', { digest: 'sha1' }),
  onIntermediate('intermediate explicit curve', 'key', { key: 'explicit-ec' }),
  onRoot('root expired', 'dates', { notAfter: '210101000000Z' }),
  onRoot('root unknown critical extension', 'extra', { extra: [UNKNOWN_CRITICAL] }),
  onRoot('root without keyCertSign', 'usage', { keyUsage: 0x02 }),
  onRoot('root RSA-1024', 'key', { key: 'weak-rsa' }),
  shape('root unknown', { trust: 'nothing' }),
  shape('root unknown but sent', { trust: 'nothing', sendRoot: true }),
  shape('intermediate not sent', { sendIntermediates: false }),
  shape('root of another with the same name', { trust: 'mimic', sendRoot: true }),
  shape('only the intermediate is an anchor', { trust: 'intermediates' }),
  shape('leaf from the root', { intermediates: [] }),
  { name: 'self-signed', field: 'shape', apply: selfSign },
  { name: 'self-signed and an anchor', field: 'shape', apply: (it) => selfSign(Object.assign(it, { trust: 'leaf' })) },
  { name: 'path length exceeded', field: 'length', apply: exceedPathLength },
];

/** What may be wrong without an error of its own, and other things that only the random chains have. */
export const TWISTS: readonly Defect[] = [
  shape('noise', { noise: true }, 'noise'),
  shape('reversed', { reversed: true }, 'reversed'),
  onLeaf('leaf issuer in other case and type', 'issuer', { issuerType: 0x13 }),
  onLeaf('leaf without key ids', 'aki', { authorityKeyIdentifier: null }),
  onLeaf('leaf Ed25519', 'key', { key: 'ed25519' }),
  onLeaf('leaf RSA-PSS', 'key', { key: 'pss' }),
  onLeaf('leaf GeneralizedTime', 'dates', { notBefore: '20200101000000Z', notAfter: '20490101000000Z' }),
  onLeaf('leaf server gated', 'eku', { extendedKeyUsage: ['1.3.6.1.4.1.311.10.3.3'] }),
  onLeaf('leaf any purpose', 'eku', { extendedKeyUsage: ['2.5.29.37.0'] }),
  onLeaf('leaf is a CA', 'ca', { basicConstraints: { ca: true, pathLength: 0 } }),
  onLeaf('leaf version 1', 'version', { version: 1 }),
  onLeaf('leaf proxy', 'names', { names: null, extra: [proxyInfo()] }),
  onIntermediate('intermediate without key ids', 'aki', { authorityKeyIdentifier: null, subjectKeyIdentifier: null }),
  onIntermediate('intermediate Netscape CA', 'ca', { basicConstraints: null, keyUsage: null, netscapeType: 0x04 }),
  onIntermediate('intermediate Netscape mail CA', 'ca', { basicConstraints: null, keyUsage: null, netscapeType: 0x02 }),
  onIntermediate('intermediate Ed25519', 'key', { key: 'ed25519' }),
  onIntermediate('intermediate RSA', 'key', { key: 'rsa-1' }),
  onIntermediate('intermediate RSA-PSS', 'key', { key: 'pss' }),
  onIntermediate('intermediate MD5', 'digest', { digest: 'md5' }),
  onIntermediate('intermediate self-issued', 'subject', { subject: 'root' }),
  onIntermediate('intermediate path length 0', 'ca', { basicConstraints: { ca: true, pathLength: 0 } }),
  onRoot('root RSA', 'key', { key: 'rsa-2' }),
  onRoot('root version 1', 'version', { version: 1 }),
  onRoot('root bad self-signature', 'signature', { corruptSignature: true }),
  onRoot('root name constraints', 'extra', { extra: [NAME_CONSTRAINTS] }),
  onRoot('root not yet valid', 'dates', { notBefore: '480101000000Z' }),
  onRoot('root no CA', 'ca', { basicConstraints: { ca: false } }),
  onRoot('root key id mismatch', 'aki', { authorityKeyIdentifier: { keyId: '0102' } }),
  more('twin of the root trusted', 'twin', (it) => trust(it, { ...it.root, key: 'ec-5', subjectKeyIdentifier: null })),
  more('renewed root trusted', 'twin', (it) => trust(it, { ...it.root, serial: 9, notAfter: '480101000000Z' })),
  more('older root trusted', 'twin', (it) => trust(it, { ...it.root, serial: 8, notAfter: '200601000000Z' })),
  more('twin of the intermediate sent', 'sent', (it) => {
    const [first] = it.intermediates;
    if (first) send(it, { ...first, key: 'ec-5', subjectKeyIdentifier: null }, it.root);
  }),
  more('older intermediate sent', 'sent', (it) => {
    const [first] = it.intermediates;
    if (first) send(it, { ...first, serial: 8, notAfter: '200601000000Z' }, it.root);
  }),
  more('intermediate of two roots', 'sent', (it) => {
    const [first] = it.intermediates;
    if (first) send(it, { ...first, serial: 8 }, { ...it.root, subject: 'other root', key: 'ec-6' });
  }),
  more('root cross-signed', 'sent', (it) => send(it, it.root, { ...it.root, subject: 'other root', key: 'ec-6' })),
  more('cross-signed root trusted', 'twin', (it) => {
    it.alsoTrusted.push([it.root, { ...it.root, subject: 'other root', key: 'ec-6' }]);
  }),
];

/** Certificates are made once per plan and signer: most of a thousand chains are the same ones. */
const made = new Map<string, Buffer>();

export function makeChain(scenario: Scenario): Chain {
  const { leaf, intermediates, root, selfSigned, trust } = scenario;
  const signers = [...intermediates, root];
  const leafDer = make(leaf, selfSigned ? leaf : (signers[0] as Plan));
  const middle = intermediates.map((plan, at) => make(plan, signers[at + 1] as Plan));
  const rootDer = make(root, root);
  const above = [...(scenario.sendIntermediates ? middle : []), ...(scenario.sendRoot ? [rootDer] : [])];
  above.unshift(...scenario.alsoSent.map(([plan, signer]) => make(plan, signer)));
  if (scenario.noise) above.unshift(make({ ...root, subject: 'stranger', key: 'ec-9' }), leafDer);
  if (scenario.reversed) above.reverse();
  const anchors = {
    root: [rootDer],
    nothing: [make({ ...root, subject: 'somebody else', key: 'ec-8' })],
    mimic: [make({ subject: root.subject, key: 'ec-7', basicConstraints: { ca: true }, subjectKeyIdentifier: null })],
    intermediates: middle,
    leaf: [leafDer],
  }[trust];
  anchors.unshift(...scenario.alsoTrusted.map(([plan, signer]) => make(plan, signer)));
  return { sent: selfSigned ? [leafDer] : [leafDer, ...above], anchors, leafKey: leaf.key };
}

function make(plan: Plan, signer: Plan = plan): Buffer {
  const id = JSON.stringify([plan, signer], (_, value) => (value instanceof Uint8Array ? [...value] : value));
  let der = made.get(id);
  if (der === undefined) {
    der = makeCertificate(plan, signer);
    made.set(id, der);
  }
  return der;
}

function onLeaf(name: string, field: string, change: Partial<Plan>): Defect {
  const apply = (it: Scenario): void => {
    it.leaf = { ...it.leaf, ...change };
  };
  return { name, field: `leaf ${field}`, apply };
}

/** The lowest intermediate. */
function onIntermediate(name: string, field: string, change: Partial<Plan>): Defect {
  const apply = (it: Scenario): void => {
    const [first, ...others] = it.intermediates;
    if (first !== undefined) it.intermediates = [{ ...first, ...change }, ...others];
  };
  return { name, field: `intermediate ${field}`, apply };
}

function onRoot(name: string, field: string, change: Partial<Plan>): Defect {
  const apply = (it: Scenario): void => {
    it.root = { ...it.root, ...change };
  };
  return { name, field: `root ${field}`, apply };
}

function more(name: string, field: string, apply: (scenario: Scenario) => void): Defect {
  return { name, field, apply };
}

/** Another root of this plan, self-signed, is an anchor as well. */
function trust(it: Scenario, plan: Plan): void {
  it.alsoTrusted.push([plan, plan]);
}

function send(it: Scenario, plan: Plan, signer: Plan): void {
  it.alsoSent.push([plan, signer]);
}

function shape(name: string, change: Partial<Scenario>, field = 'shape'): Defect {
  return { name, field, apply: (it) => void Object.assign(it, change) };
}

/** OpenSSL lets a server use such a certificate only with an RSA key. */
function allowNothing(it: Scenario): void {
  const key = it.leaf.key === 'ec-3' ? 'rsa-3' : it.leaf.key;
  it.leaf = { ...it.leaf, keyUsage: 0x40, key };
}

function selfSign(it: Scenario): void {
  it.selfSigned = true;
  it.intermediates = [];
  if (it.trust === 'root') it.trust = 'nothing';
}

function exceedPathLength(it: Scenario): void {
  const upper: Plan = {
    subject: 'upper',
    key: 'ec-4',
    serial: 4,
    basicConstraints: { ca: true, pathLength: 0 },
    keyUsage: 0x06,
  };
  if (it.intermediates.length > 0) it.intermediates = [...it.intermediates, upper];
}

function proxyInfo(): Buffer {
  return extension('1.3.6.1.5.5.7.1.14', sequence(sequence(tlv(0x06, Buffer.from('2b06010505071501', 'hex')))), true);
}
