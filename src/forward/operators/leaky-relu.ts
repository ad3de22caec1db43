import { activation } from '../../kernels/activation/operation.ts';
import { activationGradient } from '../../kernels/gradient/operation.ts';
import type { Operator } from './operator.ts';

export const leakyRelu: Operator<'LeakyRelu'> = {
  forward({ builder, node, inputs }) {
    return builder.addAll(activation({ kind: 'leaky-relu', alpha: node.alpha }), inputs, node.outputs[0]!);
  },
  nonNegative: () => false,
  adjoint({ builder, node, arriving, value }) {
    return [
      builder.add(activationGradient({ kind: 'leaky-relu', alpha: node.alpha }), [arriving, value(node.inputs[0]!)]),
    ];
  },
};
