import { add, broadcastTo, multiply, sumTo } from '../../kernels/elementwise/operation.ts';
import { softmax as exponentials } from '../../kernels/softmax/operation.ts';
import type { Operator } from './operator.ts';

export const softmax: Operator<'Softmax'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(exponentials({ axis: node.axis }), inputs, node.outputs[0]!),
  nonNegative: () => true,
  /** dx = y·dy − y·Σ(y·dy), the sum along the axis. */
  adjoint({ builder, node, arriving, value, shape }) {
    const [output] = node.outputs as [string];
    const whole = shape(output);
    const y = value(output);
    const weighted = builder.add(multiply(), [arriving, y]);
    const one = whole.map((extent, axis) => (axis === node.axis ? 1 : extent));
    const total = builder.add(sumTo({ shape: one }), [weighted]);
    const negative = builder.add(broadcastTo({ shape: whole, factor: -1 }), [total]);
    return [builder.add(add(), [weighted, builder.add(multiply(), [negative, y])])];
  },
};
