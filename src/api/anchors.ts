import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/** What Node 20 does not have of node:tls. */
interface Store {
  readonly getCACertificates?: (type: 'default') => readonly string[];
  readonly setDefaultCACertificates?: unknown;
}

/**
 * The trust anchors of the runtime as PEM texts: its own, those of NODE_EXTRA_CA_CERTS, and, where the runtime can tell, the
 * system's when it was told to use them. What cannot be seen counts as untrusted.
 */
export function runtimeAnchors(): readonly string[] {
  const { getCACertificates } = tls as Store;
  if (getCACertificates !== undefined) return getCACertificates('default');
  return [...(usesOpensslStore() ? [] : tls.rootCertificates), ...extraAnchors()];
}

/**
 * Something that is another one after `tls.setDefaultCACertificates` (Node 24.5) has replaced the anchors: what was made before goes by the
 * old ones.
 */
export function anchorsInForce(): unknown {
  const { getCACertificates, setDefaultCACertificates } = tls as Store;
  // The list is made once and kept by Node; where it cannot change there is no need to make it.
  return setDefaultCACertificates === undefined ? undefined : getCACertificates?.('default');
}

/** Then Node's own anchors are not in force, and nobody can tell which ones are. */
function usesOpensslStore(): boolean {
  const { NODE_OPTIONS = '' } = process.env;
  return [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)].includes('--use-openssl-ca');
}

/** Node reads the file when it starts, and does without if it cannot. */
function extraAnchors(): string[] {
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  if (!file) return [];
  try {
    return [readFileSync(file, 'latin1')];
  } catch {
    return [];
  }
}
