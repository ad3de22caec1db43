import type { GpuStep, GpuTensor } from '../../tensor/webgpu/step.ts';
import { perElement } from '../shared/webgpu-elements.ts';

export function dispatchResample(step: GpuStep): void {
  const [input, rows, columns] = step.inputs as [GpuTensor, GpuTensor, GpuTensor];
  const [height, width] = input.shape.slice(-2) as [number, number];
  const [outHeight, outWidth] = step.outputs[0]!.shape.slice(-2) as [number, number];
  const constants = {
    H: height,
    W: width,
    OUT_H: outHeight,
    OUT_W: outWidth,
    ROW_TAPS: rows.shape[1]! - 1,
    COLUMN_TAPS: columns.shape[1]! - 1,
  };
  perElement(step, 'resample', constants, { input, rows, columns });
}
