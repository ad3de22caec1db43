import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { stabilizerConstants } from '../shared/webgpu-epilogue.ts';
import { rowStatistics } from '../shared/webgpu-statistics.ts';
import type { QuotientAttributes } from './attributes.ts';

/** scale·R/stab(z) of every element: `quotient.wgsl`, after the norms of the samples where the stabilizer wants them. */
export function dispatchQuotient(
  step: GpuStep,
  relevance: GpuTensor,
  z: GpuTensor,
  output: GpuTensor,
  { scales, stabilizer, groups, branch }: QuotientAttributes,
): void {
  const [batch, channels] = relevance.shape as [number, number];
  const plane = elementCount(relevance.shape) / (batch * channels);
  const relative = stabilizer.kind === 'relative';
  const nothing = step.table(new Float32Array(1));
  step.dispatch('quotient', {
    constants: {
      COUNT: elementCount(z.shape),
      CHANNELS: channels,
      GROUP_CHANNELS: channels / groups,
      PARTS: scales.length,
      PLANE: plane,
      BRANCH: branch ?? false,
      RELATIVE: relative,
      ...stabilizerConstants(stabilizer),
    },
    bindings: {
      relevance,
      z,
      branch: branch ? step.inputs[2]! : nothing,
      scales: step.table(Float32Array.from(scales)),
      norms: relative ? rowStatistics(step, z, batch, true) : nothing,
      output,
    },
    workgroups: flatWorkgroups(elementCount(z.shape)),
  });
}
