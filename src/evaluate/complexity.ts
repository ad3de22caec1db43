/** Any list of numbers, row by row. */
type Numbers = ArrayLike<number>;

/**
 * Sparseness: the Gini index of |values| (Chalasani et al. 2020; Hurley & Rickard 2009): 0 for a constant map, near 1 where
 * one pixel has all. Of a map of zeros 0.
 */
export function sparseness(map: Numbers): number {
  const sorted = Float64Array.from(map, Math.abs).sort();
  let [weighted, sum] = [0, 0];
  for (const [index, value] of sorted.entries()) {
    weighted += (index + 1) * value;
    sum += value;
  }
  const count = sorted.length;
  return sum === 0 ? 0 : (2 * weighted) / (count * sum) - (count + 1) / count;
}

/**
 * Complexity: the entropy of the shares |value|/Σ|value| (Bhatt, Weller, Moura 2020), in nats: from 0, one pixel has all,
 * to ln(count), all have the same. Of a map of zeros ln(count).
 */
export function complexity(map: Numbers): number {
  const magnitudes = Float64Array.from(map, Math.abs);
  const sum = magnitudes.reduce((total, value) => total + value, 0);
  if (sum === 0) return Math.log(map.length);
  return -magnitudes.reduce((total, value) => (value === 0 ? total : total + (value / sum) * Math.log(value / sum)), 0);
}

/** Cosine of the angle between two lists; 0 where one is all zeros. */
export function cosine(a: Numbers, b: Numbers): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
