import { concat as join, slice } from '../../kernels/arrange/operation.ts';
import { asInputs, type Operator } from './operator.ts';

export const concat: Operator<'Concat'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(join({ axis: node.axis }), inputs, node.outputs[0]!),
  nonNegative: asInputs,
  adjoint({ builder, node, arriving, shape }) {
    let start = 0;
    return node.inputs.map((input) => {
      const length = shape(input)[node.axis]!;
      const piece = builder.add(slice({ axis: node.axis, start, length }), [arriving]);
      start += length;
      return piece;
    });
  },
};
