import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import type { ActivationAttributes } from '../activation/attributes.ts';
import { activationConstants } from '../activation/webgpu.ts';
import type { LrnAttributes } from '../lrn/operation.ts';
import { lrnConstants } from '../lrn/webgpu.ts';
import { perElement } from '../shared/webgpu-elements.ts';

export function dispatchActivationGradient(step: GpuStep, attributes: ActivationAttributes): void {
  const [gradient, input] = step.inputs as [GpuTensor, GpuTensor];
  perElement(step, 'activation-gradient', activationConstants(attributes), { gradient, input });
}

export function dispatchLrnGradient(step: GpuStep, attributes: LrnAttributes): void {
  const [gradient, input] = step.inputs as [GpuTensor, GpuTensor];
  perElement(step, 'lrn-gradient', lrnConstants(input, attributes), { gradient, input });
}
