import { summarize } from '../src/measure/statistics.ts';
import type { Floats, Tensor } from '../src/tensor/tensor.ts';

/** Results may differ by this much of the largest value; else their times are not compared. */
export const TOLERANCE = 1e-3;

/**
 * max |a − b| over max |b| of each image's result [N,...], and of these the median: relevance of single images is
 * ill-conditioned in float32, where the two largest numbers of a pool, or a denominator and zero, nearly meet.
 */
export function difference(a: Pick<Tensor, 'data'>, { shape, data }: Tensor): number {
  if (a.data.length !== data.length) throw new Error(`its result has ${data.length} numbers, ours ${a.data.length}`);
  const images = shape[0]!;
  const count = data.length / images;
  const differences = Array.from({ length: images }, (_, image) => {
    let [most, largest] = [0, 0];
    for (let i = image * count; i < (image + 1) * count; i++) {
      most = Math.max(most, Math.abs(a.data[i]! - data[i]!));
      largest = Math.max(largest, Math.abs(data[i]!));
    }
    return most / largest;
  });
  return summarize(differences).median;
}

/** ‖a − b‖₂ / ‖b‖₂. */
export function relativeError(a: Floats, b: Floats): number {
  let [apart, norm] = [0, 0];
  for (const [i, value] of b.entries()) {
    apart += (a[i]! - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(apart / norm);
}
