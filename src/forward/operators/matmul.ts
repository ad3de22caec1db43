import { transpose } from '../../kernels/arrange/operation.ts';
import { matmul as product } from '../../kernels/matmul/operation.ts';
import type { BufferId, ProgramBuilder } from '../../tensor/program.ts';
import { type Operator, summedTo } from './operator.ts';

export const matmul: Operator<'MatMul'> = {
  forward: ({ builder, node, inputs }) => builder.addAll(product(), inputs, node.outputs[0]!),
  nonNegative: () => false,
  /** Of Y = A·B: dA = dY·Bᵀ, dB = Aᵀ·dY. */
  adjoint({ builder, node, arriving, value, shape }) {
    const [a, b] = node.inputs as [string, string];
    const forA = builder.add(product(), [arriving, matrixTransposed(builder, value(b))]);
    const forB = builder.add(product(), [matrixTransposed(builder, value(a)), arriving]);
    return [summedTo(builder, forA, shape(a)), summedTo(builder, forB, shape(b))];
  },
};

/** The last two axes exchanged. */
function matrixTransposed(builder: ProgramBuilder, id: BufferId): BufferId {
  const axes = builder.shape(id).map((_, axis) => axis);
  const permutation = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  return builder.add(transpose({ permutation }), [id]);
}
