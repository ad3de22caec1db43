import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { type PatchGrid, patchCount } from './attributes.ts';

export function dispatchPatches(step: GpuStep, grid: PatchGrid): void {
  const [output] = step.outputs as [GpuTensor];
  const [batch, total, length] = output.shape as [number, number, number];
  const { patch, stride, padding } = grid;
  let first = 0;
  for (const input of step.inputs) {
    const [, channels, height, width] = input.shape as [number, number, number, number];
    const [rows, columns] = [patchCount(grid, height), patchCount(grid, width)];
    const count = batch * rows * columns * length;
    if (count === 0) continue;
    step.dispatch('patches', {
      constants: {
        COUNT: count,
        CHANNELS: channels,
        H: height,
        W: width,
        GRID_H: rows,
        GRID_W: columns,
        PATCH: patch,
        STRIDE: stride,
        OFFSET: padding === 'reflect' ? (patch - 1) / 2 : 0,
        FIRST: first,
        TOTAL: total,
      },
      bindings: { input, output },
      workgroups: flatWorkgroups(count),
    });
    first += rows * columns;
  }
}
