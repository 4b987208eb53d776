import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { CERTIFICATES } from './place.js';

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = 30;

/** Whether the certificate is there and good for at least another day. */
function isGood(): boolean {
  try {
    for (const file of [CERTIFICATES.ca, CERTIFICATES.key]) fs.accessSync(file);
    execFileSync('openssl', ['x509', '-checkend', '86400', '-noout', '-in', CERTIFICATES.cert], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Makes the CA and the certificate of the wss: scenarios with openssl, if there are none that are still good. */
export function makeCertificates(): void {
  if (isGood()) return;
  fs.mkdirSync(CERTIFICATES.folder, { recursive: true });
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: CERTIFICATES.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const days = ['-days', String(DAYS)];
  openssl('req', '-x509', ...EC_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=bench ca', ...days);
  openssl('req', ...EC_KEY, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost');
  fs.writeFileSync(`${CERTIFICATES.folder}/extensions`, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'cert.pem', ...days];
  openssl('x509', '-req', '-in', 'request.pem', ...signed, '-extfile', 'extensions');
}
