import { createHash, type X509Certificate } from 'node:crypto';

/** Whether one of the pins is the hash of the certificate or of its public key. */
export function checkPins(pins: readonly string[], leaf: X509Certificate): boolean {
  if (pins.length === 0) return true;
  const found = [leaf.raw, leaf.publicKey.export({ type: 'spki', format: 'der' })].map(
    (bytes) => `sha256/${createHash('sha256').update(bytes).digest('base64')}`,
  );
  return pins.some((pin) => found.includes(pin));
}
