import type { Shape } from '../../tensor/tensor.ts';
import type { LayerEpilogue } from '../shared/epilogue.ts';
import type { WeightMaps } from '../shared/maps.ts';

/** How a dense layer's weights lie in memory: [O,I] or [I,O]. */
export type DenseLayout = 'oi' | 'io';

export interface DenseAttributes {
  readonly layout: DenseLayout;
  /** The change to the weights and the parts of input and output; applied while reading: the layer may be huge. */
  readonly maps: WeightMaps;
  /** Whether input 2 is a bias [O]. */
  readonly bias: boolean;
  /** Of a quotient, R is [...,O]. */
  readonly epilogue: LayerEpilogue;
}

export interface DenseTransposeAttributes {
  readonly layout: DenseLayout;
  readonly maps: WeightMaps;
  /** Multiply the result by a third input a [...,Q·I]: LRP's R = a·c. */
  readonly product: boolean;
}

/** [outputs, inputs] of weights in a layout. */
export function denseExtents(w: Shape, layout: DenseLayout): [number, number] {
  return layout === 'oi' ? [w[0]!, w[1]!] : [w[1]!, w[0]!];
}
