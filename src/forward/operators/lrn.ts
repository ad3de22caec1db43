import type { NodeOf } from '../../graph/graph.ts';
import { lrnGradient } from '../../kernels/gradient/operation.ts';
import { type LrnAttributes, lrn as normalisation } from '../../kernels/lrn/operation.ts';
import { asInputs, type Operator } from './operator.ts';

/** The attributes of a node's kernels. */
export function lrnAttributes({ size, alpha, beta, bias }: NodeOf<'LRN'>): LrnAttributes {
  return { size, alpha, beta, bias };
}

export const lrn: Operator<'LRN'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(normalisation(lrnAttributes(node)), inputs, node.outputs[0]!),
  nonNegative: asInputs,
  adjoint: ({ builder, node, arriving, value }) => [
    builder.add(lrnGradient(lrnAttributes(node)), [arriving, value(node.inputs[0]!)]),
  ],
};
