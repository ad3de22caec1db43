import { elementCount } from '../../tensor/tensor.ts';
import type { WasmStep } from '../../tensor/wasm/step.ts';

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
