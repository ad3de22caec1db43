import { dense as denseLayer, denseTranspose } from '../../kernels/dense/operation.ts';
import { PLAIN } from '../../kernels/shared/maps.ts';
import type { BufferId, ProgramBuilder } from '../../tensor/program.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { Operator } from './operator.ts';

/** A tensor [...,K] as [rows,K]: a dense layer on more than two axes is one on the rows of its last axis. */
export function asRows(builder: ProgramBuilder, id: BufferId): BufferId {
  const shape = builder.shape(id);
  return builder.alias(id, [elementCount(shape.slice(0, -1)), shape.at(-1)!]);
}

export const dense: Operator<'Dense'> = {
  forward({ builder, node, inputs, relu }) {
    const attributes = { layout: node.weights, maps: PLAIN, bias: inputs.length > 2 };
    return builder.addAll(denseLayer({ ...attributes, epilogue: relu ? 'relu' : 'none' }), inputs, node.outputs[0]!);
  },
  nonNegative: () => false,
  adjoint({ builder, node, arriving, value, shape }) {
    const [input, weights] = node.inputs as [string, string];
    const back = denseTranspose({ layout: node.weights, maps: PLAIN, product: false });
    const rows = builder.add(back, [asRows(builder, arriving), value(weights)]);
    return [builder.alias(rows, shape(input))];
  },
};
