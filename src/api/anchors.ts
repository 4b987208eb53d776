import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/** `tls.getCACertificates`, which Node 20 does not have. */
type GetCertificates = (type: 'default') => string[];

/**
 * The trust anchors of the runtime as PEM texts: its own, those of NODE_EXTRA_CA_CERTS, and, where the runtime can tell, the
 * system's when it was told to use them. What cannot be seen counts as untrusted.
 */
export function runtimeAnchors(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: GetCertificates };
  if (getCACertificates !== undefined) return getCACertificates('default');
  return [...tls.rootCertificates, ...extraAnchors()];
}

/** Node reads the file when it starts, and does without if it cannot. */
function extraAnchors(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return [readFileSync(file, 'latin1')];
  } catch {
    return [];
  }
}
