import { activation } from '../../kernels/activation/operation.ts';
import { activationGradient } from '../../kernels/gradient/operation.ts';
import type { Operator } from './operator.ts';

export const sigmoid: Operator<'Sigmoid'> = {
  forward({ builder, node, inputs }) {
    return builder.addAll(activation({ kind: 'sigmoid' }), inputs, node.outputs[0]!);
  },
  nonNegative: () => true,
  adjoint({ builder, node, arriving, value }) {
    return [builder.add(activationGradient({ kind: 'sigmoid' }), [arriving, value(node.inputs[0]!)])];
  },
};
