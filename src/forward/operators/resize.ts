import type { NodeOf } from '../../graph/graph.ts';
import { resample } from '../../kernels/resample/operation.ts';
import type { BufferId, ProgramBuilder } from '../../tensor/program.ts';
import { sourceOf, type TensorSource, toFloat64 } from '../../tensor/source.ts';
import { asInputs, type Operator, type ReverseStep } from './operator.ts';

export const resize: Operator<'Resize'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(resample(), inputs, node.outputs[0]!),
  nonNegative: (node, known) => asInputs({ ...node, inputs: node.inputs.slice(0, 1) }, known),
  adjoint: (step) => [resizeTranspose(step, step.arriving)],
};

/** The transpose of a Resize: each output's number goes back to the inputs that it read, by their weights. */
export function resizeTranspose(
  { builder, graph, node, shape }: ReverseStep<NodeOf<'Resize'>>,
  from: BufferId,
): BufferId {
  const [x, rows, columns] = node.inputs as [string, string, string];
  const [height, width] = shape(x).slice(-2) as [number, number];
  const table = (name: string, inputs: number) => transposedTable(builder, graph.constants.get(name)!, inputs);
  return builder.add(resample(), [from, table(rows, height), table(columns, width)]);
}

/** The table [inputs,1+T'] of the transposed map. Outputs that read one input are neighbours. */
function transposedTable(builder: ProgramBuilder, source: TensorSource, inputs: number): BufferId {
  const [outputs, length] = source.shape as [number, number];
  const table = toFloat64(source);
  const read = Array.from({ length: inputs }, () => ({ first: outputs, end: 0 }));
  const weight = (output: number, input: number) => {
    const tap = input - table[output * length]!;
    return tap < 0 || tap >= length - 1 ? 0 : table[output * length + 1 + tap]!;
  };
  for (let output = 0; output < outputs; output++) {
    const start = table[output * length]!;
    for (let input = start; input < start + length - 1; input++) {
      if (weight(output, input) === 0) continue;
      const range = read[input]!;
      range.first = Math.min(range.first, output);
      range.end = output + 1;
    }
  }
  const taps = read.reduce((most, { first, end }) => Math.max(most, end - first), 1);
  const data = new Float32Array(inputs * (1 + taps));
  for (const [input, range] of read.entries()) {
    const first = Math.min(range.first, outputs - taps);
    data[input * (1 + taps)] = first;
    for (let tap = 0; tap < taps; tap++) data[input * (1 + taps) + 1 + tap] = weight(first + tap, input);
  }
  return builder.constant(sourceOf('transposed table', [inputs, 1 + taps], data));
}
