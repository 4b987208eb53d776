import { needsJudge, type Security } from './secure.js';

type TlsLayer = typeof import('./tls-layer.js');

let layer: TlsLayer | undefined;

/** Whether {@link loadTls} has to be awaited before a dial with these options speaks TLS. Mostly it is the first one alone. */
export const waitsForTls = (security: Security): boolean => layer === undefined || needsJudge(security);

/** Loads what speaks TLS, and what judges connections that are not clean where the options may accept one. */
export async function loadTls(security: Security): Promise<void> {
  layer ??= await import('./tls-layer.js');
  if (needsJudge(security)) await layer.loadJudge();
}

/** What speaks TLS. A dial asks for it after {@link loadTls}. */
export function tlsLayer(): TlsLayer {
  if (layer === undefined) throw new Error('a dial speaks TLS before it was loaded');
  return layer;
}
