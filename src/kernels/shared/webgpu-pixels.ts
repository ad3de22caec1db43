import { elementCount } from '../../tensor/tensor.ts';
import type { Constants, ShaderName } from '../../tensor/webgpu/shader.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type { NormalizeAttributes } from '../normalize/operation.ts';
import { rowStatistics } from './webgpu-reduce.ts';

/** A shader with one invocation per element of the output, on tensors named as its bindings. */
function perElement(
  step: GpuStep,
  shader: ShaderName,
  constants: Constants,
  inputs: Readonly<Record<string, GpuTensor>>,
  count = elementCount(step.outputs[0]!.shape),
): void {
  step.dispatch(shader, {
    constants: { COUNT: count, ...constants },
    bindings: { ...inputs, output: step.outputs[0]! },
    workgroups: flatWorkgroups(count),
  });
}

export function dispatchSumPlane(step: GpuStep, absolute: boolean): void {
  const [input] = step.inputs as [GpuTensor];
  const [, channels, height, width] = input.shape as [number, number, number, number];
  perElement(step, 'sum-plane', { CHANNELS: channels, PIXELS: height * width, ABSOLUTE: absolute }, { input });
}

export function dispatchLab(step: GpuStep, truncate: boolean): void {
  const [input] = step.inputs as [GpuTensor];
  const pixels = elementCount(input.shape.slice(2));
  perElement(step, 'lab', { PIXELS: pixels, TRUNCATE: truncate }, { input }, elementCount(input.shape) / 3);
}

export function dispatchNormalize(step: GpuStep, { by, tolerance }: NormalizeAttributes): void {
  const [input] = step.inputs as [GpuTensor];
  const rows = input.shape[0]!;
  const statistics = rowStatistics(step, input, rows, false);
  const constants = { LENGTH: elementCount(input.shape) / rows, PEAK: by === 'peak', TOLERANCE: tolerance };
  perElement(step, 'normalize', constants, { input, statistics });
}

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
