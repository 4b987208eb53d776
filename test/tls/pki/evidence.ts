import { createAnchors } from '../../../src/tls/anchors.js';
import type { Evidence } from '../../../src/tls/verdict.js';
import { FIXTURE_TIME } from './fixture.js';
import { toPem } from './make-certificate.js';
import { type Chain, HOST } from './scenario.js';

/** Evidence of a connection that showed this chain and of which Node said this. */
export function evidence(
  chain: Pick<Chain, 'sent' | 'anchors'>,
  authorizationError: string | null,
  change: Partial<Evidence> = {},
): Evidence {
  return {
    authorizationError,
    sent: chain.sent,
    anchors: createAnchors(chain.anchors.map(toPem)),
    hostName: HOST,
    time: FIXTURE_TIME,
    resumed: false,
    ...change,
  };
}
