import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { perElement } from '../shared/webgpu-elements.ts';

export function dispatchFocusColumns(step: GpuStep, threshold: number): void {
  const [input] = step.inputs as [GpuTensor];
  const [height, width] = input.shape.slice(-2) as [number, number];
  const columns = elementCount(input.shape) / height;
  perElement(step, 'focus-columns', { H: height, W: width, THRESHOLD: threshold }, { input }, columns);
}

export function dispatchFocusDistance(step: GpuStep): void {
  const [input] = step.inputs as [GpuTensor];
  const [height, width] = input.shape.slice(-2) as [number, number];
  perElement(step, 'focus-distance', { H: height, W: width }, { input });
}

export function dispatchAttenuate(step: GpuStep): void {
  const [saliency, distance] = step.inputs as [GpuTensor, GpuTensor];
  perElement(step, 'attenuate', {}, { saliency, distance });
}
