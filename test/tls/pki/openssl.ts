import { spawn } from 'node:child_process';

/** X509_V_ERR_ numbers of OpenSSL 3, as `openssl s_client` prints them. */
const CODES: Readonly<Record<number, string>> = {
  1: 'UNSPECIFIED',
  2: 'UNABLE_TO_GET_ISSUER_CERT',
  7: 'CERT_SIGNATURE_FAILURE',
  9: 'CERT_NOT_YET_VALID',
  10: 'CERT_HAS_EXPIRED',
  13: 'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  14: 'ERROR_IN_CERT_NOT_AFTER_FIELD',
  18: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  19: 'SELF_SIGNED_CERT_IN_CHAIN',
  20: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  21: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  22: 'CERT_CHAIN_TOO_LONG',
  25: 'PATH_LENGTH_EXCEEDED',
  26: 'INVALID_PURPOSE',
  32: 'KEYUSAGE_NO_CERTSIGN',
  34: 'UNHANDLED_CRITICAL_EXTENSION',
  37: 'INVALID_NON_CA',
  39: 'KEYUSAGE_NO_DIGITAL_SIGNATURE',
  40: 'PROXY_CERTIFICATES_NOT_ALLOWED',
  47: 'PERMITTED_VIOLATION',
  48: 'EXCLUDED_VIOLATION',
  66: 'EE_KEY_TOO_SMALL',
  67: 'CA_KEY_TOO_SMALL',
  68: 'CA_MD_TOO_WEAK',
  72: 'PROXY_SUBJECT_NAME_VIOLATION',
  79: 'INVALID_CA',
  94: 'EC_KEY_EXPLICIT_PARAMS',
};

/** X509_V_ERR_... of a number, without the prefix. */
export function nameOf(error: number): string {
  return CODES[error] ?? `CODE_${error}`;
}

export interface OpensslRun {
  readonly port: number;
  readonly serverName: string;
  readonly caFile: string;
  readonly level: number;
  readonly tls?: '1.2' | '1.3';
}

/** The errors that `openssl s_client -verify 20` reports, each as `CODE@depth`; null if there was no handshake. */
export async function askOpenssl({ port, serverName, caFile, level, tls }: OpensslRun): Promise<string[] | null> {
  const { output, ended } = run([
    ...['s_client', '-connect', `127.0.0.1:${port}`, '-servername', serverName, '-verify', '20', '-CAfile', caFile],
    ...['-no-CApath', '-no-CAstore', '-cipher', `DEFAULT:@SECLEVEL=${level}`],
    ...(tls === undefined ? [] : [tls === '1.2' ? '-tls1_2' : '-tls1_3']),
  ]);
  await ended;
  return parse(output());
}

/** `depth=1 CN = root` comes before `verify error:num=19:...`. */
function parse(text: string): string[] | null {
  if (!/^Verif(y|ication)|^SSL handshake has read/m.test(text)) return null;
  const found: string[] = [];
  let depth = 0;
  for (const line of text.split('\n')) {
    const at = /^depth=(\d+)/.exec(line);
    if (at !== null) depth = Number(at[1]);
    const error = /^verify error:num=(\d+)/.exec(line);
    if (error !== null) found.push(`${nameOf(Number(error[1]))}@${depth}`);
  }
  return found;
}

function run(args: readonly string[]): { output: () => string; ended: Promise<void> } {
  // Another configuration could raise the security level or add anchors.
  const child = spawn('openssl', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OPENSSL_CONF: '/dev/null' },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  return { output: () => text, ended };
}
