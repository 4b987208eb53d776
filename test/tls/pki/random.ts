import { cleanScenario, DEFECTS, type Defect, type Scenario, TWISTS } from './scenario.js';

/** The seed of a random test: printed by the test, and taken from the environment to run the same again. */
export function seedOf(): number {
  const { WSO_SEED } = process.env;
  const given = Number(WSO_SEED);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 0x7fffffff) + 1;
}

export function countOf(standard: number): number {
  const { WSO_COUNT } = process.env;
  const given = Number(WSO_COUNT);
  return Number.isInteger(given) && given > 0 ? given : standard;
}

/** A generator of numbers from 0 to 1 (mulberry32), so that a seed gives the same run everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

export interface RandomScenario {
  readonly scenario: Scenario;
  readonly defects: readonly string[];
}

/** A chain with one to six defects and oddities, which do not touch the same field. */
export function randomScenario(random: () => number): RandomScenario {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const scenario = cleanScenario();
  const chosen: Defect[] = [];
  const count = 1 + Math.floor(random() * 6);
  for (let tries = 0; tries < count; tries++) {
    const defect = pick(random() < 0.65 ? DEFECTS : TWISTS);
    if (!chosen.some(({ field }) => field === defect.field)) chosen.push(defect);
  }
  // A plan with a second intermediate or another trust once in a while, whatever else is wrong.
  if (random() < 0.15) scenario.sendRoot = true;
  for (const defect of chosen) defect.apply(scenario);
  return { scenario, defects: chosen.map(({ name }) => name) };
}
