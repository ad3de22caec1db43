import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';
import { finite } from '../shared/webgpu-elements.ts';
import type { ActivationAttributes } from './attributes.ts';

export function dispatchActivation(step: GpuStep, attributes: ActivationAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const count = elementCount(output.shape);
  step.dispatch('activation', {
    constants: { COUNT: count, ...activationConstants(attributes) },
    bindings: { input, output },
    workgroups: flatWorkgroups(count),
  });
}

export function activationConstants(attributes: ActivationAttributes): { KIND: number; A: number; B: number } {
  switch (attributes.kind) {
    case 'clip':
      return { KIND: 0, A: finite(attributes.min), B: finite(attributes.max) };
    case 'leaky-relu':
      return { KIND: 1, A: attributes.alpha, B: 0 };
    case 'sigmoid':
      return { KIND: 2, A: 0, B: 0 };
    case 'relu':
      return { KIND: 3, A: 0, B: 0 };
  }
}
