import { planeOf } from '../../graph/questions.ts';
import { maxPoolTranspose, maxPool as pooling } from '../../kernels/pool/operation.ts';
import { asInputs, type Operator } from './operator.ts';

export const maxPool: Operator<'MaxPool'> = {
  forward({ builder, graph, node, inputs }) {
    const [name] = node.outputs as [string];
    const output = planeOf(graph.shapes.get(name)!);
    return builder.addAll(pooling({ window: node.window, output }), inputs, name);
  },
  nonNegative: asInputs,
  /** All goes to the winner of each window, the first of equals; where windows overlap, it accumulates. */
  adjoint({ builder, node, arriving, winners, shape }) {
    const [input] = node.inputs as [string];
    const output = planeOf(shape(node.outputs[0]!));
    const back = maxPoolTranspose({ window: node.window, output, spatial: planeOf(shape(input)) });
    return [builder.add(back, [arriving, winners!])];
  },
};
