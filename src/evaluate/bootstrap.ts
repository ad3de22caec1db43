/** A mean with the interval in which 95 % of its bootstrap resamples lie. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const RESAMPLES = 2000;

/**
 * The mean of numbers with its 95 % percentile bootstrap interval (Efron 1979), from a seed: the same numbers give the
 * same interval everywhere. Of no numbers, NaN.
 */
export function meanWithInterval(values: readonly number[], seed = 1): Estimate {
  const random = generator(seed);
  return { ...interval(() => resampledMean(values, random)), mean: meanOf(values), count: values.length };
}

/** The difference of two means, a − b, with its interval; each list is resampled by itself. */
export function differenceWithInterval(a: readonly number[], b: readonly number[], seed = 1): Estimate {
  const random = generator(seed);
  const draw = () => resampledMean(a, random) - resampledMean(b, random);
  return { ...interval(draw), mean: meanOf(a) - meanOf(b), count: Math.min(a.length, b.length) };
}

function interval(draw: () => number): { low: number; high: number } {
  const means = Float64Array.from({ length: RESAMPLES }, draw).sort();
  const at = (share: number) => means[Math.min(RESAMPLES - 1, Math.floor(share * RESAMPLES))]!;
  return { low: at(0.025), high: at(0.975) };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function resampledMean(values: readonly number[], random: () => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[Math.floor(random() * values.length)]!;
  return sum / values.length;
}

/** Uniform numbers in [0, 1): mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
