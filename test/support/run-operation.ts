import type { Device } from '../../src/tensor/device.ts';
import type { Operation } from '../../src/tensor/operation.ts';
import { ProgramBuilder } from '../../src/tensor/program.ts';
import { sourceOf } from '../../src/tensor/source.ts';
import type { Shape, Tensor } from '../../src/tensor/tensor.ts';

/** An operand of an operation under test: computed data, or a constant as from a file (weights, biases). */
export interface Operand {
  readonly shape: Shape;
  readonly data: Float32Array;
  readonly constant?: boolean;
}

/** Runs one operation on a device; returns all its outputs. */
export async function runOperation(
  device: Device,
  operation: Operation,
  operands: readonly Operand[],
): Promise<Tensor[]> {
  const builder = new ProgramBuilder();
  builder.layer = 'test';
  const given = new Map<string, Float32Array>();
  const inputs = operands.map(({ shape, data, constant }, index) => {
    const name = `operand ${index}`;
    if (constant) return builder.constant(sourceOf(name, shape, data));
    given.set(name, data);
    return builder.input(name, shape);
  });
  const outputs = builder.addAll(operation, inputs);
  for (const [index, id] of outputs.entries()) builder.output(`${index}`, id);
  using executable = await device.prepare(builder.build());
  const result = await executable.run(given);
  return outputs.map((_, index) => result.outputs.get(`${index}`)!);
}
