import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { allocateMessage } from '../../src/frames/message-memory.js';

t.test('gives memory of the size asked for', async (t) => {
  for (const size of [0, 5, 5000, 32767, 32768, 1_000_001]) {
    for (let i = 0; i < 20; i++) if (allocateMessage(size).length !== size) t.fail(`${size}, the ${i + 1}th time`);
  }
  for (const size of [4096, 32768]) t.equal(allocateMessage(size).buffer.byteLength, size, 'and of its own');
});

/** Takes 48 MiB of messages, fills them, drops them and collects the garbage, again and again; says how many pages were new the last time. */
const PROGRAM = `
  const { allocateMessage } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/frames/message-memory.js', import.meta.url)))});
  let pages;
  for (let i = 0; i < 5; i++) {
    const before = process.resourceUsage().minorPageFault;
    let messages = Array.from({ length: 48 }, () => allocateMessage(1 << 20).fill(1));
    pages = process.resourceUsage().minorPageFault - before;
    messages = null;
    gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.log(pages);`;

function newPages(): number {
  const argv = ['--expose-gc', '--input-type=module', '-e', PROGRAM];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  if (!/^\d+\n$/.test(stdout)) throw new Error(stderr || stdout);
  return Number(stdout);
}

t.test('memory that was freed is used again', async (t) => {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const pages = newPages();
  // Another malloc takes no notice; with that of glibc all 12,288 pages would be new each time.
  t.ok(header.glibcVersionRuntime === undefined ? pages >= 0 : pages < 1000, `${pages} of 12,288 pages were new`);
});
