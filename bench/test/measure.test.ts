import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, type Measured } from '../src/measure.js';
import type { Run } from '../src/protocol.js';

/** CPU in ns for each of 1000 messages, which took 1 ms. */
const rounds = (...cpuNs: number[]): Run[] => cpuNs.map((ns) => ({ ms: 1, cpuMs: ns / 1000, n: 1000 }));

const against = (one: Measured | undefined, other: string) => one?.ratios[other];

test('a ratio is the median of the ratios of the rounds, and more than 1 is better', () => {
  const [fast, slow] = evaluate([
    { client: 'fast', runs: rounds(10, 40, 10) },
    { client: 'slow', runs: rounds(30, 80, 40) },
  ]);
  assert.equal(against(fast, 'slow')?.cpuNs, 3, 'of 3, 2 and 4');
  assert.equal(against(slow, 'fast')?.cpuNs, 1 / 3);
  assert.equal(fast?.median.cpuNs, 10);
  assert.equal(fast?.spread, 4);
  assert.equal(against(fast, 'slow')?.rate, 1, 'they took the same time');
});

test('a round that failed is left out, of both sides of its ratio', () => {
  const [one] = evaluate([
    { client: 'one', runs: [undefined, ...rounds(10, 20)] },
    { client: 'two', runs: [...rounds(1000), undefined, ...rounds(60)] },
  ]);
  assert.equal(one?.median.cpuNs, 15);
  assert.equal(against(one, 'two')?.cpuNs, 3);
});

test('memory is better when it is less', () => {
  const idle = (bytesPerConnection: number): Run[] => [{ ms: 1, cpuMs: 1, n: 1, bytesPerConnection }];
  const [small] = evaluate([
    { client: 'small', runs: idle(7000) },
    { client: 'large', runs: idle(10500) },
  ]);
  assert.equal(against(small, 'large')?.bytesPerConnection, 1.5);
});
