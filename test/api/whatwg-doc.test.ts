import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';

const root = process.cwd();
const doc = readFileSync(`${root}/docs/WHATWG.md`, 'utf8');
const rows = doc
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (Rule |-)/.test(line))
  .map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

t.test('every rule points to a file and to a test that are there', async (t) => {
  t.ok(rows.length > 50, `${rows.length} rules`);
  for (const [rule = '', file = '', named = ''] of rows) {
    const [name, title] = [named.slice(0, named.indexOf(': ')), named.slice(named.indexOf(': ') + 2)];
    t.ok(existsSync(`${root}/${file}`), `${rule}: ${file}`);
    const test = readFileSync(`${root}/test/api/${name}.test.ts`, 'utf8');
    const isThere = test.includes(`t.test('${title}'`) || titlesOfLoops(test).includes(title);
    t.ok(isThere, `${rule}: ${named}`);
  }
});

t.test('no rule is named twice', async (t) => {
  const rules = rows.map(([rule]) => rule);
  const again = rules.filter((rule, at) => rules.indexOf(rule) < at);
  // "Canceling ...: the same" and the like would be no rule at all.
  t.same(again, []);
});

/** The tests for both sides of a stream have their titles from a list. */
function titlesOfLoops(test: string): string[] {
  return [...test.matchAll(/\['(writable|readable)', '(\w+)'\]/g)].map(
    ([, side, method]) => `${method} of the ${side} side`,
  );
}
