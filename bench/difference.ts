import type { Floats } from '../src/tensor/tensor.ts';

/** Results may differ by this much of the largest; else their times are not compared. */
export const TOLERANCE = 1e-3;

/** max |a − b| over max |b|. */
export function largestDifference(a: Floats, b: Floats): number {
  if (a.length !== b.length) throw new Error(`its result has ${b.length} numbers, ours ${a.length}`);
  let [most, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return most / largest;
}
