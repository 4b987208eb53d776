/** The median of the finite numbers among these, undefined when there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  return high === undefined || low === undefined ? undefined : (high + low) / 2;
}

/** The median of numerator / denominator, round by round: what disturbed a round disturbed both. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number | undefined {
  return median(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)));
}

/** Largest over smallest: how much the rounds disagree. */
export function spread(values: readonly number[]): number | undefined {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? undefined : Math.max(...finite) / Math.min(...finite);
}
