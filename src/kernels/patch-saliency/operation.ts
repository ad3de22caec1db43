import { SalientError } from '../../error.ts';
import type { Operation } from '../../tensor/operation.ts';
import { formatShape, type Tensor } from '../../tensor/tensor.ts';
import type { GridExtent, PatchSaliencyAttributes } from './attributes.ts';
import { sumOfSmallest } from './sum-of-smallest.ts';
import { planPatchSaliency } from './wasm.ts';
import { dispatchPatchSaliency } from './webgpu.ts';

export type * from './attributes.ts';

/**
 * Saliency of each query patch at one scale (Goferman et al. 2012, eqs. 1 to 4): a patch is salient where even the K
 * patches most like it are unlike it or far away. Inputs: queries q [N,Q,D], their centres [Q,2], candidates p [N,P,D],
 * their centres [P,2]; output [N,Q]. With d_rel = ‖q − p‖₂/√D and d_pos the distance of the centres,
 * d = d_rel / (1 + c·d_pos) and S = 1 − exp(−mean of the K smallest d).
 *
 * Nearly all the work of a saliency map is here: 2·Q·P·D operations a map (scale 1 of 250×250 pixels: Q = 7056,
 * P = 8685, so 6 GFLOP on one plane and 18 on three) on 4·(Q+P)·D bytes. The loops below subtract before they square,
 * as WebGPU does; WebAssembly multiplies matrices, ‖q‖² + ‖p‖² − 2q·p clamped at 0, after subtracting each channel's
 * mean from both: in float32 equal patches would else seem apart by the square root of a rounding error. Where patches
 * overlap, it multiplies each pair of pixel rows once for all the pairs of patches that hold it. A fast
 * device never stores all Q·P distances and sorts no row of them: with t the K-th smallest of a row (by bisection on the
 * bits of the float, which order like the numbers, or a histogram), the sum is Σ_{d<t} d + (K − count(d<t))·t; for few
 * neighbours WebGPU adds the least of a short list below a bound.
 */
export function patchSaliency(attributes: PatchSaliencyAttributes): Operation {
  const { nearest, positionWeight } = attributes;
  return {
    name: 'patch-saliency',
    attributes: { ...attributes },
    shape([queries, queryCentres, candidates, candidateCentres]) {
      const [batch, count, length] = queries!;
      const fits =
        queries!.length === 3 &&
        candidates!.length === 3 &&
        candidates![0] === batch &&
        candidates![2] === length &&
        candidates![1]! > 0 &&
        queryCentres![0] === count &&
        candidateCentres![0] === candidates![1];
      if (!fits) {
        const found = `${formatShape(queries!)} at ${formatShape(queryCentres!)}, ${formatShape(candidates!)} at ${formatShape(candidateCentres!)}`;
        throw new SalientError(
          'shape-mismatch',
          `patch-saliency of [N,Q,D] at [Q,2] and [N,P,D] at [P,2]; found ${found}`,
        );
      }
      const { grids } = attributes;
      const placesOf = (extents: readonly GridExtent[]) =>
        extents.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
      if (grids && (placesOf([grids.queries]) !== count || placesOf(grids.candidates) !== candidates![1])) {
        throw new RangeError(`${count} queries and ${candidates![1]} candidates in grids ${JSON.stringify(grids)}`);
      }
      return [[batch!, count!]];
    },
    reference([queries, queryCentres, candidates, candidateCentres], [output]) {
      const [batch, count, length] = queries!.shape as [number, number, number];
      const candidateCount = candidates!.shape[1]!;
      const k = Math.min(nearest, candidateCount);
      const distances = BLOCK.map(() => new Float64Array(candidateCount));
      for (let n = 0; n < batch; n++) {
        for (let first = 0; first < count; first += BLOCK.length) {
          squaredDistances(
            queries!,
            n * count + first,
            Math.min(count - first, BLOCK.length),
            candidates!,
            n,
            distances,
          );
          for (const offset of BLOCK) {
            const query = first + offset;
            if (query >= count) break;
            const row = distances[offset]!;
            for (let p = 0; p < candidateCount; p++) {
              const away = centreDistance(queryCentres!, query, candidateCentres!, p);
              row[p] = Math.sqrt(row[p]! / length) / (1 + positionWeight * away);
            }
            output!.data[n * count + query] = 1 - Math.exp(-sumOfSmallest(row, k) / k);
          }
        }
      }
    },
    flops([queries, , candidates]) {
      const [batch, count, length] = queries as unknown as [number, number, number];
      return 2 * batch * count * candidates![1]! * length;
    },
    wasm: (step) => planPatchSaliency(step, attributes),
    webgpu: (step) => dispatchPatchSaliency(step, attributes),
  };
}

/** Queries that are compared together, so that a candidate is read once for all of them. */
const BLOCK = [0, 1, 2, 3] as const;

/** ‖q − p‖² of up to four queries (rows of all batches counted through) and every candidate of map n. */
function squaredDistances(
  queries: Tensor,
  first: number,
  count: number,
  candidates: Tensor,
  n: number,
  distances: readonly Float64Array[],
): void {
  const [, candidateCount, length] = candidates.shape as [number, number, number];
  const block = BLOCK.map((offset) => {
    const row = (first + Math.min(offset, count - 1)) * length;
    return Float64Array.from(queries.data.subarray(row, row + length));
  });
  const [q0, q1, q2, q3] = block as [Float64Array, Float64Array, Float64Array, Float64Array];
  const [d0, d1, d2, d3] = distances as [Float64Array, Float64Array, Float64Array, Float64Array];
  const { data } = candidates;
  for (let p = 0; p < candidateCount; p++) {
    const row = (n * candidateCount + p) * length;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let e = 0; e < length; e++) {
      const value = data[row + e]!;
      sum0 += (q0[e]! - value) ** 2;
      sum1 += (q1[e]! - value) ** 2;
      sum2 += (q2[e]! - value) ** 2;
      sum3 += (q3[e]! - value) ** 2;
    }
    d0[p] = sum0;
    d1[p] = sum1;
    d2[p] = sum2;
    d3[p] = sum3;
  }
}

function centreDistance(a: Tensor, i: number, b: Tensor, j: number): number {
  const dy = a.data[2 * i]! - b.data[2 * j]!;
  const dx = a.data[2 * i + 1]! - b.data[2 * j + 1]!;
  return Math.sqrt(dy * dy + dx * dx);
}
