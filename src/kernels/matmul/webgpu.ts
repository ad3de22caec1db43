import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { broadcastStrides, forEachElement } from '../shared/walk.ts';

export function dispatchMatmul(step: GpuStep): void {
  const [a, b] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const [rows, columns] = output.shape.slice(-2) as [number, number];
  const batches = output.shape.slice(0, -2);
  const matrices = new Uint32Array(2 * elementCount(batches));
  for (const [place, operand] of [a, b].entries()) {
    forEachElement(batches, broadcastStrides(operand.shape.slice(0, -2), batches), (index, matrix) => {
      matrices[2 * index + place] = matrix;
    });
  }
  const count = elementCount(output.shape);
  step.dispatch('matmul', {
    constants: { COUNT: count, ROWS: rows, COLUMNS: columns, DEPTH: a.shape.at(-1)! },
    bindings: { a, b, batches: step.table(matrices), output },
    workgroups: flatWorkgroups(count),
  });
}
