import { SalientError } from '../error.ts';

/** Any list of numbers, row by row. */
type Numbers = ArrayLike<number>;

/** Side of SSIM's square window in pixels. */
const WINDOW = 7;
/** The shorter side that SSIM's maps must have, in pixels. */
export const SSIM_LEAST = WINDOW;

/**
 * Structural similarity of two maps (Wang, Bovik, Sheikh, Simoncelli 2004, eq. 13): the mean over all windows of 7×7 of
 * (2μₐμᵦ + c₁)(2σₐᵦ + c₂) / ((μₐ² + μᵦ² + c₁)(σₐ² + σᵦ² + c₂)), c₁ = (0.01·range)², c₂ = (0.03·range)², with sample
 * (co)variances (n − 1), as scikit-image's default has it.
 *
 * @param a [H·W]
 * @param b [H·W]
 * @param range the span of possible values, 1 for maps from 0 to 1
 * @returns in [−1, 1]; 1 for equal maps
 */
export function ssim(a: Numbers, b: Numbers, height: number, width: number, range: number): number {
  requireSameSize(a, b);
  if (a.length !== height * width || height < WINDOW || width < WINDOW) {
    throw new SalientError(
      'shape-mismatch',
      `SSIM needs maps of at least ${WINDOW}×${WINDOW}; found ${a.length} values as ${height}×${width}`,
    );
  }
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const count = WINDOW * WINDOW;
  const sums = [
    (i: number) => a[i]!,
    (i: number) => b[i]!,
    (i: number) => a[i]! * a[i]!,
    (i: number) => b[i]! * b[i]!,
    (i: number) => a[i]! * b[i]!,
  ].map((of) => summedArea(of, height, width));
  let total = 0;
  for (let y = 0; y + WINDOW <= height; y++) {
    for (let x = 0; x + WINDOW <= width; x++) {
      const [sa, sb, saa, sbb, sab] = sums.map((area) => windowSum(area, width, y, x)) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const [ma, mb] = [sa / count, sb / count];
      const unbiased = count / (count - 1);
      const va = unbiased * (saa / count - ma * ma);
      const vb = unbiased * (sbb / count - mb * mb);
      const cov = unbiased * (sab / count - ma * mb);
      total += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return total / ((height - WINDOW + 1) * (width - WINDOW + 1));
}

/** [H+1, W+1]: sums of all that is above and left. */
function summedArea(of: (index: number) => number, height: number, width: number): Float64Array {
  const area = new Float64Array((height + 1) * (width + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += of(y * width + x);
      area[(y + 1) * (width + 1) + x + 1] = area[y * (width + 1) + x + 1]! + row;
    }
  }
  return area;
}

function windowSum(area: Float64Array, width: number, y: number, x: number): number {
  const line = width + 1;
  const [top, bottom] = [y * line + x, (y + WINDOW) * line + x];
  return area[bottom + WINDOW]! - area[bottom]! - area[top + WINDOW]! + area[top]!;
}

/**
 * Spearman's rank correlation of two maps; equal values share the mean of their ranks.
 * @returns in [−1, 1]; 0 where a map is constant
 */
export function rankCorrelation(a: Numbers, b: Numbers): number {
  requireSameSize(a, b);
  return correlation(ranks(a), ranks(b));
}

/** Pearson's correlation of two lists of equal length, in [−1, 1]; 0 where one is constant. */
export function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (list: Float64Array) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i]! - meanA, b[i]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** Ranks from 1 on, of equal values their mean. */
function ranks(values: Numbers): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let at = first; at < end; at++) result[order[at]!] = (first + end + 1) / 2;
    first = end;
  }
  return result;
}

/**
 * The share that the highest values of two maps have in common: |topₖ(a) ∩ topₖ(b)| / k with k a share of all values;
 * of equal values the first count.
 *
 * @param share of the values, in (0, 1]
 */
export function topOverlap(a: Numbers, b: Numbers, share: number): number {
  requireSameSize(a, b);
  const count = Math.max(1, Math.round(share * a.length));
  const top = (values: Numbers) =>
    Uint32Array.from({ length: values.length }, (_, i) => i)
      .sort((i, j) => values[j]! - values[i]! || i - j)
      .subarray(0, count);
  const inA = new Set(top(a));
  let common = 0;
  for (const index of top(b)) if (inA.has(index)) common++;
  return common / count;
}

function requireSameSize(a: Numbers, b: Numbers): void {
  if (a.length === b.length && a.length > 0) return;
  throw new SalientError(
    'shape-mismatch',
    `two maps of equal size are compared; found ${a.length} and ${b.length} values`,
  );
}
