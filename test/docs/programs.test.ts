import { readFileSync } from 'node:fs';
import t from 'tap';
import { root, runText } from './run.js';

/** The programs of a page that are marked to be run, with what they print. */
function programsOf(page: string): { program: string; output: string }[] {
  const marked = page.matchAll(/^<!-- run -->\n\n```js\n(.*?)^```\n\n```text\n(.*?)^```$/gms);
  return [...marked].map(([, program = '', output = '']) => ({ program, output }));
}

t.test('the programs of docs/API.md print what stands below them', async (t) => {
  const page = readFileSync(`${root}docs/API.md`, 'utf8');
  const programs = programsOf(page);
  t.equal(programs.length, page.split('<!-- run -->').length - 1, 'each mark belongs to a program with its output');
  t.ok(programs.length >= 7);
  for (const { program, output } of programs) t.equal(await runText(t, program), output, program.slice(0, 200));
});

t.test('the eight lines of README.md', async (t) => {
  const readme = readFileSync(`${root}README.md`, 'utf8');
  const [, program = ''] = /^## Eight lines\n\n```js\n(.*?)^```$/ms.exec(readme) ?? [];
  t.match(program, /^import \{ connect, describeClose \}/);
  t.equal(await runText(t, program), 'hello\nsent 1000 (normal closure); then received 1000 (normal closure)\n');
});
