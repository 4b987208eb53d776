import type { Target } from '../target.js';

/** One thing that must work on every way to every server. */
export interface Scenario {
  readonly name: string;
  run(target: Target): Promise<void>;
}
