import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { connect } from '../../src/index.js';
import { pem } from '../certs.js';
import { startPeer } from './raw-peer.js';

const tls = { cert: pem('self-signed.pem'), key: pem('self-signed.key') };
const SECRETS = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
];

/** The label of each line; every line is a label, a random of 32 bytes and a secret. */
function labels(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines
    .filter((line) => /^[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]{64,}$/.test(line))
    .map((line) => line.split(' ')[0] ?? '');
}

t.test('a function gets the lines', async (t) => {
  const peer = await startPeer(t, (wire) => wire.serve(), { tls });
  let text = '';
  const keylog = (line: Buffer): void => {
    text += line;
  };
  const ws = await connect(peer.url, { ignoreSslErrors: 'all', keylog });
  await ws.close();
  for (const secret of SECRETS) t.ok(labels(text).includes(secret), secret);
});

t.test("'env' appends to the file of SSLKEYLOGFILE, and only then", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'key-log-'));
  const before = process.env['SSLKEYLOGFILE'];
  t.teardown(() => {
    rmSync(folder, { recursive: true });
    delete process.env['SSLKEYLOGFILE'];
    if (before !== undefined) process.env['SSLKEYLOGFILE'] = before;
  });
  const peer = await startPeer(t, (wire) => wire.serve(), { tls });
  const visit = async (options: object): Promise<void> => {
    const ws = await connect(peer.url, { ignoreSslErrors: 'all', ...options });
    await ws.close();
  };
  delete process.env['SSLKEYLOGFILE'];
  await visit({ keylog: 'env' });
  const file = path.join(folder, 'keys');
  process.env['SSLKEYLOGFILE'] = file;
  await visit({});
  t.throws(() => statSync(file), { code: 'ENOENT' }, 'the variable alone does nothing');
  await visit({ keylog: 'env' });
  const once = labels(readFileSync(file, 'utf8'));
  for (const secret of SECRETS) t.ok(once.includes(secret), secret);
  t.equal(statSync(file).mode & 0o077, 0, 'nobody else may read it');
  await visit({ keylog: 'env' });
  t.equal(labels(readFileSync(file, 'utf8')).length, 2 * once.length, 'it is appended to');

  const warnings: string[] = [];
  const note = ({ message }: Error): number => warnings.push(message);
  process.on('warning', note);
  process.env['SSLKEYLOGFILE'] = path.join(folder, 'missing', 'keys');
  await visit({ keylog: 'env' });
  await new Promise(setImmediate);
  process.off('warning', note);
  t.match(warnings[0], /SSLKEYLOGFILE cannot be written: ENOENT/, 'the connection stands all the same');
});

t.test('what is no key log', async (t) => {
  for (const keylog of ['file', null, true, {}, 1]) {
    await t.rejects(connect('wss://127.0.0.1:1/', { keylog: keylog as unknown as 'env' }), {
      code: 'WS_OPTION',
      message: /^option 'keylog': .*a function or 'env' is allowed$/,
    });
  }
});
