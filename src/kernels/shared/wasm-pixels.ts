import { elementCount } from '../../tensor/tensor.ts';
import { float, inChunks, type WasmStep } from '../../tensor/wasm/step.ts';
import { planRowStatistics } from '../ledger/wasm.ts';
import type { NormalizeAttributes } from '../normalize/operation.ts';

/** Elements of a part. */
const CHUNK = 16384;
/** Powers and cube roots take longer. */
const LAB_CHUNK = 1024;

export function planResample(step: WasmStep): boolean {
  const [x, rows, columns] = step.inputs as readonly [number[], number[], number[]];
  const [height, width] = x.slice(-2) as [number, number];
  const [newHeight, newWidth] = step.outputs[0]!.slice(-2) as [number, number];
  const planes = elementCount(x) / (height * width);
  step.threadScratch(4 * width + 64);
  step.task('resample', planes * newHeight, [
    ...[step.input(0), step.input(1), step.input(2), step.output(0), height, width, newHeight, newWidth],
    ...[rows[1]! - 1, columns[1]! - 1],
  ]);
  return true;
}

export function planNormalize(step: WasmStep, { by, tolerance }: NormalizeAttributes): boolean {
  const rows = step.inputs[0]![0]!;
  const count = elementCount(step.inputs[0]!) / rows;
  const statistics = step.scratch(16 * rows);
  planRowStatistics(step, step.input(0), rows, count, statistics);
  const chunks = Math.ceil(count / CHUNK);
  step.task('normalize', rows * chunks, [
    ...[step.input(0), statistics, step.output(0), count, CHUNK, chunks, Number(by === 'peak'), float(tolerance)],
  ]);
  return true;
}

export function planSumPlane(step: WasmStep, absolute: boolean): boolean {
  const [batch, channels, height, width] = step.inputs[0] as readonly [number, number, number, number];
  const chunks = Math.ceil((height * width) / CHUNK);
  step.task('sumPlane', batch * chunks, [
    ...[step.input(0), step.output(0), channels, height * width, CHUNK, chunks, Number(absolute)],
  ]);
  return true;
}

export function planFocusColumns(step: WasmStep, threshold: number): boolean {
  const [batch, height, width] = step.inputs[0] as readonly [number, number, number];
  const args = [step.input(0), step.output(0), height, width, float(threshold)];
  step.task('focusColumns', batch * Math.ceil(width / 4), args);
  return true;
}

export function planFocusDistance(step: WasmStep): boolean {
  const [batch, height, width] = step.inputs[0] as readonly [number, number, number];
  step.threadScratch(4 * 3 * width + 64);
  step.task('focusDistance', batch * height, [step.input(0), step.output(0), height, width]);
  return true;
}

export function planAttenuate(step: WasmStep): boolean {
  const { count, chunk, parts } = inChunks(step.outputs[0]!);
  step.task('attenuate', parts, [step.input(0), step.input(1), step.output(0), count, chunk]);
  return true;
}

export function planLab(step: WasmStep, truncate: boolean): boolean {
  const [batch, , height, width] = step.inputs[0] as readonly [number, number, number, number];
  const chunks = Math.ceil((height * width) / LAB_CHUNK);
  const args = [step.input(0), step.output(0), height * width, LAB_CHUNK, chunks, Number(truncate)];
  step.task('lab', batch * chunks, args);
  return true;
}
