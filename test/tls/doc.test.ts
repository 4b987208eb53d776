import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { TlsError } from '../../src/tls/error.js';
import { keywordOf, SSL_ERROR_KEYWORDS, type SslErrorKeyword } from '../../src/tls/keyword.js';
import { parseTlsOptions } from '../../src/tls/options.js';
import { readFixture } from './pki/fixture.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/TLS.md`, 'utf8');

t.test('the tables in docs/TLS.md are what the code prints', async (t) => {
  const script = `${root}scripts/keyword-table.mjs`;
  const { status, stderr } = spawnSync(process.execPath, [script, '--check', `${root}build/src`], { encoding: 'utf8' });
  t.equal(stderr, '');
  t.equal(status, 0);
  for (const keyword of SSL_ERROR_KEYWORDS) t.ok(new RegExp(`^\\| \`${keyword}\` +\\| `, 'm').test(page), keyword);
});

t.test('every option that the page lists inside tls exists, and all are listed', async (t) => {
  const section = page.slice(page.indexOf('### Inside `tls`'), page.indexOf('Every other option'));
  const cells = section.match(/^\| `[^|]*\|/gm) ?? [];
  const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  try {
    parseTlsOptions({ none: 1 });
    t.fail('took an option that does not exist');
  } catch (error) {
    const [, allowed = ''] = (error instanceof TlsError && /allowed are (.*)$/.exec(error.message)) || [];
    t.same(listed.sort(), allowed.split(', ').sort());
  }
});

t.test('every option that the page calls an error is one', async (t) => {
  const start = page.indexOf('Every other option');
  const paragraph = page.slice(start, page.indexOf('\n#', start));
  const names = [...paragraph.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);
  t.ok(names.length >= 8);
  for (const name of names) t.throws(() => parseTlsOptions({ [name]: true }), { message: /is not taken: / }, name);
});

t.test('the numbers of chains that Node alone would let pass', async (t) => {
  const { chains } = readFixture();
  let withErrors = 0;
  let wronglyAccepted = 0;
  let withHostCheck = 0;
  for (const { level1, wrongHost } of chains) {
    const keywords = level1.map((code) => keywordOf(code.split('@')[0] as string));
    const hidden = new Set(keywords);
    hidden.delete(keywords.at(-1) as SslErrorKeyword);
    withErrors += Number(keywords.length > 0 || wrongHost);
    withHostCheck += Number(hidden.size > 0);
    // Node tells of the name only where the chain has no error.
    wronglyAccepted += Number(hidden.size > 0 || (wrongHost && keywords.length > 0));
  }
  const numbers = [chains.length, withErrors, wronglyAccepted, withHostCheck];
  t.match(page, new RegExp(numbers.map((number) => `\\b${number}\\b`).join('[\\s\\S]*')), numbers.join());
});
