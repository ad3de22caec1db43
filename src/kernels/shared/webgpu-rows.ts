import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import type { SeedAttributes } from '../seed/operation.ts';
import { broadcastStrides, forEachElement } from './walk.ts';

export function dispatchSoftmax(step: GpuStep, axis: number): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const extent = input.shape[axis]!;
  const rows = elementCount(input.shape) / extent;
  step.dispatch('softmax', {
    constants: { ROWS: rows, EXTENT: extent, STRIDE: elementCount(input.shape.slice(axis + 1)) },
    bindings: { input, output },
    workgroups: flatWorkgroups(rows, 1),
  });
}

export function dispatchSeed(step: GpuStep, { target, init }: SeedAttributes): void {
  const [logits, given] = step.inputs as [GpuTensor, GpuTensor?];
  const [batch, classes] = logits.shape as [number, number];
  step.dispatch('seed', {
    constants: { CLASSES: classes, GIVEN: target === 'given', INIT: { logit: 0, one: 1, contrastive: 2 }[init] },
    bindings: { logits, weights: given ?? step.table(new Float32Array(1)), output: step.outputs[0]! },
    workgroups: [1, batch, 1],
  });
}

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
