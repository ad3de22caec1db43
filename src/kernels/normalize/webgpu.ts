import { elementCount } from '../../tensor/tensor.ts';
import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { perElement } from '../shared/webgpu-elements.ts';
import { rowStatistics } from '../shared/webgpu-statistics.ts';
import type { NormalizeAttributes } from './attributes.ts';

export function dispatchNormalize(step: GpuStep, { by, tolerance }: NormalizeAttributes): void {
  const [input] = step.inputs as [GpuTensor];
  const rows = input.shape[0]!;
  const statistics = rowStatistics(step, input, rows, false);
  const constants = { LENGTH: elementCount(input.shape) / rows, PEAK: by === 'peak', TOLERANCE: tolerance };
  perElement(step, 'normalize', constants, { input, statistics });
}
