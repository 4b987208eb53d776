import { X509Certificate } from 'node:crypto';
import { type Certificate, parseCertificate, readSubject } from './certificate.js';

/** The trust anchors of a connection, looked up by the canonical subject of a certificate. */
export interface Anchors {
  /**
   * Every different anchor with this subject, in the order given.
   *
   * @throws DerError for an anchor that OpenSSL reads and a strict reader does not, as it may do anything there
   */
  bySubject(subject: string): readonly Certificate[];
}

/** PEM as Node's `ca` takes it: a text or a Buffer with any number of certificates, or a list of such. */
export type PemSource = string | Buffer | readonly (string | Buffer)[];

/** The certificates of one PEM text; those before `sound` are known to be certificates for OpenSSL too. */
interface Bundle {
  readonly ders: readonly Buffer[];
  sound: number;
}

interface Place {
  readonly bundle: Bundle;
  readonly index: number;
}

// Longer lines are legal for some readers and not for others, so they are not seen here.
const BASE64_LINE = /^[A-Za-z0-9+/]{1,76}={0,2}$/;

/**
 * Makes the index over the anchors: `ca`, `extraCa` and the runtime's roots alike.
 *
 * Reading a hundred roots costs tens of milliseconds, so nothing is read here: the first look-up decodes the texts and
 * the subjects, and a certificate is read when its subject is asked for. The object keeps what it read and may serve any
 * number of connections.
 *
 * What cannot be seen counts as untrusted (decision of this project): Node stops reading a text at its first bad block,
 * and so does this index; `TRUSTED CERTIFICATE` blocks, DER and texts that are no PEM give no anchor.
 *
 * @example
 * const anchors = createAnchors(rootCertificates, readFileSync('plant-ca.pem'));
 */
export function createAnchors(...sources: readonly PemSource[]): Anchors {
  let index: Map<string, Place[]> | null = null;
  const known = new Map<string, readonly Certificate[]>();
  return {
    bySubject(subject: string): readonly Certificate[] {
      let certificates = known.get(subject);
      if (certificates === undefined) {
        index ??= indexBySubject(sources.flat());
        certificates = readPlaces(index.get(subject) ?? []);
        // Subjects that no anchor has come from the peer; remembering them would let peers fill the memory.
        if (certificates.length > 0) known.set(subject, certificates);
      }
      return certificates;
    },
  };
}

function indexBySubject(texts: readonly (string | Buffer)[]): Map<string, Place[]> {
  const index = new Map<string, Place[]>();
  for (const text of texts) {
    const bundle: Bundle = { ders: splitPem(typeof text === 'string' ? text : text.toString('latin1')), sound: 0 };
    bundle.ders.forEach((der, at) => {
      const subject = attempt(() => readSubject(der));
      if (subject === null) return;
      const places = index.get(subject);
      if (places === undefined) index.set(subject, [{ bundle, index: at }]);
      else places.push({ bundle, index: at });
    });
  }
  return index;
}

/** The certificates of a PEM text, up to the first block that a strict reader does not take. */
export function splitPem(text: string): Buffer[] {
  const ders: Buffer[] = [];
  let label: string | null = null;
  let body: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (label === null) {
      label = /^-----BEGIN (.+)-----$/.exec(line)?.[1] ?? null;
      body = [];
    } else if (line === `-----END ${label}-----`) {
      if (label === 'CERTIFICATE' || label === 'X509 CERTIFICATE') ders.push(Buffer.from(body.join(''), 'base64'));
      label = null;
    } else if (BASE64_LINE.test(line)) {
      body.push(line);
    } else {
      break;
    }
  }
  return ders;
}

function readPlaces(places: readonly Place[]): Certificate[] {
  const certificates: Certificate[] = [];
  for (const { bundle, index } of places) {
    if (!isSound(bundle, index)) continue;
    const certificate = parseCertificate(bundle.ders[index] as Buffer);
    if (!certificates.some(({ der }) => der.equals(certificate.der))) certificates.push(certificate);
  }
  return certificates;
}

/** Whether Node reads a text as far as this block: every block before it must be a certificate for OpenSSL. */
function isSound(bundle: Bundle, index: number): boolean {
  for (
    let der = bundle.ders[bundle.sound];
    bundle.sound <= index && der !== undefined;
    der = bundle.ders[bundle.sound]
  ) {
    if (attempt(() => new X509Certificate(der as Buffer)) === null) return false;
    bundle.sound++;
  }
  return bundle.sound > index;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
