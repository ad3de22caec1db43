import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';

/** Elements that one workgroup of the first pass takes at least, and the most workgroups per row (the second's limit). */
const ELEMENTS_PER_BLOCK = 4096;
const MOST_BLOCKS = 256;

/** (Σx, min, max, Σx² or the count of non-finite values) of each of `rows` rows of x: [rows, 4]. */
export function rowStatistics(
  step: GpuStep,
  input: GpuTensor,
  rows: number,
  squares: boolean,
  output: GpuTensor = step.scratch([rows, 4], 'statistics'),
): GpuTensor {
  const count = elementCount(input.shape) / rows;
  inBlocks(step, rows, count, output, false, (blocks, result) => {
    step.dispatch('statistics', {
      constants: { SQUARES: squares },
      bindings: { input, count: step.table(Uint32Array.of(count)), output: result },
      workgroups: [blocks, rows, 1],
    });
  });
  return output;
}

/**
 * A reduction over `count` elements of each row: `first` gives (sum, minimum, maximum, sum) of each block, and a second
 * pass combines them. Of a single block, `first` gives the result itself, which is just the two sums where `sumsOnly`.
 */
export function inBlocks(
  step: GpuStep,
  rows: number,
  count: number,
  output: GpuTensor,
  sumsOnly: boolean,
  first: (blocks: number, result: GpuTensor) => void,
): void {
  const blocks = Math.min(MOST_BLOCKS, Math.ceil(count / ELEMENTS_PER_BLOCK));
  if (blocks === 1) {
    first(1, output);
    return;
  }
  const partial = step.scratch([rows, blocks, 4], 'partial results');
  first(blocks, partial);
  step.dispatch('statistics-total', {
    constants: { SUMS_ONLY: sumsOnly },
    bindings: { partial, blocks: step.table(Uint32Array.of(blocks)), output },
    workgroups: [1, rows, 1],
  });
}
