import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { tables } from './markdown.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/RFC6455.md`, 'utf8');

/** How often MUST and MUST NOT stand in each section of the RFC, counted in its text; 1 is not normative, 2 defines the words. */
const WORDS: Readonly<Record<string, number>> = {
  '3': 2,
  '4.1': 39,
  '4.2.1': 1,
  '4.2.2': 10,
  '4.3': 1,
  '4.4': 1,
  '5.1': 4,
  '5.2': 10,
  '5.3': 4,
  '5.4': 10,
  '5.5': 2,
  '5.5.1': 6,
  '5.5.2': 1,
  '5.6': 1,
  '5.8': 1,
  '6.1': 8,
  '6.2': 5,
  '7.1.2': 1,
  '7.1.7': 3,
  '7.2.1': 2,
  '7.2.2': 1,
  '7.4.1': 3,
  '8.1': 1,
  '9': 2,
  '9.1': 5,
  '10.3': 1,
  '10.4': 1,
  '10.6': 1,
  '10.7': 1,
  '11.1.1': 2,
  '11.1.2': 2,
  '11.3.1': 1,
  '11.3.2': 1,
  '11.3.3': 1,
  '11.3.4': 1,
  '11.3.5': 1,
};

const [client = [], server = [], others = [], small = [], ...more] = tables(page);
const all = [...client, ...server, ...others, ...small];

t.test('each section has a row for each of its words', async (t) => {
  t.same(more, []);
  const found: Record<string, number> = {};
  for (const [section = ''] of [...client, ...server, ...others]) found[section] = (found[section] ?? 0) + 1;
  t.same(found, WORDS);
  const total = Object.values(WORDS).reduce((sum, count) => sum + count);
  t.ok(page.includes(`as it has such words: ${total}.`), `${total}`);
});

t.test('each row points to code that is there', async (t) => {
  for (const [section, rule, code = ''] of all) {
    if (code === '-') continue;
    for (const place of code.split('<br>')) {
      const [file = '', name = ''] = place.split(': ');
      const path = `${root}src/${file}`;
      t.ok(existsSync(path) && hasName(readFileSync(path, 'utf8'), name), `${section} ${rule}: ${place}`);
    }
  }
});

t.test('each row points to a test that is there, or says why there is none', async (t) => {
  for (const [section, rule, code, test = ''] of all) {
    if (code === '-') {
      t.match(test, /^[A-Z][^:]* \w+/, `${section} ${rule}`);
      continue;
    }
    for (const place of test.split('<br>')) {
      const at = place.indexOf(': ');
      const path = `${root}test/${place.slice(0, at)}`;
      t.ok(
        existsSync(path) && hasTitle(readFileSync(path, 'utf8'), place.slice(at + 2)),
        `${section} ${rule}: ${place}`,
      );
    }
  }
});

function hasName(source: string, name: string): boolean {
  return name !== '' && new RegExp(`(?<![\\w#])${name.replace('$', '\\$')}(?!\\w)`).test(source);
}

function hasTitle(source: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => new RegExp(`test\\(\\s*${literally(quote + title + quote)}`).test(source));
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
