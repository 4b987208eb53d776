import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { INBOX_BYTES, INBOX_MESSAGES } from '../../src/api/inbox.js';
import { CLOSE_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from '../../src/api/options.js';
import { DEFLATE_THRESHOLD } from '../../src/frames/deflate-index.js';
import { MAX_FRAGMENTS, MAX_MESSAGE_BYTES } from '../../src/frames/index.js';
import { DEFAULT_HEAD_LIMITS } from '../../src/handshake/index.js';
import * as api from '../../src/index.js';
import { tables } from './markdown.js';
import { root } from './run.js';

const read = (path: string): string => readFileSync(root + path, 'utf8');
const names = readdirSync(`${root}docs`).filter((name) => /^API.*\.md$/.test(name));
const pages = names.map((name) => read(`docs/${name}`));
const page = read('docs/API.md');

/** The names at the beginning of the rows of all tables, and those of the headings. */
const told = new Set(
  pages.flatMap((text) => [
    ...tables(text).flatMap((rows) => rows.flatMap(([first = '']) => named(first))),
    ...[...text.matchAll(/^#+ (.*)$/gm)].flatMap(([, heading = '']) => [heading, ...named(heading)]),
  ]),
);

function named(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** The properties of an interface, from the text of its file. */
function propertiesOf(file: string, name: string): string[] {
  const text = read(`src/api/${file}`);
  const start = text.search(new RegExp(`^export interface ${name}\\b`, 'm'));
  const body = text.slice(start, text.indexOf('\n}', start));
  const found = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, property = '']) => property);
  if (start < 0 || found.length === 0) throw new Error(`${file} has no interface ${name}`);
  return found;
}

t.test('every option has a row or a heading of its own', async (t) => {
  const options = propertiesOf('options.ts', 'ConnectOptions');
  t.ok(options.length >= 15 && options.includes('timeoutMs'));
  for (const [file, name] of [
    ['options.ts', 'ConnectOptions'],
    ['socket.ts', 'SocketOptions'],
    ['compression-options.ts', 'PerMessageDeflate'],
    ['proxy.ts', 'ProxyOptions'],
    ['ctrl-options.ts', 'CtrlOptions'],
    ['streams.ts', 'DuplexOptions'],
    ['reconnect-options.ts', 'ReconnectOptions'],
    ['inspect.ts', 'Inspection'],
    ['close-report.ts', 'CloseReport'],
    ['connection.ts', 'ConnectionEvents'],
  ] as const) {
    for (const option of propertiesOf(file, name)) t.ok(told.has(option), `${name}: ${option}`);
  }
});

/** Everything that stands in the font of code, outside of blocks. */
const spans = pages.flatMap((text) => named(text.replace(/^```.*?^```$/gms, '')));

t.test('everything that the root exports is told', async (t) => {
  const words = new Set([...spans, ...told].flatMap((span) => span.split(/[^\w]+/)));
  for (const name of Object.keys(api)) t.ok(words.has(name), name);
});

t.test('every public member of Connection is told', async (t) => {
  const text = read('src/api/connection.ts');
  const members = [...text.matchAll(/^ {2}(?:get |async )?([a-z]\w+)(?:<[^>]*>)?\(/gm)].map(([, name = '']) => name);
  t.ok(members.length > 15);
  for (const name of members) {
    if (name !== 'constructor') t.match(spans.join('\n'), new RegExp(`(^|, |connection\\.)${name}($|\\()`, 'm'), name);
  }
});

t.test('the tables of codes are the codes', async (t) => {
  for (const [heading, file, union] of [
    ['ConnectionError', 'api/errors.ts', 'ConnectionErrorCode'],
    ['HandshakeError', 'handshake/error.ts', 'HandshakeErrorCode'],
    ['ProtocolError', 'frames/error.ts', 'ProtocolErrorCode'],
    ['TlsError', 'tls/error.ts', 'TlsErrorCode'],
    ['The CTRL functions', 'api/ctrl-error.ts', 'CtrlErrorCode'],
  ] as const) {
    const text = read(`src/${file}`);
    const start = text.indexOf(`export type ${union} =`);
    const codes = [...text.slice(start, text.indexOf(';', start)).matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
    t.ok(codes.length > 3, union);
    const listed = tables(sectionOf(heading)).flatMap((rows) => rows.flatMap(([first = '']) => named(first)));
    t.same(
      listed.filter((name) => /^[A-Z_]+$/.test(name)),
      codes,
      union,
    );
  }
});

/** What stands between a heading and the next one of its level or above. */
function sectionOf(heading: string): string {
  const start = page.search(new RegExp(`^##+ ${heading}$`, 'm'));
  const level = /^#+/.exec(page.slice(start))?.[0].length ?? 0;
  const rest = page.slice(start + level);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

t.test('the limits are those of the code', async (t) => {
  const MIB = 1024 * 1024;
  const [limits = []] = tables(sectionOf('Limits'));
  const byName = new Map(limits.map(([name, , value]) => [name, value]));
  for (const [name, value] of [
    ['time to connect', CONNECT_TIMEOUT_MS.toLocaleString('en')],
    ['time to close', CLOSE_TIMEOUT_MS.toLocaleString('en')],
    ['message', `${MAX_MESSAGE_BYTES / MIB} MiB`],
    ['frames of a message', MAX_FRAGMENTS.toLocaleString('en')],
    ['queue of received messages', String(INBOX_MESSAGES)],
    ['the same', `${INBOX_BYTES / MIB} MiB`],
    ['head of the response', `${DEFAULT_HEAD_LIMITS.maxHeadBytes / 1024} KiB`],
    ['header lines', String(DEFAULT_HEAD_LIMITS.maxHeaders)],
    ['a line', `${DEFAULT_HEAD_LIMITS.maxLineBytes / 1024} KiB`],
    ['body of a refusal that is kept', `${DEFAULT_HEAD_LIMITS.maxBodyBytes / 1024} KiB`],
  ] as const) {
    t.equal(byName.get(name), value, name);
  }
  t.match(page, new RegExp(`\`threshold\` +\\| bytes +\\| ${DEFLATE_THRESHOLD} `));
});

t.test('the links of the pages lead somewhere', async (t) => {
  const documents = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)];
  for (const document of documents) {
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const folder = document.startsWith('docs/') ? 'docs/' : '';
      const file = path === '' ? document : folder + path;
      t.ok(existsSync(root + file), `${document}: ${target}`);
      if (anchor !== undefined) t.ok(anchorsOf(read(file)).includes(anchor), `${document}: ${target}`);
    }
  }
});

/** As GitHub makes them of the headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
