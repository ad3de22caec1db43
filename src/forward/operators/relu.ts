import { activation } from '../../kernels/activation/operation.ts';
import { activationGradient } from '../../kernels/gradient/operation.ts';
import type { Operator } from './operator.ts';

export const relu: Operator<'Relu'> = {
  forward({ builder, node, inputs }) {
    return builder.addAll(activation({ kind: 'relu' }), inputs, node.outputs[0]!);
  },
  nonNegative: () => true,
  /** 0 at 0. Reads the output, which is positive exactly where the input is: that may be fused away. */
  adjoint({ builder, node, arriving, value }) {
    return [builder.add(activationGradient({ kind: 'relu' }), [arriving, value(node.outputs[0]!)])];
  },
};
