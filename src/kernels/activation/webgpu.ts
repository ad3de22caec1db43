import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';
import { finite } from '../shared/webgpu-elements.ts';
import { type ActivationAttributes, FUNCTION_NUMBERS, functionParameters } from './attributes.ts';

export function dispatchActivation(step: GpuStep, attributes: ActivationAttributes): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const count = elementCount(output.shape);
  step.dispatch('activation', {
    constants: { COUNT: count, ...activationConstants(attributes) },
    bindings: { input, output },
    workgroups: flatWorkgroups(count),
  });
}

export function activationConstants(
  attributes: ActivationAttributes,
): Readonly<Record<'KIND' | 'A' | 'B' | 'C', number>> {
  const [A, B, C] = functionParameters(attributes).map(finite) as [number, number, number];
  return { KIND: FUNCTION_NUMBERS[attributes.kind], A, B, C };
}
