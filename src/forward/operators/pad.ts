import { pad as padding, padTranspose } from '../../kernels/arrange/operation.ts';
import type { Operator } from './operator.ts';

export const pad: Operator<'Pad'> = {
  forward({ builder, node, inputs }) {
    const { mode, pads, value } = node;
    return builder.addAll(padding({ mode, pads, value }), inputs, node.outputs[0]!);
  },
  nonNegative: ({ inputs, mode, value }, known) => known.has(inputs[0]!) && (mode !== 'constant' || value >= 0),
  adjoint({ builder, node, arriving, shape }) {
    const { mode, pads, value } = node;
    return [builder.add(padTranspose({ mode, pads, value, shape: shape(node.inputs[0]!) }), [arriving])];
  },
};
