import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { perElement } from '../shared/webgpu-elements.ts';

export function dispatchSumPlane(step: GpuStep, absolute: boolean): void {
  const [input] = step.inputs as [GpuTensor];
  const [, channels, height, width] = input.shape as [number, number, number, number];
  perElement(step, 'sum-plane', { CHANNELS: channels, PIXELS: height * width, ABSOLUTE: absolute }, { input });
}
