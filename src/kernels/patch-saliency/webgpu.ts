import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type { PatchSaliencyAttributes } from './attributes.ts';

/** Queries and candidates of one workgroup of `patch-distances.wgsl`. */
const TILE = 64;
/** Bytes of distances that are held at once. */
const SLAB_BYTES = 32 << 20;
/** Workgroups that a grid may have on one axis, in whole tiles: one query each. */
const MOST_ROWS = 65535 - (65535 % TILE);
/** Elements of the patches that pass through workgroup memory at once, at most. */
const MOST_ELEMENTS = 16;

/** Nearest candidates up to which `patch-nearest.wgsl` serves. */
const FEW_NEAREST = 64;

/** Distances in slabs of queries, so that no matrix of all of them is ever stored; then each slab's sums of the nearest. */
export function dispatchPatchSaliency(step: GpuStep, { nearest, positionWeight }: PatchSaliencyAttributes): void {
  const [queries, queryCentres, candidates, candidateCentres] = step.inputs as [
    GpuTensor,
    GpuTensor,
    GpuTensor,
    GpuTensor,
  ];
  const [batch, queryCount, length] = queries.shape as [number, number, number];
  const candidateCount = candidates.shape[1]!;
  const query = columnsOf(step, queries);
  const candidate = columnsOf(step, candidates);
  const most = Math.min(nearest, candidateCount);
  const rows = queriesAtOnce(queryCount, candidateCount);
  const distances = step.scratch([rows, candidateCount], 'patch distances');
  for (let map = 0; map < batch; map++) {
    for (let first = 0; first < queryCount; first += rows) {
      const slab = step.table(Uint32Array.of(map, first, Math.min(rows, queryCount - first), 0));
      step.dispatch('patch-distances', {
        constants: {
          QUERY_COLUMNS: query.shape[2]!,
          CANDIDATES: candidateCount,
          CANDIDATE_COLUMNS: candidate.shape[2]!,
          LENGTH: length,
          TILE_K: elementsAtOnce(length),
          POSITION_WEIGHT: positionWeight,
        },
        bindings: {
          queries: query,
          candidates: candidate,
          query_centres: queryCentres,
          candidate_centres: candidateCentres,
          slab,
          distances,
        },
        workgroups: [candidate.shape[2]! / TILE, Math.ceil(rows / TILE), 1],
      });
      step.dispatch(most <= FEW_NEAREST ? 'patch-nearest' : 'patch-saliency', {
        constants: { CANDIDATES: candidateCount, QUERIES: queryCount, NEAREST: most },
        bindings: { distances, slab, output: step.outputs[0]! },
        workgroups: [rows, 1, 1],
      });
    }
  }
}

/** Patches as columns in whole tiles, [N, length, columns]. */
function columnsOf(step: GpuStep, patches: GpuTensor): GpuTensor {
  const [batch, count, length] = patches.shape as [number, number, number];
  const width = Math.ceil(count / TILE) * TILE;
  const columns = step.scratch([batch, length, width], 'patches as columns');
  step.dispatch('patch-columns', {
    constants: { COUNT: batch * width, PATCHES: count, LENGTH: length, COLUMNS: width },
    bindings: { patches, columns },
    workgroups: flatWorkgroups(batch * width),
  });
  return columns;
}

/** Queries of a slab: whole tiles, as many as the memory for distances allows. */
export function queriesAtOnce(queries: number, candidates: number): number {
  const affordable = Math.floor(SLAB_BYTES / (4 * candidates) / TILE) * TILE;
  return Math.min(queries, Math.max(TILE, affordable), MOST_ROWS);
}

/** The divisor of a patch's length, up to {@link MOST_ELEMENTS}, that leaves no remainder; else that itself. */
function elementsAtOnce(length: number): number {
  for (let count = MOST_ELEMENTS; count > 3; count--) if (length % count === 0) return count;
  return Math.min(length, MOST_ELEMENTS);
}
