import type { ElementFunction } from '../../graph/graph.ts';
import { activation } from '../../kernels/activation/operation.ts';
import { activationGradient } from '../../kernels/gradient/operation.ts';
import type { Operator } from './operator.ts';

/** Functions that are never negative. */
const NON_NEGATIVE: ReadonlySet<ElementFunction['kind']> = new Set(['hard-sigmoid', 'softplus', 'exp', 'sqrt', 'abs']);

export const elementwise: Operator<'Elementwise'> = {
  forward({ builder, node, inputs }) {
    return builder.addAll(activation(node.fn), inputs, node.outputs[0]!);
  },
  nonNegative: ({ fn }) => NON_NEGATIVE.has(fn.kind) || (fn.kind === 'power' && fn.exponent % 2 === 0),
  adjoint({ builder, node, arriving, value }) {
    return [builder.add(activationGradient(node.fn), [arriving, value(node.inputs[0]!)])];
  },
};
