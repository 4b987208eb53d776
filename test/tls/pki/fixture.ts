import { readFileSync } from 'node:fs';
import { keywordOf, type SslErrorKeyword } from '../../../src/tls/keyword.js';
import type { Recorded } from './record.js';

/** The chains that record.ts made, with what openssl said of them. */
export interface RecordedChain extends Omit<Recorded, 'sent' | 'anchors' | 'level1' | 'level2'> {
  readonly sent: readonly Buffer[];
  readonly anchors: readonly Buffer[];
  readonly level1: readonly string[];
  readonly level2: readonly string[];
}

interface File {
  readonly source: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly certificates: readonly string[];
  readonly chains: readonly Recorded[];
}

// Two levels above build/test/tls/pki is the root of the build, three that of the repository.
const path = new URL('../../../../test/fixtures/tls/chains.json', import.meta.url);

/** A time at which the fixed dates of the chains mean what their names say. */
export const FIXTURE_TIME: number = Date.UTC(2026, 0, 1);

export function readFixture(): { source: string; chains: RecordedChain[]; keys: Readonly<Record<string, string>> } {
  const file = JSON.parse(readFileSync(path, 'utf8')) as File;
  const pool = file.certificates.map((text) => Buffer.from(text, 'base64'));
  const pick = (index: number): Buffer => pool[index] as Buffer;
  const split = (codes: string): string[] => codes.split(' ').filter((code) => code !== '');
  const chains = file.chains.map((chain) => ({
    ...chain,
    sent: chain.sent.map(pick),
    anchors: chain.anchors.map(pick),
    level1: split(chain.level1),
    level2: split(chain.level2),
  }));
  return { source: file.source, chains, keys: file.keys };
}

function keywordsOf(codes: readonly string[]): SslErrorKeyword[] {
  return codes.map((code) => keywordOf(code.split('@')[0] as string));
}

/**
 * The keywords that openssl gave at both levels, sorted: at level 2 a weak leaf hides the error of trust, at level 1
 * weakness is no error.
 */
export function expectedKeywords(chain: RecordedChain): SslErrorKeyword[] {
  const host: SslErrorKeyword[] = chain.wrongHost ? ['HostNameMismatch'] : [];
  return [...new Set([...host, ...keywordsOf(chain.level2), ...keywordsOf(chain.level1)])].sort();
}
