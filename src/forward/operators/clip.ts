import { activation } from '../../kernels/activation/operation.ts';
import { activationGradient } from '../../kernels/gradient/operation.ts';
import type { Operator } from './operator.ts';

export const clip: Operator<'Clip'> = {
  forward({ builder, node, inputs }) {
    return builder.addAll(activation({ kind: 'clip', min: node.min, max: node.max }), inputs, node.outputs[0]!);
  },
  nonNegative: ({ min }) => min >= 0,
  /** 0 at both bounds. */
  adjoint({ builder, node, arriving, value }) {
    return [
      builder.add(activationGradient({ kind: 'clip', min: node.min, max: node.max }), [
        arriving,
        value(node.inputs[0]!),
      ]),
    ];
  },
};
