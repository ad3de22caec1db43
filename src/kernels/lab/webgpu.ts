import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { perElement } from '../shared/webgpu-elements.ts';

export function dispatchLab(step: GpuStep, truncate: boolean): void {
  const [input] = step.inputs as [GpuTensor];
  const pixels = elementCount(input.shape.slice(2));
  perElement(step, 'lab', { PIXELS: pixels, TRUNCATE: truncate }, { input }, elementCount(input.shape) / 3);
}
