import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BARS, type Bar, clientsFor, judge, overBudget, SIZE_BARS, TABLE } from '../src/bars.js';
import type { Bundle } from '../src/bundle.js';
import type { Measured } from '../src/measure.js';
import { SCENARIOS, selectScenarios } from '../src/scenario.js';

const ours = (cpuNs: number): Measured[] => [{ client: 'ours', median: {}, ratios: { ws: { cpuNs } } }];
const bar: Bar = { scenario: 'recv-text-16', client: 'ours', measure: 'cpuNs', against: 'ws' };

test('at least: met from the bar on, else missed by a part of the bar', () => {
  assert.deepEqual(judge({ ...bar, atLeast: 4 }, ours(4)), { measured: 4, missedBy: 0 });
  assert.deepEqual(judge({ ...bar, atLeast: 4 }, ours(3)), { measured: 3, missedBy: 0.25 });
});

test('at most: the share is the inverse of the ratio', () => {
  assert.deepEqual(judge({ ...bar, atMost: 0.5 }, ours(2)), { measured: 0.5, missedBy: 0 });
  assert.deepEqual(judge({ ...bar, atMost: 0.5 }, ours(1)), { measured: 1, missedBy: 1 });
});

test('nothing is met that was not measured, and nothing judged that has no bar', () => {
  assert.deepEqual(judge({ ...bar, atLeast: 4 }, []), { measured: undefined, missedBy: undefined });
  assert.deepEqual(judge(bar, ours(3)), { measured: 3, missedBy: undefined });
});

test('every bar names a scenario that exists and clients that run in it', () => {
  for (const { scenario, client, against } of BARS) {
    assert.ok(SCENARIOS.has(scenario), scenario);
    assert.ok(clientsFor(scenario).includes(client), `${scenario} ${client}`);
    assert.ok(clientsFor(scenario).includes(against), `${scenario} ${against}`);
  }
});

test('scenarios are named one by one, by their beginning, or all of the table', () => {
  const names = (...words: string[]): string[] => selectScenarios(words, TABLE).map(({ name }) => name);
  assert.deepEqual(names('connect-tls', 'connect-tls'), ['connect-tls']);
  assert.ok(names('recv-bin').every((name) => name.startsWith('recv-bin-')));
  assert.deepEqual(names('table'), TABLE);
  assert.equal(names('all').length, SCENARIOS.size);
  assert.throws(() => names('receive'), /receive/);
});

test('a bundle may weigh as much as its budget, and must weigh something', () => {
  const weighing = (change: (budget: number) => number): Bundle[] =>
    [...new Set(SIZE_BARS.map(({ bundle }) => bundle))].map((name) => {
      const weight = (wanted: string) => {
        const budget = SIZE_BARS.find(({ bundle, part }) => bundle === name && part === wanted)?.budgetBytes ?? 1000;
        return { minified: 0, gzipped: change(budget) };
      };
      return { name, all: weight('all'), start: weight('start') };
    });
  assert.deepEqual(overBudget(weighing((budget) => budget)), []);
  assert.equal(overBudget(weighing((budget) => budget + 1)).length, SIZE_BARS.length);
  assert.equal(overBudget(weighing(() => 20)).length, SIZE_BARS.length, 'nothing was built');
  assert.equal(overBudget([]).length, SIZE_BARS.length);
});

test('a bar that is met is the budget', () => {
  for (const { bundle, atMostBytes = 0, budgetBytes } of SIZE_BARS) assert.ok(budgetBytes >= atMostBytes, bundle);
});
