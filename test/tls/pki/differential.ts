import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnchors } from '../../../src/tls/anchors.js';
import { judge, type Verdict } from '../../../src/tls/verdict.js';
import { keyPem } from './keys.js';
import { connectLive, type LiveEvidence, type LiveServer } from './live.js';
import { toPem } from './make-certificate.js';
import { askOpenssl } from './openssl.js';
import { type Chain, HOST } from './scenario.js';

export type Version = '1.2' | '1.3';

/** What the three sides say about one live chain. */
export interface Comparison {
  /** `CODE@depth` of openssl at its level; null: no handshake, because the server's own OpenSSL refused the chain. */
  readonly openssl: readonly string[] | null;
  readonly live: LiveEvidence;
  readonly verdict: Verdict;
}

let files = 0;

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'wso-tls-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Shows a chain to openssl and to Node, and judges what Node saw with an empty list. null: no server can show it. */
export async function compare(
  server: LiveServer,
  folder: string,
  chain: Chain,
  level: number,
  version: Version,
): Promise<Comparison | null> {
  const serverName = `chain-${++files}.test`;
  try {
    server.add(serverName, chain.sent, keyPem(chain.leafKey));
  } catch {
    return null;
  }
  const caFile = join(folder, `${files}.pem`);
  await writeFile(caFile, chain.anchors.map(toPem).join(''));
  try {
    const [openssl, live] = await Promise.all([
      askOpenssl({ port: server.port, serverName, caFile, level, tls: version }),
      connectLive(server.port, serverName, chain.anchors, version === '1.2' ? 'TLSv1.2' : 'TLSv1.3'),
    ]);
    return { openssl, live, verdict: judgeLive(live, chain) };
  } finally {
    server.drop(serverName);
    await rm(caFile);
  }
}

export function judgeLive(live: LiveEvidence, chain: Chain): Verdict {
  return judge(
    {
      ...live,
      anchors: createAnchors(chain.anchors.map(toPem)),
      hostName: HOST,
      time: Date.now(),
      resumed: false,
      opensslVersion: process.versions.openssl,
    },
    { ignore: [], pins: [] },
  );
}

export function codesOf(verdict: Verdict): string[] {
  return verdict.findings
    .filter(({ opensslCode }) => opensslCode !== '')
    .map(({ opensslCode, depth }) => `${opensslCode}@${depth}`);
}

/** Runs jobs with a few of them under way at a time. */
export async function inParallel<T>(jobs: Iterable<T>, width: number, work: (job: T) => Promise<void>): Promise<void> {
  const iterator = jobs[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
