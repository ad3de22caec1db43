import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type { ActivationAttributes } from '../activation/attributes.ts';
import { activationConstants } from '../activation/webgpu.ts';
import type { LrnAttributes } from '../lrn/operation.ts';
import { lrnConstants } from '../lrn/webgpu.ts';

export function dispatchActivationGradient(step: GpuStep, attributes: ActivationAttributes): void {
  const [gradient, input] = step.inputs as [GpuTensor, GpuTensor];
  const count = elementCount(input.shape);
  step.dispatch('activation-gradient', {
    constants: { COUNT: count, ...activationConstants(attributes) },
    bindings: { gradient, input, output: step.outputs[0]! },
    workgroups: flatWorkgroups(count),
  });
}

export function dispatchLrnGradient(step: GpuStep, attributes: LrnAttributes): void {
  const [gradient, input] = step.inputs as [GpuTensor, GpuTensor];
  step.dispatch('lrn-gradient', {
    constants: lrnConstants(input, attributes),
    bindings: { gradient, input, output: step.outputs[0]! },
    workgroups: flatWorkgroups(elementCount(input.shape)),
  });
}
