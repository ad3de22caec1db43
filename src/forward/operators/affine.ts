import { multiply, affine as scaleAndShift } from '../../kernels/elementwise/operation.ts';
import type { Operator } from './operator.ts';

export const affine: Operator<'Affine'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(scaleAndShift(), inputs, node.outputs[0]!),
  nonNegative: () => false,
  adjoint({ builder, node, arriving, value, shape }) {
    const [input, scale] = node.inputs as [string, string];
    const perChannel = shape(input).map((extent, axis) => (axis === 1 ? extent : 1));
    return [builder.add(multiply(), [arriving, builder.alias(value(scale), perChannel)])];
  },
};
