import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

const run = async (name: string): Promise<string> => {
  const file = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
  const env = { ...process.env, NODE_V8_COVERAGE: '' };
  return (await promisify(execFile)(process.execPath, [file], { env, timeout: 60_000 })).stdout;
};

t.test('examples/reconnecting.mjs', async (t) => {
  const lines = (await run('reconnecting.mjs')).split('\n').filter((line) => line.startsWith('received greeting'));
  t.strictSame(lines, ['received greeting 1', 'received greeting 3', 'received greeting 5']);
});

t.test('examples/inspect.mjs', async (t) => {
  const text = await run('inspect.mjs');
  t.match(text, /^127\.0\.0\.1 \(127\.0\.0\.1:\d+\): TLSv1\.3, TLS_/);
  t.match(text, "ignoreSslErrors: ['HostNameMismatch', 'SelfSignedCertificate', 'CertificateExpired']");
});
