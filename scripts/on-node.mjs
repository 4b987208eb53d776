// Runs a program under another release of Node, which the npm package `node` brings:
//   node scripts/on-node.mjs 26 build/test/tls/differential.test.js
// A release may be a major version (20, 22, 24, 26) or a full one (24.1.0).
import { spawn } from 'node:child_process';

const [release, ...args] = process.argv.slice(2);
if (release === undefined || !/^\d+(\.\d+){0,2}$/.test(release) || args.length === 0) {
  console.error('usage: node scripts/on-node.mjs <release> <program> [arguments]');
  process.exitCode = 2;
} else {
  const child = spawn('npm', ['exec', '--yes', `--package=node@${release}`, '--', 'node', ...args], {
    stdio: 'inherit',
  });
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
}
