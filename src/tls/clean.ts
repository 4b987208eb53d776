import { X509Certificate } from 'node:crypto';
import { matchesHostName } from './host-name.js';
import type { Evidence, Policy } from './verdict.js';

/**
 * Whether a connection has nothing that the judge would have to look at: OpenSSL accepted the chain, the certificate is for the host, the session is
 * not resumed, and nothing is pinned. Such a connection is accepted with any policy, with no finding. It says no more than that: for anything
 * else, also where it cannot be told, `judge` has to be asked.
 *
 * Most connections are clean, so they need none of the judge's code.
 */
export function isClean(
  { authorizationError, sent, hostName, resumed }: Omit<Evidence, 'anchors'>,
  { pins }: Pick<Policy, 'pins'>,
): boolean {
  const [leaf] = sent;
  if (authorizationError !== null || resumed || leaf === undefined || pins.length > 0) return false;
  try {
    return matchesHostName(leaf instanceof X509Certificate ? leaf : new X509Certificate(leaf), hostName);
  } catch {
    return false;
  }
}
