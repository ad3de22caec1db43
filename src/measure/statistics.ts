/** Repeated measurements in three numbers: the median, and the 5th and 95th percentile. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Throws a RangeError where there is no measurement. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('there is no measurement to summarize');
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: percentile(sorted, 0.5),
    low: percentile(sorted, 0.05),
    high: percentile(sorted, 0.95),
    count: values.length,
  };
}

/** The fraction `p` in [0,1] of sorted values, interpolated linearly between neighbours. */
function percentile(sorted: readonly number[], p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/**
 * How many times `theirs` is longer than `ours`: the ratios of measurements of the same round, summarized. A machine
 * that is busy for a while slows both, and leaves their ratio as it was. Rounds below the clock's resolution are left
 * out; throws a RangeError where no other is there.
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Summary {
  const pairs = ours.map((value, round) => [value, theirs[round]!] as const);
  return summarize(pairs.filter((pair) => Math.min(...pair) > 0).map(([our, their]) => their / our));
}
