import { flatWorkgroups, type GpuStep } from '../../tensor/webgpu/step.ts';
import type { Window } from '../../tensor/window.ts';
import { signOf } from '../shared/maps.ts';
import { epilogueBindings, epilogueConstants } from '../shared/webgpu-epilogue.ts';
import { chooseProductTile, productConstants } from '../shared/webgpu-tiles.ts';
import type { ConvAlgorithm } from './attributes.ts';
import { type Layer, mappedWeights, outputLayout, type Shape4, type Sums } from './webgpu-layer.ts';
import { allowsWinograd, winogradTile } from './winograd.ts';

/** What moving one number costs, in multiply-adds: what GPUs do while they read or write 4 bytes. */
const COST_OF_NUMBER = 16;
/** How many times as cheap it must be, for its weights take up to four times the memory. */
const WORTHWHILE = 1.1;
/**
 * Bytes of a chunk's transformed input, or products: within every limit; few enough for a processor's caches, enough that
 * a GPU's last workgroups leave it idle for little of the time.
 */
export const chunkBytesOf = ({ limits }: GpuStep): number => (limits.software ? 2 ** 25 : 2 ** 27);

/** Channels of a group that are summed over, and that are made; the outputs' extents. */
export interface WinogradShape {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly rows: number;
  readonly output: readonly [number, number];
}

/**
 * How many times as cheap as the direct product it is to make `tile`×`tile` outputs at once: multiply-adds, and numbers
 * moved (weights; inputs and outputs once, or inputs, transformed inputs, products and outputs written and read).
 */
export function winogradGain({ batch, groups, channels, rows, output }: WinogradShape, tile: 2 | 4): number {
  const pixels = batch * groups * output[0] * output[1];
  const tiles = batch * groups * Math.ceil(output[0] / tile) * Math.ceil(output[1] / tile);
  const positions = (tile + 2) ** 2;
  const weights = groups * channels * rows;
  const ends = pixels * (channels + rows);
  const direct = 9 * pixels * channels * rows + COST_OF_NUMBER * (9 * weights + ends);
  const moved = positions * (weights + 2 * tiles * (channels + rows)) + ends;
  return direct / (positions * tiles * channels * rows + COST_OF_NUMBER * moved);
}

/** Whether {@link dispatchWinograd} computes a layer. */
export function usesWinograd({ limits }: GpuStep, layer: Sums, window: Window, algorithm?: ConvAlgorithm): boolean {
  const [, , height, width] = (layer.transposed ? layer.input.shape : layer.shape) as Shape4;
  if (!allowsWinograd(window, layer.weights.shape, height * width, algorithm)) return false;
  if (algorithm === 'winograd') return true;
  // Of one image, so that a batch is computed as each of its images alone.
  const shape = { ...shapeOf(layer), batch: 1 };
  const tile = winogradTile(layer.maps, layer.transposed);
  const weights = 4 * (tile + 2) ** 2 * layer.groups * (shape.channels + 16) * (shape.rows + 64);
  const { maxStorageBufferBindingSize, maxBufferSize } = limits;
  return weights <= Math.min(maxStorageBufferBindingSize, maxBufferSize) && winogradGain(shape, tile) >= WORTHWHILE;
}

function shapeOf({ groups, input, shape }: Sums): WinogradShape {
  const [batch, channels] = input.shape as unknown as Shape4;
  const [, rows, height, width] = shape;
  return { batch, groups, channels: channels / groups, rows: rows / groups, output: [height, width] };
}

/**
 * A 3×3 convolution of stride 1, or its transpose, by Winograd's algorithm: `winograd.wgsl` has formula and source. In
 * chunks of tiles: the input's tiles are transformed, multiplied at each position by transformed weights, and the
 * products are transformed back.
 */
export function dispatchWinograd(step: GpuStep, layer: Layer, window: Window, chunkBytes: number): void {
  const { groups, transposed, input, output, epilogue } = layer;
  const { batch, channels, rows, output: extent } = shapeOf(layer);
  const [, , height, width] = input.shape as unknown as Shape4;
  const tile = winogradTile(layer.maps, layer.transposed);
  const rowTiles = Math.ceil(extent[1] / tile);
  const sampleTiles = rowTiles * Math.ceil(extent[0] / tile);
  const tiles = batch * sampleTiles;
  const product = chooseProductTile(rows, tiles, step.limits);
  const up = (count: number, to: number) => Math.ceil(count / to) * to;
  const depth = up(channels, product.k);
  const paddedRows = up(rows, product.m);
  const constants = { TILE: tile, SIDE: tile + 2, POSITIONS: (tile + 2) ** 2 };
  const products = groups * constants.POSITIONS;
  const most = Math.floor(chunkBytes / (4 * products * Math.max(depth, paddedRows)));
  const chunk = Math.min(up(tiles, product.n), Math.max(product.n, most - (most % product.n)));

  const weights = step.scratch([products, depth, paddedRows], 'transformed weights');
  const count = groups * depth * paddedRows;
  step.dispatch('winograd-weights', {
    constants: { COUNT: count, CHANNELS: depth, COLUMNS: paddedRows, ...constants },
    bindings: {
      weights: mappedWeights(step, layer, [weightRows(channels, depth, transposed)], paddedRows),
      output: weights,
    },
    workgroups: flatWorkgroups(count),
  });
  const transformed = step.scratch([products, depth, chunk], 'transformed input');
  const multiplied = step.scratch([products, paddedRows, chunk], 'products');
  const places = { TILES: tiles, SAMPLE_TILES: sampleTiles, ROW_TILES: rowTiles, CHUNK: chunk };
  const [firstSign, otherSign] = signsOf(layer);
  // The transpose reads input y + pad − ky: with the taps turned around, from y + pad − 2 on.
  const origin = window.pads.map((pad) => (transposed ? pad - 2 : -pad));
  for (let first = 0; first < tiles; first += chunk) {
    const start = step.table(Uint32Array.of(first));
    step.dispatch('winograd-input', {
      constants: {
        ...constants,
        ...places,
        GROUPS: groups,
        GROUP_IN: channels,
        H: height,
        W: width,
        ORIGIN_Y: origin[0]!,
        ORIGIN_X: origin[1]!,
        DEPTH: depth,
      },
      bindings: { input, chunk: start, output: transformed },
      workgroups: flatWorkgroups(groups * depth * chunk, 64),
    });
    step.dispatch('winograd-product', {
      constants: {
        DEPTH: depth,
        ROWS: paddedRows,
        COLUMNS: chunk,
        ...productConstants(product),
      },
      bindings: { weights, input: transformed, output: multiplied },
      workgroups: [chunk / product.n, paddedRows / product.m, products],
    });
    step.dispatch('winograd-output', {
      constants: {
        ...constants,
        ...places,
        ROWS: rows,
        PRODUCT_ROWS: paddedRows,
        OUT_H: extent[0],
        OUT_W: extent[1],
        SIGN_0: firstSign,
        SIGN_1: otherSign,
        ...epilogueConstants(epilogue, outputLayout(layer)),
      },
      bindings: { products: multiplied, chunk: start, output, ...epilogueBindings(step, epilogue) },
      workgroups: flatWorkgroups(groups * rows * chunk, 64),
    });
  }
}

/** The signs of the first part's sums and of the second's; 0 where they may have either. */
function signsOf({ signed, maps }: Layer): readonly [number, number] {
  return !signed || maps.length > 2 ? [0, 0] : [signOf(maps[0]!), signOf(maps.at(-1)!)];
}

/** Nine taps of each channel, padding behind them; of the transpose, turned around. */
function weightRows(channels: number, depth: number, transposed: boolean) {
  return Array.from({ length: 9 * depth }, (_, row) => ({
    channel: row < 9 * channels ? Math.floor(row / 9) : -1,
    tap: transposed ? 8 - (row % 9) : row % 9,
  }));
}
