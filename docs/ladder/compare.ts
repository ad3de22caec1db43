import { type ConvProblem, convTruth, type PatchProblem, patchTruth } from './problem.ts';
import type { Problems, Rung } from './rungs.ts';

/** In float64, and what an error in each number is measured by. */
interface Truth {
  readonly numbers: Float64Array;
  readonly scale: Float64Array;
}

/** Many rungs have the same. */
const truths = new WeakMap<ConvProblem | PatchProblem, Truth>();

function truthOf(kind: Rung['kind'], { conv, back, patches }: Problems): Truth {
  const problem = kind === 'distances' ? patches : kind === 'way back' ? back : conv;
  const truth = truths.get(problem) ?? computed(problem);
  truths.set(problem, truth);
  return truth;
}

function computed(problem: ConvProblem | PatchProblem): Truth {
  if ('patches' in problem) {
    const numbers = patchTruth(problem);
    return { numbers, scale: numbers };
  }
  const { sums, magnitudes } = convTruth(problem);
  return { numbers: sums, scale: magnitudes.map((magnitude) => magnitude / 2 ** 24) };
}

/** What an error may be for rounding alone, in the units of {@link differenceOf}. */
export const BOUNDS: Readonly<Record<Rung['kind'], number>> = { convolution: 16, 'way back': 16, distances: 1e-5 };

/**
 * How far two results of this kind are from each other: for convolutions the largest difference over the sum of the
 * products' magnitudes, in units of float32's rounding (2⁻²⁴); for distances over the distance itself.
 */
export function differenceOf(
  kind: Rung['kind'],
  all: Problems,
  result: ArrayLike<number>,
  other: ArrayLike<number>,
): number {
  const { scale } = truthOf(kind, all);
  let farthest = 0;
  for (let i = 0; i < scale.length; i++) {
    if (scale[i] !== 0) farthest = Math.max(farthest, Math.abs(result[i]! - other[i]!) / scale[i]!);
  }
  return farthest;
}

/** {@link differenceOf} a rung's result from the truth. */
export function errorOf({ kind }: Rung, all: Problems, result: ArrayLike<number>): number {
  return differenceOf(kind, all, result, truthOf(kind, all).numbers);
}
