import type { SslErrorKeyword } from '../../../src/tls/keyword.js';
import { CLIENT_AUTH, dns, makeCertificate, type Plan, SERVER_AUTH } from './make-certificate.js';
import { type Chain, HOST } from './scenario.js';

/** One row of the table of expected lists: what is shown, and what openssl, Node and this package say. */
export interface Row {
  readonly name: string;
  readonly chain: Chain;
  readonly openssl: string;
  readonly keywords: readonly SslErrorKeyword[];
  /** Node's single error; null also where only the host name is wrong. */
  readonly node: string | null;
}

const CA = { basicConstraints: { ca: true }, keyUsage: 0x06 } as const;
const EXPIRED = { notAfter: '210101000000Z' } as const;
const FUTURE = { notBefore: '480101000000Z' } as const;
const CLIENT = { extendedKeyUsage: [CLIENT_AUTH] } as const;
const OTHER = { names: [dns('other.example')] } as const;

const root: Plan = { subject: 'root', key: 'ec-1', ...CA };
const oldRoot: Plan = { subject: 'old root', key: 'ec-1', ...CA, ...EXPIRED };
const unknownRoot: Plan = { subject: 'unknown root', key: 'ec-5', ...CA };
const fakeRoot: Plan = { subject: 'root', key: 'ec-6', ...CA };
const intermediate: Plan = { subject: 'intermediate', key: 'ec-2', serial: 2, ...CA };
const narrow: Plan = {
  subject: 'narrow',
  key: 'ec-4',
  serial: 4,
  ...CA,
  basicConstraints: { ca: true, pathLength: 0 },
};
const noCa: Plan = { subject: 'no ca', key: 'ec-2', serial: 2, basicConstraints: { ca: false }, keyUsage: 0x84 };
const leaf: Plan = { subject: HOST, key: 'ec-3', serial: 3, extendedKeyUsage: [SERVER_AUTH], names: [dns(HOST)] };

function row(
  name: string,
  openssl: string,
  keywords: readonly SslErrorKeyword[],
  node: string | null,
  sent: readonly (readonly [Plan, Plan])[],
  anchors: readonly Plan[] = [root],
): Row {
  const chain: Chain = {
    sent: sent.map(([plan, signer]) => makeCertificate(plan, signer)),
    anchors: anchors.map((plan) => makeCertificate(plan)),
    leafKey: (sent[0] as readonly [Plan, Plan])[0].key,
  };
  return { name, chain, openssl, keywords, node };
}

function selfSigned(change: Partial<Plan> = {}): [Plan, Plan][] {
  const plan = { ...leaf, ...change };
  return [[plan, plan]];
}

/** A leaf that the trusted root signed. */
function signed(change: Partial<Plan> = {}, signer: Plan = root): [Plan, Plan][] {
  return [[{ ...leaf, ...change }, signer]];
}

function trustedLeaf(
  name: string,
  openssl: string,
  keywords: SslErrorKeyword[],
  node: string | null,
  change: Partial<Plan>,
): Row {
  const plan = { ...leaf, ...change };
  const der = makeCertificate(plan);
  return { name, openssl, keywords, node, chain: { sent: [der], anchors: [der], leafKey: plan.key } };
}

/** The table of reference: measured with Qt 6.4 and 5.15, OpenSSL 3.0.19 and Node 20.20.2. */
export function expectedLists(): Row[] {
  const lone = ['UnableToGetLocalIssuerCertificate', 'UnableToVerifyFirstCertificate'] as const;
  const between: [Plan, Plan] = [intermediate, root];
  const unknown: [Plan, Plan] = [intermediate, unknownRoot];
  return [
    row('good CA-signed', '', [], null, signed()),
    row('CA-signed, wrong host', '', ['HostNameMismatch'], null, signed(OTHER)),
    row('CA-signed, expired', '10@0', ['CertificateExpired'], 'CERT_HAS_EXPIRED', signed(EXPIRED)),
    row('CA-signed, not yet valid', '9@0', ['CertificateNotYetValid'], 'CERT_NOT_YET_VALID', signed(FUTURE)),
    row(
      'CA-signed, expired + wrong host',
      '10@0',
      ['HostNameMismatch', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed({ ...EXPIRED, ...OTHER }),
    ),
    row(
      'CA-signed, bad signature',
      '7@0',
      ['CertificateSignatureFailed'],
      'CERT_SIGNATURE_FAILURE',
      signed({ corruptSignature: true }),
    ),
    row(
      'CA-signed, bad signature + expired',
      '7@0 10@0',
      ['CertificateSignatureFailed', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed({ ...EXPIRED, corruptSignature: true }),
    ),
    row('CA-signed, EKU clientAuth only', '26@0', ['InvalidPurpose'], 'INVALID_PURPOSE', signed(CLIENT)),
    row(
      'CA-signed, clientAuth only + expired',
      '26@0 10@0',
      ['InvalidPurpose', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed({ ...CLIENT, ...EXPIRED }),
    ),
    row('CN=localhost, SAN=other', '', ['HostNameMismatch'], null, signed({ subject: 'localhost', ...OTHER })),
    row('self-signed leaf', '18@0', ['SelfSignedCertificate'], 'DEPTH_ZERO_SELF_SIGNED_CERT', selfSigned()),
    row(
      'self-signed, expired',
      '18@0 10@0',
      ['SelfSignedCertificate', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      selfSigned(EXPIRED),
    ),
    row(
      'self-signed, not yet valid',
      '18@0 9@0',
      ['SelfSignedCertificate', 'CertificateNotYetValid'],
      'CERT_NOT_YET_VALID',
      selfSigned(FUTURE),
    ),
    row(
      'self-signed, wrong host',
      '18@0',
      ['HostNameMismatch', 'SelfSignedCertificate'],
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      selfSigned(OTHER),
    ),
    row(
      'self-signed, expired + wrong host',
      '18@0 10@0',
      ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      selfSigned({ ...EXPIRED, ...OTHER }),
    ),
    trustedLeaf('self-signed leaf that IS in ca', '', [], null, {}),
    trustedLeaf('self-signed expired that IS in ca', '10@0', ['CertificateExpired'], 'CERT_HAS_EXPIRED', EXPIRED),
    row('lone leaf, issuer unknown', '20@0 21@0', lone, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', signed({}, unknownRoot)),
    row(
      'lone leaf, issuer unknown, expired',
      '20@0 21@0 10@0',
      [...lone, 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed(EXPIRED, unknownRoot),
    ),
    row(
      'lone leaf, issuer unknown, expired+wrong host',
      '20@0 21@0 10@0',
      ['HostNameMismatch', ...lone, 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed({ ...EXPIRED, ...OTHER }, unknownRoot),
    ),
    row('leaf + its unknown root sent', '19@1', ['SelfSignedCertificateInChain'], 'SELF_SIGNED_CERT_IN_CHAIN', [
      ...signed({}, unknownRoot),
      [unknownRoot, unknownRoot],
    ]),
    row(
      'leaf expired + unknown root sent',
      '19@1 10@0',
      ['SelfSignedCertificateInChain', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      [...signed(EXPIRED, unknownRoot), [unknownRoot, unknownRoot]],
    ),
    row(
      'leaf + unknown intermediate (no root)',
      '20@1',
      ['UnableToGetLocalIssuerCertificate'],
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      [...signed({}, intermediate), unknown],
    ),
    row(
      'expired leaf + unknown intermediate',
      '20@1 10@0',
      ['UnableToGetLocalIssuerCertificate', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      [...signed(EXPIRED, intermediate), unknown],
    ),
    row('good via intermediate', '', [], null, [...signed({}, intermediate), between]),
    row(
      'good leaf, intermediate NOT sent',
      '20@0 21@0',
      lone,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      signed({}, intermediate),
    ),
    row('leaf ok, intermediate expired', '10@1', ['CertificateExpired'], 'CERT_HAS_EXPIRED', [
      ...signed({}, intermediate),
      [{ ...intermediate, ...EXPIRED }, root],
    ]),
    row(
      'leaf expired, intermediate expired',
      '10@1 10@0',
      ['CertificateExpired', 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      [...signed(EXPIRED, intermediate), [{ ...intermediate, ...EXPIRED }, root]],
    ),
    row('leaf via pathlen:0 violation', '25@2', ['PathLengthExceeded'], 'PATH_LENGTH_EXCEEDED', [
      ...signed({}, intermediate),
      [intermediate, narrow],
      [narrow, root],
    ]),
    row('issuer is not a CA', '79@1 26@1', ['InvalidCaCertificate', 'InvalidPurpose'], 'INVALID_PURPOSE', [
      ...signed({}, noCa),
      [noCa, root],
    ]),
    row(
      'leaf signed by trusted but expired root',
      '10@1',
      ['CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed({}, oldRoot),
      [oldRoot],
    ),
    row('RSA-1024 leaf', '', [], null, signed({ key: 'weak-rsa' })),
    row(
      'self-signed, clientAuth only',
      '18@0 26@0',
      ['SelfSignedCertificate', 'InvalidPurpose'],
      'INVALID_PURPOSE',
      selfSigned(CLIENT),
    ),
    row(
      'unknown root sent, clientAuth only',
      '19@1 26@0',
      ['SelfSignedCertificateInChain', 'InvalidPurpose'],
      'INVALID_PURPOSE',
      [...signed(CLIENT, unknownRoot), [unknownRoot, unknownRoot]],
    ),
    row(
      'lone unknown-issuer leaf, clientAuth only',
      '20@0 26@0 21@0',
      [lone[0], 'InvalidPurpose', lone[1]],
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      signed(CLIENT, unknownRoot),
    ),
    row(
      'forged: signed by fake root with same DN as trusted root',
      '20@0 21@0',
      lone,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      signed({}, fakeRoot),
    ),
    row(
      'forged as above, and expired',
      '20@0 21@0 10@0',
      [...lone, 'CertificateExpired'],
      'CERT_HAS_EXPIRED',
      signed(EXPIRED, fakeRoot),
    ),
  ];
}
