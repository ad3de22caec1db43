import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { finite, perElement } from '../shared/webgpu-elements.ts';
import { type ActivationAttributes, FUNCTION_NUMBERS, functionParameters } from './attributes.ts';

export function dispatchActivation(step: GpuStep, attributes: ActivationAttributes): void {
  const [input] = step.inputs as [GpuTensor];
  perElement(step, 'activation', activationConstants(attributes), { input });
}

export function activationConstants(
  attributes: ActivationAttributes,
): Readonly<Record<'KIND' | 'A' | 'B' | 'C', number>> {
  const [A, B, C] = functionParameters(attributes).map(finite) as [number, number, number];
  return { KIND: FUNCTION_NUMBERS[attributes.kind], A, B, C };
}
