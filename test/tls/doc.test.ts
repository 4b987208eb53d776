import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { TlsError } from '../../src/tls/error.js';
import { SSL_ERROR_KEYWORDS } from '../../src/tls/keyword.js';
import { parseTlsOptions } from '../../src/tls/options.js';

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
  const paragraph = page.slice(start, page.indexOf('## The rule'));
  const names = [...paragraph.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);
  t.ok(names.length >= 8);
  for (const name of names) t.throws(() => parseTlsOptions({ [name]: true }), { message: /is not taken: / }, name);
});
