import type { Comparison, Kind } from './line.ts';
import { type ConvProblem, convTruth, type PatchProblem, patchTruth } from './problem.ts';
import type { Problems } from './rungs.ts';

/** In float64, and what an error in each number is measured by. */
interface Truth {
  readonly numbers: Float64Array;
  readonly scale: Float64Array;
}

/** Many rungs have the same. */
const truths = new WeakMap<ConvProblem | PatchProblem, Truth>();

function truthOf(kind: Kind, { conv, back, patches }: Problems): Truth {
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

/** What an error may be for rounding alone, in the units of {@link comparison}. */
export const BOUNDS: Comparison['bounds'] = { convolution: 16, 'way back': 16, distances: 1e-5 };

/**
 * How far two results are from each other: for convolutions the largest difference over the sum of the products'
 * magnitudes, in units of float32's rounding (2⁻²⁴); for distances over the distance itself.
 */
export function comparison(all: Problems): Comparison {
  return {
    bounds: BOUNDS,
    difference: (kind, result, other) => {
      const { numbers, scale } = truthOf(kind, all);
      const expected = other ?? numbers;
      let farthest = 0;
      for (let i = 0; i < scale.length; i++) {
        if (scale[i] !== 0) farthest = Math.max(farthest, Math.abs(result[i]! - expected[i]!) / scale[i]!);
      }
      return farthest;
    },
  };
}
