import { add as sum } from '../../kernels/elementwise/operation.ts';
import { asInputs, type Operator, summedTo } from './operator.ts';

export const add: Operator<'Add'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(sum(), inputs, node.outputs[0]!),
  nonNegative: asInputs,
  adjoint: ({ builder, node, arriving, shape, isConstant }) =>
    node.inputs.map((input) => (isConstant(input) ? undefined : summedTo(builder, arriving, shape(input)))),
};
