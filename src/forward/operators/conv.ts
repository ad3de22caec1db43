import type { NodeOf } from '../../graph/graph.ts';
import { planeOf } from '../../graph/questions.ts';
import { conv as convolution, convTranspose } from '../../kernels/conv/operation.ts';
import { PLAIN } from '../../kernels/shared/maps.ts';
import type { Operator } from './operator.ts';

/** What a convolution's forward step, its transpose and its relevance have in common. */
export function convGeometry({ window, groups, direct }: NodeOf<'Conv'>) {
  return { window, groups, algorithm: direct ? ('direct' as const) : undefined };
}

export const conv: Operator<'Conv'> = {
  forward({ builder, node, inputs, relu }) {
    const epilogue = relu ? 'relu' : 'none';
    const attributes = { ...convGeometry(node), maps: PLAIN, bias: inputs.length > 2, epilogue } as const;
    return builder.addAll(convolution(attributes), inputs, node.outputs[0]!);
  },
  nonNegative: () => false,
  adjoint({ builder, node, arriving, value, shape }) {
    const [input, weights] = node.inputs as [string, string];
    const spatial = planeOf(shape(input));
    const back = convTranspose({ ...convGeometry(node), maps: PLAIN, spatial, product: false });
    return [builder.add(back, [arriving, value(weights)])];
  },
};
