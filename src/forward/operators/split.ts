import { concat, slice } from '../../kernels/arrange/operation.ts';
import { sourceOf } from '../../tensor/source.ts';
import { elementCount } from '../../tensor/tensor.ts';
import { asInputs, type Operator } from './operator.ts';

export const split: Operator<'Split'> = {
  forward({ builder, graph, node, inputs }) {
    let start = 0;
    return node.outputs.map((output) => {
      const length = graph.shapes.get(output)![node.axis]!;
      const piece = builder.add(slice({ axis: node.axis, start, length }), inputs, output);
      start += length;
      return piece;
    });
  },
  nonNegative: asInputs,
  adjoint({ builder, node, arrived, shape }) {
    const pieces = arrived.map((piece, index) => {
      if (piece !== undefined) return piece;
      const missing = shape(node.outputs[index]!);
      return builder.constant(sourceOf('zeros', missing, new Float32Array(elementCount(missing))));
    });
    return [builder.add(concat({ axis: node.axis }), pieces)];
  },
};
