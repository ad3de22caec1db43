import type { WasmStep } from '../../tensor/wasm/step.ts';
import { type PatchGrid, patchCount } from './attributes.ts';

export function planPatches(step: WasmStep, grid: PatchGrid): boolean {
  const [batch, total] = step.outputs[0] as readonly [number, number, number];
  const { patch, stride, padding } = grid;
  const offset = padding === 'reflect' ? (patch - 1) / 2 : 0;
  let first = 0;
  for (const [index, image] of step.inputs.entries()) {
    const [, channels, height, width] = image as readonly [number, number, number, number];
    const [rows, columns] = [patchCount(grid, height), patchCount(grid, width)];
    step.task('patches', batch * rows, [
      ...[step.input(index), step.output(0), first, total, channels, height, width, rows, columns],
      ...[patch, stride, offset],
    ]);
    first += rows * columns;
  }
  return true;
}
