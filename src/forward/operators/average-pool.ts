import type { NodeOf } from '../../graph/graph.ts';
import { planeOf } from '../../graph/questions.ts';
import { type AverageAttributes, averagePoolTranspose, averagePool as pooling } from '../../kernels/pool/operation.ts';
import type { Shape } from '../../tensor/tensor.ts';
import { asInputs, type Operator } from './operator.ts';

/** The attributes of an average pooling with an output [N,C,H',W']. */
export function averageAttributes(
  { window, countIncludePad }: NodeOf<'AveragePool'>,
  output: Shape,
): AverageAttributes {
  return { window, output: planeOf(output), divisor: countIncludePad ? 'padded' : 'inside' };
}

export const averagePool: Operator<'AveragePool'> = {
  forward({ builder, graph, node, inputs }) {
    const [name] = node.outputs as [string];
    return builder.addAll(pooling(averageAttributes(node, graph.shapes.get(name)!)), inputs, name);
  },
  nonNegative: asInputs,
  adjoint({ builder, node, arriving, shape }) {
    const spatial = planeOf(shape(node.inputs[0]!));
    const attributes = averageAttributes(node, shape(node.outputs[0]!));
    return [builder.add(averagePoolTranspose({ ...attributes, spatial, product: false }), [arriving])];
  },
};
