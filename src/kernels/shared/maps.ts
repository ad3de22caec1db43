import type { Shape, Tensor } from '../../tensor/tensor.ts';

/**
 * A rule's change ρ to the parameters, applied to each weight on its own (Montavon et al. 2019):
 * `signed` is w ↦ positive·max(w,0) + negative·min(w,0), which covers w itself (1,1), w⁺ (1,0), w⁻ (0,1) and gamma's
 * w + γw⁺ (1+γ,1).
 */
export type WeightMap =
  | { readonly kind: 'signed'; readonly positive: number; readonly negative: number }
  | { readonly kind: 'square' }
  | { readonly kind: 'ones' };

export const ITSELF: WeightMap = { kind: 'signed', positive: 1, negative: 1 };
export const POSITIVE: WeightMap = { kind: 'signed', positive: 1, negative: 0 };
export const NEGATIVE: WeightMap = { kind: 'signed', positive: 0, negative: 1 };
export const SQUARE: WeightMap = { kind: 'square' };
export const ONES: WeightMap = { kind: 'ones' };

/**
 * Block matrix of weight maps. Entry [p][q] makes the weights from part q of the input to part p of the output: a layer
 * with P×Q maps has P·Co output and Q·Ci input channels, all from the one set of weights. That is how a rule like
 * alpha-beta becomes a single convolution. Within a group, parts are stacked one after the other (see {@link Parts}).
 * A bias goes through the first map of its row, since a part's bias counts once.
 */
export type WeightMaps = readonly (readonly WeightMap[])[];

/** The layer as it is. */
export const PLAIN: WeightMaps = [[ITSELF]];

/** The coefficients (a, b, c, d) of a map w ↦ a·max(w,0) + b·min(w,0) + c·w² + d. */
function coefficientsOf(map: WeightMap): readonly [a: number, b: number, c: number, d: number] {
  switch (map.kind) {
    case 'signed':
      return [map.positive, map.negative, 0, 0];
    case 'square':
      return [0, 0, 1, 0];
    case 'ones':
      return [0, 0, 0, 1];
  }
}

/** The map as a function of one weight. */
export function mapFunction(map: WeightMap): (weight: number) => number {
  const [a, b, c, d] = coefficientsOf(map);
  return (weight) => a * Math.max(weight, 0) + b * Math.min(weight, 0) + c * weight * weight + d;
}

/** The coefficients of all maps, [P][Q][4]: what kernels that read weights are given. */
export function mapTable(maps: WeightMaps): Float32Array {
  return Float32Array.from(maps.flat().flatMap(coefficientsOf));
}

/**
 * The sign that a row of maps gives to all its sums over a ≥ 0, or [a⁺; a⁻]: 1 of z⁺ = w⁺·a⁺ + w⁻·a⁻ and its bias b⁺, −1
 * of z⁻, 0 where there is none. Sums of terms that are all 0 come out of Winograd's transforms as a rest of either sign,
 * and a quotient by it has that sign: so devices keep it.
 */
export function signOf(row: readonly WeightMap[]): -1 | 0 | 1 {
  const is = (map: WeightMap, other: WeightMap) => JSON.stringify(map) === JSON.stringify(other);
  if (row.length <= 2 && row.every((map, part) => is(map, part === 0 ? POSITIVE : NEGATIVE))) return 1;
  if (row.length <= 2 && row.every((map, part) => is(map, part === 0 ? NEGATIVE : POSITIVE))) return -1;
  return 0;
}

/** Number of parts of the output. */
export const outputParts = (maps: WeightMaps): number => maps.length;
/** Number of parts of the input. */
export const inputParts = (maps: WeightMaps): number => maps[0]!.length;
/** The maps of the transposed layer: [q][p]. */
export const transposeMaps = (maps: WeightMaps): WeightMaps =>
  maps[0]!.map((_, column) => maps.map((row) => row[column]!));
/** Whether the maps leave the layer as it is. */
export const isPlain = (maps: WeightMaps): boolean =>
  maps.length === 1 &&
  maps[0]!.length === 1 &&
  maps[0]![0]!.kind === 'signed' &&
  maps[0]![0]!.positive === 1 &&
  maps[0]![0]!.negative === 1;

/**
 * Channels in parts: `channels` plain channels in `groups` groups become `parts·channels`, ordered by group, then part,
 * then channel within the group, so that grouped convolutions stay grouped.
 */
export interface Parts {
  readonly parts: number;
  readonly groups: number;
  readonly channels: number;
}

/** Position of part `part` of plain channel `channel` among the stacked channels. */
export function stackedChannel({ parts, groups, channels }: Parts, part: number, channel: number): number {
  const perGroup = channels / groups;
  const group = Math.floor(channel / perGroup);
  return (group * parts + part) * perGroup + (channel - group * perGroup);
}

/**
 * The stacked weights of a grouped layer: from w [Co, Ci/groups, ...] to [P·Co, Q·Ci/groups, ...] in the order of
 * {@link Parts}. Computed in float64.
 */
export function mapWeights(weights: Tensor, maps: WeightMaps, groups: number): Tensor<Float64Array> {
  const [outputs, perGroupInputs] = weights.shape as [number, number];
  const taps = weights.shape.slice(2).reduce((product, extent) => product * extent, 1);
  const [rows, columns] = [outputParts(maps), inputParts(maps)];
  const shape = mappedShape(weights.shape, maps);
  const data = new Float64Array(weights.data.length * rows * columns);
  const layout: Parts = { parts: rows, groups, channels: outputs };
  const run = perGroupInputs * taps;
  for (let output = 0; output < outputs; output++) {
    for (let row = 0; row < rows; row++) {
      const target = stackedChannel(layout, row, output) * columns * run;
      for (let column = 0; column < columns; column++) {
        const map = mapFunction(maps[row]![column]!);
        for (let i = 0; i < run; i++) {
          data[target + column * run + i] = map(weights.data[output * run + i]!);
        }
      }
    }
  }
  return { shape, data };
}

/** Shape of {@link mapWeights}' result. */
export function mappedShape(shape: Shape, maps: WeightMaps): number[] {
  const [outputs, inputs, ...taps] = shape as [number, number, ...number[]];
  return [outputs * outputParts(maps), inputs * inputParts(maps), ...taps];
}

/** The stacked bias [P·Co] of a bias [Co]. */
export function mapBias(bias: Tensor, maps: WeightMaps, groups: number): Float64Array {
  const channels = bias.data.length;
  const layout: Parts = { parts: outputParts(maps), groups, channels };
  const data = new Float64Array(channels * layout.parts);
  for (const [part, row] of maps.entries()) {
    const map = mapFunction(row[0]!);
    for (let channel = 0; channel < channels; channel++) {
      data[stackedChannel(layout, part, channel)] = map(bias.data[channel]!);
    }
  }
  return data;
}
