import { multiply } from '../../kernels/elementwise/operation.ts';
import { asInputs, type Operator, summedTo } from './operator.ts';

export const mul: Operator<'Mul'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(multiply(), inputs, node.outputs[0]!),
  nonNegative: asInputs,
  /** Each factor's gradient is the other factor's value times what arrived. */
  adjoint({ builder, node, arriving, value, shape, isConstant }) {
    return node.inputs.map((input, index) => {
      if (isConstant(input)) return undefined;
      const others = node.inputs.filter((_, other) => other !== index).map(value);
      return summedTo(builder, builder.add(multiply(), [arriving, ...others]), shape(input));
    });
  },
};
