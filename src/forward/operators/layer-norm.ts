import { activation } from '../../kernels/activation/operation.ts';
import { add, broadcastTo, multiply } from '../../kernels/elementwise/operation.ts';
import { reduceMean } from '../../kernels/reduce/operation.ts';
import type { BufferId, ProgramBuilder } from '../../tensor/program.ts';
import { sourceOf } from '../../tensor/source.ts';
import type { Operator } from './operator.ts';

/** Ba, Kiros, Hinton 2016, "Layer normalization". */
export const layerNorm: Operator<'LayerNorm'> = {
  forward({ builder, node, inputs }) {
    const [x, scale, shift] = inputs as [BufferId, BufferId?, BufferId?];
    const { y } = normalised(builder, x, node.axis, node.epsilon);
    if (scale === undefined || shift === undefined) return [y];
    return [builder.add(add(), [builder.add(multiply(), [y, scale]), shift], node.outputs[0]!)];
  },
  nonNegative: () => false,
  /** dx = (g − mean(g) − y·mean(g·y))/√(variance + ε), g = scale·dy. */
  adjoint({ builder, node, arriving, value }) {
    const { axis, epsilon, inputs } = node;
    const [x, scale] = inputs as [string, string?];
    const { y, inverse } = normalised(builder, value(x), axis, epsilon);
    const g = scale === undefined ? arriving : builder.add(multiply(), [arriving, value(scale)]);
    const along = negativeMean(builder, builder.add(multiply(), [g, y]), axis);
    const rest = builder.add(add(), [g, negativeMean(builder, g, axis), builder.add(multiply(), [y, along])]);
    return [builder.add(multiply(), [rest, inverse])];
  },
};

/** (x − mean)·inverse, and inverse = 1/√(variance + ε), whose axes from `axis` on are 1. */
function normalised(
  builder: ProgramBuilder,
  x: BufferId,
  axis: number,
  epsilon: number,
): { readonly y: BufferId; readonly inverse: BufferId } {
  const centred = builder.add(add(), [x, negativeMean(builder, x, axis)]);
  const variance = mean(builder, builder.add(multiply(), [centred, centred]), axis);
  const one = builder.shape(variance).map(() => 1);
  const least = builder.constant(sourceOf('epsilon', one, Float32Array.of(epsilon)));
  const power = activation({ kind: 'power', exponent: -0.5 });
  const inverse = builder.add(power, [builder.add(add(), [variance, least])]);
  return { y: builder.add(multiply(), [centred, inverse]), inverse };
}

function mean(builder: ProgramBuilder, x: BufferId, axis: number): BufferId {
  const shape = builder.shape(x);
  const axes = shape.flatMap((_, index) => (index >= axis ? [index] : []));
  const kept = shape.map((extent, index) => (index >= axis ? 1 : extent));
  return builder.alias(builder.add(reduceMean({ axes }), [x]), kept);
}

function negativeMean(builder: ProgramBuilder, x: BufferId, axis: number): BufferId {
  const means = mean(builder, x, axis);
  return builder.add(broadcastTo({ shape: builder.shape(means), factor: -1 }), [means]);
}
