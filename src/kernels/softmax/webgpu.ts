import { elementCount } from '../../tensor/tensor.ts';
import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';

export function dispatchSoftmax(step: GpuStep, axis: number, log: boolean): void {
  const [input, output] = [step.inputs[0]!, step.outputs[0]!];
  const extent = input.shape[axis]!;
  const rows = elementCount(input.shape) / extent;
  step.dispatch('softmax', {
    constants: { ROWS: rows, EXTENT: extent, STRIDE: elementCount(input.shape.slice(axis + 1)), LOG: log },
    bindings: { input, output },
    workgroups: flatWorkgroups(rows, 1),
  });
}
