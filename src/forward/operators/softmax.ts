import { add, broadcastTo, multiply, sumTo } from '../../kernels/elementwise/operation.ts';
import { softmax as exponentials } from '../../kernels/softmax/operation.ts';
import type { Operator } from './operator.ts';

export const softmax: Operator<'Softmax'> = {
  forward: ({ builder, node: { axis, log = false, outputs }, inputs }) =>
    builder.addAll(exponentials({ axis, log }), inputs, outputs[0]!),
  nonNegative: ({ log }) => !log,
  /** dx = y·dy − y·Σ(y·dy), the sum along the axis; of its logarithm dx = dy − softmax(x)·Σ(dy). */
  adjoint({ builder, node, arriving, value, shape }) {
    const [input] = node.inputs as [string];
    const whole = shape(input);
    const { axis, log = false } = node;
    const y = log ? builder.add(exponentials({ axis }), [value(input)]) : value(node.outputs[0]!);
    const weighted = log ? arriving : builder.add(multiply(), [arriving, y]);
    const one = whole.map((extent, index) => (index === axis ? 1 : extent));
    const total = builder.add(sumTo({ shape: one }), [weighted]);
    const negative = builder.add(broadcastTo({ shape: whole, factor: -1 }), [total]);
    return [builder.add(add(), [weighted, builder.add(multiply(), [negative, y])])];
  },
};
