import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { matricesOf } from './matrices.ts';

export function dispatchMatmul(step: GpuStep): void {
  const [a, b] = step.inputs as [GpuTensor, GpuTensor];
  const [output] = step.outputs as [GpuTensor];
  const [rows, columns] = output.shape.slice(-2) as [number, number];
  const count = elementCount(output.shape);
  step.dispatch('matmul', {
    constants: { COUNT: count, ROWS: rows, COLUMNS: columns, DEPTH: a.shape.at(-1)! },
    bindings: { a, b, batches: step.table(matricesOf(a.shape, b.shape, output.shape)), output },
    workgroups: flatWorkgroups(count),
  });
}
