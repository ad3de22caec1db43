import type { Shape } from '../../tensor/tensor.ts';
import type { Window } from '../../tensor/window.ts';
import { isPlain, type WeightMaps } from '../shared/maps.ts';
import type { ConvAlgorithm } from './attributes.ts';

/**
 * Operations per image from which a layer may be left to Winograd's algorithm: those of AlexNet, VGG and ResNets. A
 * smaller one takes a millisecond or two, and direct sums keep what is equal equal (`withDirectSums` in src/graph/graph.ts).
 * Not of the whole batch: an image is computed alike alone and among others.
 */
const LEAST_OPERATIONS = 2 ** 27;

/** Whether Winograd's algorithm applies: 3×3 windows next to each other. */
export const appliesWinograd = ({ kernel, strides, dilations }: Window): boolean =>
  [...kernel, ...strides, ...dilations].join() === '3,3,1,1,1,1';

/**
 * Whether a device may use Winograd's algorithm for weights [Co,Ci/groups,3,3] and a result (of the transpose: an input)
 * of so many positions. It still may not want to, unless `algorithm` says so.
 */
export function allowsWinograd(
  window: Window,
  [outputs, inputs]: Shape,
  positions: number,
  algorithm: ConvAlgorithm | undefined,
): boolean {
  if (algorithm === 'direct' || !appliesWinograd(window)) return false;
  return algorithm === 'winograd' || 18 * outputs! * inputs! * positions >= LEAST_OPERATIONS;
}

/**
 * Outputs along a side of a Winograd tile. Where the weights are as they are, signs of results decide what is active and
 * who wins, in the forward pass and again in its quotients: there F(2×2, 3×3), whose error is less than the direct sum's.
 */
export function winogradTile(maps: WeightMaps, transposed: boolean): 2 | 4 {
  return isPlain(maps) && !transposed ? 2 : 4;
}
