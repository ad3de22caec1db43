import { convGeometry } from '../forward/operators/conv.ts';
import { asRows } from '../forward/operators/dense.ts';
import type { ReverseStep } from '../forward/operators/operator.ts';
import type { NodeOf } from '../graph/graph.ts';
import { planeOf } from '../graph/questions.ts';
import { type ConvAttributes, conv, convTranspose } from '../kernels/conv/operation.ts';
import { dense, denseTranspose } from '../kernels/dense/operation.ts';
import type { WeightMaps } from '../kernels/shared/maps.ts';
import type { Operation } from '../tensor/operation.ts';
import type { BufferId } from '../tensor/program.ts';

/** The two kernels of a layer with weights, under other weights, for a rule's four steps. */
export interface LayerKernels {
  readonly groups: number;
  forward(attributes: Pick<ConvAttributes, 'maps' | 'bias' | 'epilogue' | 'signed'>): Operation;
  /** The transpose; times the layer's input where `product`. */
  back(attributes: { readonly maps: WeightMaps; readonly product: boolean }): Operation;
  /** A value's buffer under the shape that the kernels take. */
  view(id: BufferId): BufferId;
  /** The way back of `view`, for what goes to the layer's input. */
  asInput(id: BufferId): BufferId;
}

export function convKernels({ node, shape }: ReverseStep<NodeOf<'Conv'>>): LayerKernels {
  const geometry = convGeometry(node);
  const spatial = planeOf(shape(node.inputs[0]!));
  return {
    groups: node.groups,
    forward: (attributes) => conv({ ...geometry, ...attributes }),
    back: ({ maps, product }) => convTranspose({ ...geometry, maps, spatial, product }),
    view: (id) => id,
    asInput: (id) => id,
  };
}

export function denseKernels({ builder, node, shape }: ReverseStep<NodeOf<'Dense'>>): LayerKernels {
  const layout = node.weights;
  return {
    groups: 1,
    forward: ({ signed: _, ...attributes }) => dense({ layout, ...attributes }),
    back: (attributes) => denseTranspose({ layout, ...attributes }),
    view: (id) => asRows(builder, id),
    asInput: (id) => builder.alias(id, shape(node.inputs[0]!)),
  };
}
