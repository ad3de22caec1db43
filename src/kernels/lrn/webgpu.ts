import { elementCount } from '../../tensor/tensor.ts';
import type { Constants } from '../../tensor/webgpu/shader.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { stabilizerConstants } from '../shared/webgpu-epilogue.ts';
import type { LrnAttributes, LrnTaylorAttributes } from './attributes.ts';

export function dispatchLrn(step: GpuStep, attributes: LrnAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  step.dispatch('lrn', {
    constants: lrnConstants(input, attributes),
    bindings: { input, output },
    workgroups: flatWorkgroups(elementCount(input.shape)),
  });
}

export function dispatchLrnTaylor(step: GpuStep, attributes: LrnTaylorAttributes): void {
  const [input, relevance] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const constants = lrnConstants(input, attributes);
  const workgroups = flatWorkgroups(elementCount(input.shape));
  const shares = step.scratch([...input.shape, 2], 'shares');
  step.dispatch('lrn-shares', {
    constants: { ...constants, ...stabilizerConstants({ kind: 'absolute', epsilon: attributes.epsilon }) },
    bindings: { input, relevance, output: shares },
    workgroups,
  });
  step.dispatch('lrn-taylor', { constants, bindings: { input, shares, output }, workgroups });
}

export function lrnConstants({ shape }: GpuTensor, { size, alpha, beta, bias }: LrnAttributes): Constants {
  const [batch, channels] = shape as [number, number];
  const count = elementCount(shape);
  return {
    COUNT: count,
    CHANNELS: channels,
    PLANE: count / (batch * channels),
    BEFORE: Math.floor((size - 1) / 2),
    AFTER: Math.ceil((size - 1) / 2),
    ALPHA: alpha / size,
    BETA: beta,
    BIAS: bias,
  };
}
