import { spawn } from 'node:child_process';
import { once } from 'node:events';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { certificate, pem } from '../certs.js';
import { startChainServer } from './tls-server.js';

// The anchors of the runtime, which are decided when a process starts: each case is a process of its own. The anchor of our
// certificates is put where OpenSSL and Node look for the system's.
const made = (file: string): string => fileURLToPath(new URL(`../../../certs/made/${file}`, import.meta.url));
const PROGRAM = fileURLToPath(new URL('secure-program.js', import.meta.url));

interface Urls {
  readonly good: string;
  readonly expired: string;
  readonly unknown: string;
}

async function serve(t: Test): Promise<Urls> {
  const urlOf = async (name: string): Promise<string> => {
    const server = await startChainServer(t);
    server.show([certificate(name).raw], pem(`${name}.key`));
    return `wss://localhost:${server.port}/`;
  };
  return { good: await urlOf('server'), expired: await urlOf('expired'), unknown: await urlOf('under-unknown-ca') };
}

/** What the program answers to its tasks, a line each. */
async function run(
  env: Record<string, string>,
  flags: readonly string[],
  tasks: readonly unknown[],
): Promise<string[]> {
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR, NODE_V8_COVERAGE, ...rest } = process.env;
  // By way of env: the runner of the tests adds to the environment of every program that they start.
  const variables = Object.entries({ ...rest, SSL_CERT_DIR: made('none'), ...env }).map((pair) => pair.join('='));
  const program = [process.execPath, ...flags, PROGRAM, JSON.stringify(tasks)];
  const child = spawn('env', ['-i', ...variables, ...program], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await once(child, 'close');
  return output.trim().split('\n');
}

const LONE = 'UnableToGetLocalIssuerCertificate,UnableToVerifyFirstCertificate';

/** What is expected where our authority is one of the runtime's own, and the verdict sees it. */
async function isSeen(t: Test, env: Record<string, string>, flags: readonly string[] = []): Promise<void> {
  const { good, expired, unknown } = await serve(t);
  const answers = await run(env, flags, [
    { url: good },
    { url: expired },
    { url: expired, ignoreSslErrors: ['CertificateExpired'] },
    { url: unknown },
    { url: unknown, extraCa: 'unknown-ca.pem' },
    { url: good, extraCa: 'unknown-ca.pem' },
    { url: good, ca: 'unknown-ca.pem' },
  ]);
  t.same(answers, ['open', 'CertificateExpired', 'open', LONE, 'open', 'open', LONE]);
}

t.test('NODE_EXTRA_CA_CERTS', (t) => isSeen(t, { NODE_EXTRA_CA_CERTS: made('ca.pem') }));

const has = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);

t.test("the system's store, where the runtime offers it", async (t) => {
  const SSL_CERT_FILE = made('ca.pem');
  // Node 22.15 and 23.9 can tell what is in it; before, there is no such flag.
  t.equal(has('--use-system-ca'), 'getCACertificates' in tls);
  if (has('--use-system-ca')) {
    await isSeen(t, { SSL_CERT_FILE }, ['--use-system-ca']);
    await isSeen(t, { SSL_CERT_FILE, NODE_OPTIONS: '--use-system-ca' });
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 6)) await isSeen(t, { SSL_CERT_FILE, NODE_USE_SYSTEM_CA: '1' });
  // Without being told to, no Node uses it.
  const { good } = await serve(t);
  t.same(await run({ SSL_CERT_FILE }, [], [{ url: good }]), [LONE]);
});

t.test("--use-openssl-ca: OpenSSL's store cannot be seen, so it explains no error", async (t) => {
  const { good, expired, unknown } = await serve(t);
  const env = { SSL_CERT_FILE: made('ca.pem') };
  const tasks = [
    { url: good },
    { url: expired, ignoreSslErrors: ['CertificateExpired'] },
    { url: unknown },
    // Anchors that nobody can name cannot be added to: here it is as if there were none.
    { url: good, extraCa: 'unknown-ca.pem' },
    { url: unknown, extraCa: 'unknown-ca.pem' },
    { anchors: true },
  ];
  const expected = ['open', `${LONE},CertificateExpired`, LONE, LONE, 'open', '0'];
  t.same(await run(env, ['--use-openssl-ca'], tasks), expected);
  t.same(await run({ ...env, NODE_OPTIONS: '--use-openssl-ca' }, [], tasks), expected);
});

t.test('tls.setDefaultCACertificates', async (t) => {
  const { good, unknown } = await serve(t);
  const tasks = [
    { url: good },
    { setDefault: 'ca.pem' },
    { url: good },
    { url: unknown },
    { setDefault: 'unknown-ca.pem' },
    { url: good },
    { url: unknown },
  ];
  const can = 'setDefaultCACertificates' in tls;
  t.same(
    await run({}, [], tasks),
    can ? [LONE, 'set', 'open', LONE, 'set', LONE, 'open'] : [LONE, 'cannot', LONE, LONE, 'cannot', LONE, LONE],
  );
});
