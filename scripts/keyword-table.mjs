// Prints the keyword tables of docs/TLS.md from the code, between the markers that stand there.
//
//   node scripts/keyword-table.mjs                       writes docs/TLS.md from dist (npm run build first)
//   node scripts/keyword-table.mjs --check [FOLDER]      exits 1 where the page is not what the code in FOLDER says
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const check = process.argv[2] === '--check';
const code = process.argv[3] ?? 'dist';
const { ADVICE, OPENSSL_CODES, SSL_ERROR_KEYWORDS } = await import(pathToFileURL(`${code}/tls/index.js`).href);
const page = new URL('../docs/TLS.md', import.meta.url);

const quoted = (text) => `\`${text}\``;

// Columns of one width, as Biome formats the page.
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const line = (cells, fill) =>
    `| ${cells.map((cell, column) => String(cell).padEnd(widths[column], fill)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [
    line(head),
    line(
      widths.map(() => '-'),
      '-',
    ),
    ...body.map((row) => line(row)),
  ].join('\n');
}

function keywords() {
  const rows = [['keyword', 'the certificate ...', 'what to do', 'OpenSSL']];
  for (const keyword of SSL_ERROR_KEYWORDS) {
    const codes = OPENSSL_CODES.filter(([, , each]) => each === keyword).map(([name]) => quoted(name));
    const from = keyword === 'UnspecifiedError' ? 'every other code' : codes.join(', ') || '-';
    rows.push([quoted(keyword), ADVICE[keyword].meaning, ADVICE[keyword].remedy, from]);
  }
  return table(rows);
}

function codes() {
  const rows = OPENSSL_CODES.map(([name, number, keyword]) => [quoted(name), number, keyword]);
  return table([['OpenSSL, and Node', 'number', 'keyword'], ...rows]);
}

function between(text, name, table) {
  const [begin, end] = [`<!-- ${name}: printed by scripts/keyword-table.mjs -->`, `<!-- end of ${name} -->`];
  const [at, until] = [text.indexOf(begin), text.indexOf(end)];
  if (at === -1 || until < at) throw new Error(`docs/TLS.md has no markers for ${name}`);
  return `${text.slice(0, at + begin.length)}\n\n${table}\n\n${text.slice(until)}`;
}

const written = readFileSync(page, 'utf8');
const printed = between(between(written, 'keywords', keywords()), 'codes', codes());
if (!check) writeFileSync(page, printed);
else if (printed !== written) {
  process.stderr.write('docs/TLS.md is not what the code says: npm run build && node scripts/keyword-table.mjs\n');
  process.exitCode = 1;
}
