import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { byOwner, type CpuProfile, summarize } from '../src/profile-summary.js';

const BENCH = path.resolve('bench');
const frame = (id: number, functionName: string, url = '', lineNumber = -1): CpuProfile['nodes'][number] => ({
  id,
  callFrame: { functionName, url, lineNumber },
});
const ours = pathToFileURL(path.resolve('dist/frames.js')).href;
const bench = pathToFileURL(path.join(BENCH, 'build/src/run.js')).href;

/** By hand: 10 samples, each of which stands for the time up to the next. */
const PROFILE: CpuProfile = {
  nodes: [
    frame(1, '(root)'),
    frame(2, '(garbage collector)'),
    frame(3, '(idle)'),
    frame(4, '#readRun', ours, 99),
    frame(5, '#readRun', ours, 99),
    frame(6, 'onStreamRead', 'node:internal/stream_base_commons', 166),
    frame(7, '', bench, 9),
    frame(8, 'writev'),
  ],
  samples: [4, 2, 5, 3, 6, 4, 7, 8, 3, 4],
  timeDeltas: [5, 100, 200, 100, 1000, 100, 200, 100, 200, 500],
};

test('self time by function, without idle time, the largest first', () => {
  const shares = summarize(PROFILE, BENCH).map(({ share, ...rest }) => ({ ...rest, percent: Math.round(share * 100) }));
  assert.deepEqual(shares, [
    { name: '#readRun', owner: 'client', place: 'frames.js:100', percent: 40 },
    { name: '(garbage collector)', owner: 'V8', place: '', percent: 20 },
    { name: 'writev', owner: 'V8', place: '', percent: 20 },
    { name: 'onStreamRead', owner: 'node', place: 'node:internal/stream_base_commons:167', percent: 10 },
    { name: '(anonymous)', owner: 'bench', place: 'run.js:10', percent: 10 },
  ]);
});

test('time by owner adds up to all of it', () => {
  const sums = byOwner(summarize(PROFILE, BENCH));
  assert.deepEqual([...sums.keys()].sort(), ['V8', 'bench', 'client', 'node']);
  assert.equal(Math.round([...sums.values()].reduce((sum, share) => sum + share, 0) * 1000), 1000);
});

test('a profile without samples is empty', () => {
  assert.deepEqual(summarize({ nodes: PROFILE.nodes }, BENCH), []);
});
