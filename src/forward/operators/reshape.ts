import { asInputs, type Operator } from './operator.ts';

export const reshape: Operator<'Reshape'> = {
  forward({ builder, graph, node, inputs }) {
    const [name] = node.outputs as [string];
    return [builder.alias(inputs[0]!, graph.shapes.get(name)!, name)];
  },
  nonNegative: asInputs,
  adjoint: ({ builder, node, arriving, shape }) => [builder.alias(arriving, shape(node.inputs[0]!))],
};
