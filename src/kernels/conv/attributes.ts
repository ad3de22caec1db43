import type { Window } from '../../tensor/window.ts';
import type { LayerEpilogue } from '../shared/epilogue.ts';
import type { WeightMaps } from '../shared/maps.ts';

/**
 * How a convolution is computed, whatever its size: each result as a sum of its own products, or by Winograd's algorithm
 * (Lavin and Gray 2016) where that applies.
 */
export type ConvAlgorithm = 'direct' | 'winograd';

export interface ConvAttributes {
  readonly window: Window;
  readonly groups: number;
  /** The change to the weights and the parts of input and output; `PLAIN` in a forward pass. */
  readonly maps: WeightMaps;
  /** Whether input 2 is a bias [Co]. */
  readonly bias: boolean;
  /** Of a quotient, R is [N,Co,H',W']. */
  readonly epilogue: LayerEpilogue;
  /** Whether the input is a ≥ 0, or [a⁺; a⁻]: one-sided maps then give each part of the sums a sign, which is kept. */
  readonly signed?: boolean | undefined;
  /** Default: as the layer's size and the device suggest. */
  readonly algorithm?: ConvAlgorithm | undefined;
}

export interface ConvTransposeAttributes {
  readonly window: Window;
  readonly groups: number;
  readonly maps: WeightMaps;
  /** [H, W] of the convolution's input. */
  readonly spatial: readonly [number, number];
  /** Multiply the result by a third input a [N,Q·Ci,H,W]: LRP's R = a·c. */
  readonly product: boolean;
  readonly algorithm?: ConvAlgorithm | undefined;
}
