import { broadcastTo } from '../../kernels/elementwise/operation.ts';
import { reduceMean as mean } from '../../kernels/reduce/operation.ts';
import type { BufferId, ProgramBuilder } from '../../tensor/program.ts';
import { elementCount, type Shape } from '../../tensor/tensor.ts';
import { asInputs, type Operator } from './operator.ts';

/** The transpose of a mean over some axes of a tensor of this shape: an equal share for every element. */
export function meanTranspose(
  builder: ProgramBuilder,
  arriving: BufferId,
  axes: readonly number[],
  shape: Shape,
): BufferId {
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const factor = elementCount(kept) / elementCount(shape);
  return builder.add(broadcastTo({ shape, factor }), [builder.alias(arriving, kept)]);
}

export const reduceMean: Operator<'ReduceMean'> = {
  forward({ builder, graph, node, inputs }) {
    const [name] = node.outputs as [string];
    return [builder.alias(builder.add(mean({ axes: node.axes }), inputs, name), graph.shapes.get(name)!, name)];
  },
  nonNegative: asInputs,
  adjoint: ({ builder, node, arriving, shape }) => [
    meanTranspose(builder, arriving, node.axes, shape(node.inputs[0]!)),
  ],
};
