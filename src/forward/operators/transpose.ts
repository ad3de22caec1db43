import { transpose as permute } from '../../kernels/arrange/operation.ts';
import { asInputs, type Operator } from './operator.ts';

export const transpose: Operator<'Transpose'> = {
  forward: ({ builder, node, inputs }) =>
    builder.addAll(permute({ permutation: node.permutation }), inputs, node.outputs[0]!),
  nonNegative: asInputs,
  adjoint({ builder, node, arriving }) {
    const inverse = node.permutation.map((_, axis) => node.permutation.indexOf(axis));
    return [builder.add(permute({ permutation: inverse }), [arriving])];
  },
};
