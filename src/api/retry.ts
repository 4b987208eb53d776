import { randomBytes } from 'node:crypto';
import {
  answerDigest,
  findDigest,
  type HandshakeContext,
  HandshakeError,
  hasHeader,
  hasToken,
  headersForOthers,
  isSameOrigin,
  parseChallenges,
  redirectedUrl,
  type WebSocketUrl,
} from '../handshake/index.js';
import type { Settings } from './options.js';
import { securityForOthers } from './secure.js';

/** One request of a dial: where to, and with what. */
export interface Hop {
  readonly url: WebSocketUrl;
  readonly settings: Settings;
  /** How often was redirected before. */
  readonly redirects: number;
  /** The answer to a Digest challenge, and the number of answers so far at this url. */
  readonly digest?: { readonly authorization: string; readonly answers: number };
}

/**
 * The request after one that was refused: with an answer to its Digest challenge, or to where it redirects.
 *
 * @throws the refusal itself if it leaves no way; HandshakeError `WS_HANDSHAKE_REDIRECT` for a redirect that may not be followed
 */
export function nextHop(hop: Hop, refusal: HandshakeError): Hop {
  const next = authenticated(hop, refusal) ?? redirected(hop, refusal);
  if (next === null) throw refusal;
  return next;
}

/** With `stale` the nonce alone was refused, so a second answer makes sense (RFC 7616 3.3); a third one never does. */
function authenticated(hop: Hop, { status, headers }: HandshakeError): Hop | null {
  const { url, settings, digest } = hop;
  if (status !== 401 || url.userinfo === null || hasHeader(settings.headers ?? {}, 'authorization')) return null;
  const challenge = findDigest(parseChallenges(headers?.getAll('www-authenticate') ?? []));
  const answers = digest?.answers ?? 0;
  if (challenge === undefined || answers > (hasToken(challenge, 'stale', 'true') ? 1 : 0)) return null;
  const cnonce = randomBytes(16).toString('base64');
  const authorization = answerDigest(challenge, { ...url.userinfo, method: 'GET', uri: url.resourceName, cnonce });
  return { ...hop, digest: { authorization, answers: answers + 1 } };
}

function redirected({ url: from, settings, redirects }: Hop, refusal: HandshakeError): Hop | null {
  const { maxRedirects } = settings;
  if (maxRedirects === 0) return null;
  try {
    const to = redirectedUrl(from, refusal);
    if (to === null) return null;
    if (redirects === maxRedirects) throw tooMany(maxRedirects, refusal);
    return { url: to, settings: settingsFor(from, to, settings), redirects: redirects + 1 };
  } catch (error) {
    const { url, address, status, reason, headers, body, bodyTruncated, retryAfterMs } = refusal;
    const context = { url, address, status, reason, headers, body, bodyTruncated, retryAfterMs };
    throw error instanceof HandshakeError ? error.withContext(context as HandshakeContext) : error;
  }
}

function tooMany(limit: number, { headers }: HandshakeError): HandshakeError {
  const facts = { rule: 'maxRedirects', section: 'decision of this project', limit };
  const value = headers?.get('location') ?? '';
  const message = `The server redirects more often than maxRedirects allows, which is ${limit}`;
  return new HandshakeError('WS_HANDSHAKE_REDIRECT', message, { ...facts, value });
}

/** Credentials and cookies stay within the origin, what the user said about the certificate with the host. */
function settingsFor(from: WebSocketUrl, to: WebSocketUrl, settings: Settings): Settings {
  if (isSameOrigin(from, to)) return settings;
  const headers = headersForOthers(settings.headers ?? {});
  if (from.host === to.host) return { ...settings, headers };
  return { ...settings, headers, security: securityForOthers(settings.security) };
}
