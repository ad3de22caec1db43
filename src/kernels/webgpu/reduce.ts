import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';

/** Elements that one workgroup of the first pass takes at least, and the most workgroups per row (the second's limit). */
const ELEMENTS_PER_PART = 4096;
const MOST_PARTS = 256;

/** Into how many parts a reduction over `count` elements is cut. */
export function reductionParts(count: number): number {
  return Math.min(MOST_PARTS, Math.ceil(count / ELEMENTS_PER_PART));
}

/** (Σx, min, max, Σx² or the count of non-finite values) of each of `rows` rows of x, in two passes: [rows, 4]. */
export function rowStatistics(
  step: GpuStep,
  input: GpuTensor,
  rows: number,
  squares: boolean,
  output: GpuTensor = step.scratch([rows, 4], 'statistics'),
): GpuTensor {
  const count = elementCount(input.shape) / rows;
  const parts = reductionParts(count);
  const partial = step.scratch([rows, parts, 4], 'partial statistics');
  step.dispatch('statistics', {
    constants: { COUNT: count, PARTS: parts, SQUARES: squares },
    bindings: { input, output: partial },
    workgroups: [parts, rows, 1],
  });
  combineParts(step, partial, rows, parts, output, false);
  return output;
}

/** The second pass of a reduction. */
export function combineParts(
  step: GpuStep,
  partial: GpuTensor,
  rows: number,
  parts: number,
  output: GpuTensor,
  sumsOnly: boolean,
): void {
  step.dispatch('statistics-total', {
    constants: { PARTS: parts, SUMS_ONLY: sumsOnly },
    bindings: { parts: partial, output },
    workgroups: [1, rows, 1],
  });
}
