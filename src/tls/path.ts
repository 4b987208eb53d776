import { fitsKey } from './algorithm.js';
import type { Anchors } from './anchors.js';
import type { Certificate } from './certificate.js';
import { KeyUsage } from './extensions.js';

/** Where a path ends: in an anchor, or why not. */
export type PathEnd = 'anchor' | 'self-signed' | 'issuer-unknown' | 'too-long';

/** A path from the leaf (0) up, as OpenSSL builds it. */
export interface Path {
  readonly certificates: readonly Certificate[];
  /** How many of them, from the leaf on, are the peer's word only. */
  readonly untrusted: number;
  readonly end: PathEnd;
}

/** Thrown when no path can be told with certainty; the verdict refuses. */
export class PathError extends Error {
  readonly code = 'WS_TLS_PATH';
}

/** OpenSSL's own limit: the leaf and a hundred issuers. */
export const MAX_PATH_DEPTH = 100;

// Equal-named anchors are a handful at most (a renewed root); more than this is an attempt to keep us busy.
const MAX_PATHS = 32;

/**
 * Builds the path over the anchors and the certificates sent (x509_vfy.c, build_chain): the anchors first, then what was
 * sent; among several one whose dates are valid, else the one that expires last.
 *
 * @param sent as the peer sent them, the leaf first, at least one
 * @param seconds since the epoch
 * @returns one path for each choice among equal-named anchors, whose order in OpenSSL's store is undefined
 * @throws PathError when our reading of who issued whom differs from OpenSSL's, or there are too many paths
 */
export function buildPaths(sent: readonly Certificate[], anchors: Anchors, seconds: number): Path[] {
  // A certificate that was sent twice is one certificate, so that being in the path is a matter of identity.
  const unique = sent.filter((one, at) => sent.findIndex(({ der }) => der.equals(one.der)) === at);
  const builder: Builder = { sent: unique, anchors, seconds, paths: [], issued: new Map() };
  const leaf = unique[0] as Certificate;
  climb(builder, [leaf], 1, true);
  return builder.paths;
}

interface Builder {
  readonly sent: readonly Certificate[];
  readonly anchors: Anchors;
  readonly seconds: number;
  readonly paths: Path[];
  /** What was found about a subject and a possible issuer, so that hostile chains cost no more than pairs. */
  readonly issued: Map<Certificate, Map<Certificate, boolean>>;
}

/** Goes up from the top of a path until it ends. Branches only where the anchors leave a choice. */
function climb(builder: Builder, start: readonly Certificate[], startUntrusted: number, searchSent: boolean): void {
  const path = [...start];
  let untrusted = startUntrusted;
  while (path.length <= MAX_PATH_DEPTH + 1) {
    const top = path.at(-1) as Certificate;
    const trusted = best(builder, top, builder.anchors.bySubject(top.issuer));
    if (isAskedSelfSigned(builder, top)) {
      endSelfSigned(builder, path, untrusted, trusted);
      return;
    }
    if (trusted.length > 0) {
      climbAnchors(builder, path, untrusted, trusted);
      return;
    }
    const issuer = searchSent ? bestSent(builder, path, top) : undefined;
    if (issuer === undefined) {
      finish(builder, path, untrusted, 'issuer-unknown');
      return;
    }
    path.push(issuer);
    untrusted++;
  }
  finish(builder, path, untrusted, 'too-long');
}

/** Once in the anchors, what was sent is not looked at any more. Only a self-signed anchor ends a path. */
function climbAnchors(builder: Builder, path: Certificate[], untrusted: number, anchors: readonly Certificate[]): void {
  for (const anchor of anchors) {
    if (isAskedSelfSigned(builder, anchor)) finish(builder, [...path, anchor], untrusted, 'anchor');
    else climb(builder, [...path, anchor], untrusted, false);
  }
}

/** A self-signed certificate is an anchor only bit for bit; an equal name may be anybody's. */
function endSelfSigned(
  builder: Builder,
  path: Certificate[],
  untrusted: number,
  trusted: readonly Certificate[],
): void {
  const top = path.at(-1) as Certificate;
  if (trusted.length === 0) finish(builder, path, untrusted, 'self-signed');
  for (const anchor of trusted) {
    if (anchor.der.equals(top.der)) finish(builder, path, untrusted - 1, 'anchor');
    else finish(builder, path, untrusted, 'self-signed');
  }
}

function finish(builder: Builder, certificates: readonly Certificate[], untrusted: number, end: PathEnd): void {
  if (builder.paths.length === MAX_PATHS) throw new PathError(`more than ${MAX_PATHS} ways to a trust anchor`);
  builder.paths.push({ certificates, untrusted, end });
}

/** Among the possible issuers all that OpenSSL may take: those with valid dates, else those that expire last. */
function best(builder: Builder, subject: Certificate, candidates: readonly Certificate[]): Certificate[] {
  const issuers = candidates.filter((candidate) => isIssuedBy(builder, subject, candidate));
  const valid = issuers.filter((issuer) => isInTime(issuer, builder.seconds));
  if (valid.length > 0) return valid;
  // OpenSSL compares malformed dates by looser rules than it checks them; which one it takes is not ours to guess.
  if (issuers.length > 1 && issuers.some(({ notAfter }) => notAfter.seconds === null)) {
    throw new PathError('several possible issuers of one name, and not all of them have readable dates');
  }
  const latest = Math.max(...issuers.map(expiry));
  return issuers.filter((issuer) => expiry(issuer) === latest);
}

/** As `best`, but what was sent has an order, so the first one is the one. */
function bestSent(builder: Builder, path: readonly Certificate[], subject: Certificate): Certificate | undefined {
  const fresh = builder.sent.filter((candidate) => candidate.subject === subject.issuer && !path.includes(candidate));
  return best(builder, subject, fresh)[0];
}

function expiry(certificate: Certificate): number {
  return certificate.notAfter.seconds ?? Number.NEGATIVE_INFINITY;
}

/** RFC 5280, 6.1.3 (a)(2), to the second; OpenSSL counts the second of notAfter as expired. */
function isInTime(certificate: Certificate, seconds: number): boolean {
  const { notBefore, notAfter } = certificate;
  if (notBefore.seconds === null || notAfter.seconds === null) return false;
  return notBefore.seconds <= seconds && seconds < notAfter.seconds;
}

/** Self-issued, and issued by itself as far as key identifiers and algorithms tell. The signature is not looked at. */
export function isSelfSigned(certificate: Certificate): boolean {
  return certificate.subject === certificate.issuer && seemsIssuedBy(certificate, certificate);
}

function isAskedSelfSigned(builder: Builder, certificate: Certificate): boolean {
  return certificate.subject === certificate.issuer && isIssuedBy(builder, certificate, certificate);
}

function isIssuedBy(builder: Builder, subject: Certificate, issuer: Certificate): boolean {
  if (subject.issuer !== issuer.subject) return false;
  let known = builder.issued.get(subject);
  if (known === undefined) {
    known = new Map();
    builder.issued.set(subject, known);
  }
  let answer = known.get(issuer);
  if (answer === undefined) {
    answer = seemsIssuedBy(subject, issuer);
    askOpenssl(subject, issuer, answer);
    // OpenSSL has no issuer whose key it cannot decode; node:crypto throws here, and the verdict refuses.
    if (answer) void issuer.x509.publicKey;
    known.set(issuer, answer);
  }
  return answer;
}

/** RFC 5280, 4.2.1.1: what the authority key identifier says must not contradict, and the key must fit the algorithm. */
function seemsIssuedBy(subject: Certificate, issuer: Certificate): boolean {
  if (!fitsKey(subject.innerAlgorithm.signature, issuer.key)) return false;
  const identifier = subject.extensions.authorityKeyIdentifier;
  if (identifier === null) return true;
  const { keyIdentifier, serialNumber } = identifier;
  const { subjectKeyIdentifier } = issuer.extensions;
  if (keyIdentifier !== null && subjectKeyIdentifier !== null && keyIdentifier !== subjectKeyIdentifier) return false;
  if (serialNumber !== null && serialNumber !== issuer.serialNumber) return false;
  return identifier.issuer === null || identifier.issuer === issuer.issuer;
}

/**
 * `checkIssued` answers the same question and asks for keyCertSign besides, which a path may lack. Where that
 * does not decide, both answers must agree: if not, one of the two reads the certificates wrongly.
 */
function askOpenssl(subject: Certificate, issuer: Certificate, answer: boolean): void {
  const { keyUsage } = issuer.extensions;
  const needed = subject.extensions.proxy ? KeyUsage.digitalSignature : KeyUsage.keyCertSign;
  const allowed = keyUsage === null || (keyUsage & needed) !== 0;
  if (subject.x509.checkIssued(issuer.x509) !== (answer && allowed)) {
    throw new PathError('OpenSSL has another opinion on which certificate issued which');
  }
}
