import { createHash } from 'node:crypto';
import { type Challenge, hasToken } from './challenge.js';

/**
 * RFC 7616 6.1: the names of the algorithms, and node:crypto's; with `-sess` behind it each has a second meaning. SHA-512-256 is not there:
 * the RFC's own example of it is not what SHA-512/256 gives, so that servers differ.
 */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['md5', 'md5'],
  ['sha-256', 'sha256'],
]);

/** Whom and what the answer is for. */
export interface DigestRequest {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** The request target as it stands in the request line. */
  readonly uri: string;
  /** Chosen by the client, new for each answer: printable ASCII without `"` and `\`. */
  readonly cnonce: string;
}

/**
 * The Digest challenge to answer: the first that this client understands (RFC 7616 3.7), which asks for `qop` "auth".
 */
export function findDigest(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find((challenge) => {
    const { scheme, params } = challenge;
    const known = scheme === 'digest' && params.has('realm') && params.has('nonce');
    return known && hasToken(challenge, 'qop', 'auth') && HASHES.has(algorithmOf(challenge).replace(/-sess$/, ''));
  });
}

/** RFC 7616 3.3: MD5 when the server names none. */
function algorithmOf({ params }: Challenge): string {
  return (params.get('algorithm') ?? 'MD5').toLowerCase();
}

/**
 * The value of Authorization for a challenge of {@link findDigest}, the first answer to its nonce (`nc` is 1). User name and password
 * are hashed as UTF-8 (RFC 7616 4), the server's values as the bytes that were received.
 *
 * Source: RFC 7616 3.4.
 */
export function answerDigest(challenge: Challenge, request: DigestRequest): string {
  const { method, uri, cnonce } = request;
  const given = (name: string): string => challenge.params.get(name) ?? '';
  const algorithm = algorithmOf(challenge);
  const session = algorithm.endsWith('-sess');
  const name = HASHES.get(algorithm.replace(/-sess$/, '')) ?? 'md5';
  const hash = (...parts: readonly string[]): string =>
    createHash(name).update(parts.join(':'), 'latin1').digest('hex');
  const [username, password] = [utf8(request.username), utf8(request.password)];
  const user = hash(username, given('realm'), password);
  const a1 = session ? hash(user, given('nonce'), cnonce) : user;
  const nc = '00000001';
  const response = hash(a1, given('nonce'), nc, cnonce, 'auth', hash(method, uri));
  const hashed = given('userhash').toLowerCase() === 'true';
  const fields = [
    hashed ? `username=${quoted(hash(username, given('realm')))}` : usernameField(request.username),
    ...['realm', 'nonce'].map((each) => `${each}=${quoted(given(each))}`),
    `uri=${quoted(uri)}, response="${response}", qop=auth, nc=${nc}, cnonce=${quoted(cnonce)}`,
    ...(challenge.params.has('algorithm') ? [`algorithm=${given('algorithm')}`] : []),
    ...(challenge.params.has('opaque') ? [`opaque=${quoted(given('opaque'))}`] : []),
    ...(hashed ? ['userhash=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** A name that no quoted-string can hold goes as RFC 8187 writes it (RFC 7616 3.4). */
function usernameField(username: string): string {
  if (/^[ -~]*$/.test(username)) return `username=${quoted(username)}`;
  const escaped = encodeURIComponent(username).replace(/[*'()]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `username*=UTF-8''${escaped}`;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The UTF-8 bytes of a text as latin1 characters, so that all parts of a hash are bytes alike. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
