import { flatWorkgroups, type GpuStep, type GpuTensor } from '../../tensor/webgpu/step.ts';
import { inputParts, mapTable, outputParts, type WeightMaps } from '../shared/maps.ts';
import type { Epilogue, EpilogueLayout } from '../shared/webgpu-epilogue.ts';
import type { ConvAttributes } from './attributes.ts';

export type Shape4 = readonly [number, number, number, number];

/** The sums of a convolution or its transpose, however they are computed. */
export interface Sums {
  readonly transposed: boolean;
  readonly groups: number;
  readonly maps: WeightMaps;
  readonly input: GpuTensor;
  readonly weights: GpuTensor;
  /** [N, stacked channels, H, W] of the sums. */
  readonly shape: Shape4;
}

/** Sums, and what becomes of them. */
export interface Layer extends Sums {
  /** Whether maps give the sums their sign; see {@link ConvAttributes.signed}. */
  readonly signed: boolean;
  readonly epilogue: Epilogue;
  readonly output: GpuTensor;
}

/** How the channels of the sums are stacked. */
export function outputLayout({ transposed, groups, maps, shape }: Sums): EpilogueLayout {
  const [, channels, height, width] = shape;
  const parts = transposed ? inputParts(maps) : outputParts(maps);
  return { parts, groups, groupChannels: channels / groups / parts, plane: height * width };
}

/** One row of the matrix of weights: a stacked channel within the group (−1 for padding), and a tap ky·kw + kx. */
export interface WeightRow {
  readonly channel: number;
  readonly tap: number;
}

/**
 * The stacked weights of a layer as [group][row][column], columns padded; made once, since weights are constants. A
 * column is a place and an output channel; each place has rows of its own.
 */
export function mappedWeights(
  step: GpuStep,
  { transposed, groups, maps, weights }: Sums,
  places: readonly (readonly WeightRow[])[],
  columns: number,
): GpuTensor {
  const [outputs, groupIn, ...kernel] = weights.shape as unknown as Shape4;
  const depth = places[0]!.length;
  const output = step.scratch([groups, depth, columns], 'mapped weights');
  const table = Int32Array.from(places.flat().flatMap(({ channel, tap }) => [channel, tap]));
  const count = groups * depth * columns;
  step.dispatch('map-weights', {
    constants: {
      COUNT: count,
      TRANSPOSED: transposed,
      GROUP_OUT: outputs / groups,
      GROUP_IN: groupIn,
      TAPS: kernel[0] * kernel[1],
      OUT_PARTS: outputParts(maps),
      IN_PARTS: inputParts(maps),
      PLACES: places.length,
      DEPTH: depth,
      COLUMNS: columns,
    },
    bindings: { weights, rows: step.table(table), maps: step.table(mapTable(maps)), output },
    workgroups: flatWorkgroups(count),
  });
  return output;
}
