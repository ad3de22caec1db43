import type { Address, Argument, WasmStep } from '../../tensor/wasm/step.ts';
import { inputParts, mapTable, outputParts, transposeMaps, type WeightMaps } from '../shared/maps.ts';
import { mapsKey } from '../shared/wasm-epilogue.ts';

/**
 * A convolution, or a transposed one of stride 1, which is a convolution with inputs and outputs exchanged, the taps
 * turned around and the pads that complement its own.
 */
export interface Layer {
  readonly transposed: boolean;
  /** Whether Winograd's algorithm may be used. */
  readonly winograd: boolean;
  readonly maps: WeightMaps;
  readonly groups: number;
  readonly batch: number;
  /** Stacked input and output channels of a group. */
  readonly channels: number;
  readonly rows: number;
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Distance of the inputs, zeros between them: the strides of a transposed convolution. */
  readonly spread: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top and left. */
  readonly pads: readonly [number, number];
  /** The kernel's arguments for what follows the product. */
  readonly finish: readonly Argument[];
}

/** Channels in a panel of weights, columns in a panel of input: see wasm/shared/panel.ts. */
export const ROWS = 4;
export const COLUMNS = 8;
/** Bytes of packed input that are in flight at once: they stay in the last-level cache. */
export const SLAB_BYTES = 12 * 2 ** 20;
/** Enough items that all threads finish at about the same time. */
export const ENOUGH_ITEMS = 32;

/** Positions of a transformed tile, each a product of its own. */
export const positionsOf = (tile: number) => (tile + 2) ** 2;

/** Panels of rows in an item: all, unless that leaves too few items; at least two. */
export function rowBlock(rowPanels: number, columnBlocks: number): number {
  const rowBlocks = Math.ceil(ENOUGH_ITEMS / columnBlocks);
  return Math.max(2, Math.ceil(rowPanels / rowBlocks));
}

export const even = (count: number) => count + (count % 2);

/** The constant weights (input 1) as panels of 4 of a group's `packedRows` rows. */
export function packedWeights(
  step: WasmStep,
  { transposed, maps, groups, channels, rows }: Layer,
  kernel: 'packWeights' | 'packWinograd' | 'packFold',
  taps: number,
  depth: number,
  packedRows: number,
  tile = 0,
): Address {
  const [rowParts, depthParts] = transposed
    ? [inputParts(maps), outputParts(maps)]
    : [outputParts(maps), inputParts(maps)];
  const rowPanels = Math.ceil(packedRows / ROWS);
  const panelBytes = (kernel === 'packWinograd' ? positionsOf(tile) : 1) * depth * ROWS * 4;
  const key = `${kernel} ${tile} ${transposed ? 'transposed ' : ''}groups ${groups} ${mapsKey(maps)}`;
  return step.packed(1, key, groups * rowPanels * panelBytes, (raw, packed) => {
    step.threadScratch(512);
    step.task(kernel, groups * rowPanels, [
      ...[raw, packed, step.table(mapTable(transposed ? transposeMaps(maps) : maps)), Number(transposed)],
      ...[rowParts, rows / rowParts, depthParts, channels / depthParts, taps, rowPanels, depth, tile],
    ]);
  });
}
