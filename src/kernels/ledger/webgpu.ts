import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { stabilizerConstants, stackedBias } from '../shared/webgpu-epilogue.ts';
import { inBlocks, rowStatistics } from '../shared/webgpu-statistics.ts';
import type { AbsorbedAttributes } from './attributes.ts';

export function dispatchStatistics(step: GpuStep): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  rowStatistics(step, input, input.shape[0]!, false, output);
}

export function dispatchAbsorbed(step: GpuStep, attributes: AbsorbedAttributes): void {
  const { scales, stabilizer, groups, maps } = attributes;
  const [relevance, s] = step.inputs as [GpuTensor, GpuTensor];
  const [batch, channels] = relevance.shape as [number, number];
  const free = stabilizer.kind === 'absolute';
  const relative = stabilizer.kind === 'relative';
  const nothing = step.table(new Float32Array(1));
  const z = free ? nothing : step.inputs[2]!;
  const sample = elementCount(s.shape) / batch;
  const bias = attributes.bias ? stackedBias(step, step.inputs.at(-1)!, maps, groups) : nothing;
  const norms = relative ? rowStatistics(step, z, batch, true) : nothing;
  inBlocks(step, batch, sample, step.outputs[0]!, true, (blocks, output) => {
    step.dispatch('absorbed', {
      constants: {
        CHANNELS: channels,
        GROUP_CHANNELS: channels / groups,
        PARTS: scales.length,
        PLANE: elementCount(relevance.shape) / (batch * channels),
        HAS_BIAS: attributes.bias,
        Z_FREE: free,
        RELATIVE: relative,
        SUMS_ONLY: blocks === 1,
        ...stabilizerConstants(stabilizer),
      },
      bindings: { relevance, s, z, bias, scales: step.table(Float32Array.from(scales)), norms, output },
      workgroups: [blocks, batch, 1],
    });
  });
}
