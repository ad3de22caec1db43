import type { Operation } from '../../src/tensor/operation.ts';
import { elementCount, type Tensor } from '../../src/tensor/tensor.ts';

/** Runs an operation's reference loops; outputs begin as NaN, so that an element left unwritten shows. */
export function compute(operation: Operation, inputs: readonly Tensor[]): Tensor[] {
  const outputs = operation
    .shape(inputs.map(({ shape }) => shape))
    .map((shape) => ({ shape, data: new Float64Array(elementCount(shape)).fill(Number.NaN) }));
  operation.reference(inputs, outputs);
  return outputs;
}

/** {@link compute} for an operation with one output. */
export function computeOne(operation: Operation, ...inputs: readonly Tensor[]): Tensor {
  return compute(operation, inputs)[0]!;
}
