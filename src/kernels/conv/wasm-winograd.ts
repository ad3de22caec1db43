import type { Argument, WasmStep } from '../../tensor/wasm/step.ts';
import {
  COLUMNS,
  ENOUGH_ITEMS,
  even,
  type Layer,
  packedWeights,
  positionsOf,
  ROWS,
  rowBlock,
  SLAB_BYTES,
} from './wasm-layer.ts';

/** Panels of tiles, and of rows, that are multiplied at all positions before they are transformed back. */
const BLOCK = 8;
const ROW_BLOCK = 8;
/** Bytes of transformed tiles that a thread may keep for itself: half of a core's own cache, the weights want the rest. */
const OWN_BYTES = 540 * 2 ** 10;
/** Fewer panels than these use weights up too soon: reading them takes as long as multiplying. */
const LEAST_OWN = 3;
/** Channels of an item that transforms. */
const CHANNELS = 32;
/** What keeps the positions apart in the caches. */
const CACHE_LINE = 64;
/** Of a thread's memory: sums of stretches; a tile's inputs between the two passes, and copies at the border; places. */
const SPARE_BYTES = 1024;
const PASS_BYTES = 1440;
const SOURCE_BYTES = 32;
const TARGET_BYTES = 16;

/**
 * Transforms tiles of the input, multiplies at their positions and transforms back. Where there are tiles enough, each
 * thread does all of it with a block of them, which never leaves its core's cache. Otherwise items share the transformed
 * tiles, slab by slab, and each has some of the rows.
 */
export function planWinograd(step: WasmStep, layer: Layer, tile: number): void {
  const { batch, groups, channels, rows, input, output, pads } = layer;
  const depth = even(channels);
  const positions = positionsOf(tile);
  const rowPanels = Math.ceil(rows / ROWS);
  const [tileRows, tileColumns] = [Math.ceil(output[0] / tile), Math.ceil(output[1] / tile)];
  const tiles = batch * tileRows * tileColumns;
  const total = Math.ceil(tiles / COLUMNS);
  const weights = packedWeights(step, layer, 'packWinograd', 9, depth, rows, tile);
  const panelBytes = positions * depth * COLUMNS * 4;
  const ofTransform = (packed: Argument, first: number, panels: number, channelsPerItem: number): Argument[] => [
    ...[step.input(0), packed, first * COLUMNS, panels, tiles, tileRows, tileColumns, groups, channels, depth],
    ...[...input, ...pads, channelsPerItem, tile],
  ];
  const ofProduct = (packed: Argument, first: number, panels: number, block: number, rowBlock: number): Argument[] => [
    ...layer.finish,
    ...[weights, packed, step.output(0), first * COLUMNS, panels, tiles, tileRows, tileColumns],
    ...[groups, rows, rowPanels, depth, ...output, block, rowBlock, tile],
  ];
  const transformScratch = (panels: number) => PASS_BYTES + panels * COLUMNS * SOURCE_BYTES;
  const productScratch = (block: number, rowBlock: number) =>
    positions * (rowBlock * ROWS * block * COLUMNS * 4 + CACHE_LINE) + SPARE_BYTES + block * COLUMNS * TARGET_BYTES;

  const own = Math.min(BLOCK, Math.floor(OWN_BYTES / panelBytes));
  if (own >= LEAST_OWN && groups * Math.ceil(total / own) >= ENOUGH_ITEMS) {
    const rowsAtOnce = Math.min(ROW_BLOCK, rowPanels);
    const room = Math.max(transformScratch(own), productScratch(own, rowsAtOnce));
    step.threadScratch(own * panelBytes + positions * CACHE_LINE + room);
    const product = ofProduct(0, 0, total, own, rowsAtOnce);
    step.task('convolveTiles', groups * Math.ceil(total / own), [...product, ...ofTransform(0, 0, total, depth)]);
    return;
  }
  const slab = Math.min(total, Math.max(4, Math.floor(SLAB_BYTES / (groups * panelBytes) / 4) * 4));
  const packed = step.scratch(groups * (slab * panelBytes + positions * CACHE_LINE));
  for (let first = 0; first < total; first += slab) {
    const panels = Math.min(slab, total - first);
    const atOnce = Math.min(depth, CHANNELS);
    step.threadScratch(transformScratch(1));
    step.task(
      'transformTiles',
      panels * groups * Math.ceil(depth / atOnce),
      ofTransform(packed, first, panels, atOnce),
    );
    const blocks = groups * Math.ceil(panels / BLOCK);
    const rowsAtOnce = Math.min(ROW_BLOCK, rowBlock(rowPanels, blocks));
    step.threadScratch(productScratch(BLOCK, rowsAtOnce));
    const product = ofProduct(packed, first, panels, BLOCK, rowsAtOnce);
    step.task('multiplyTiles', blocks * Math.ceil(rowPanels / rowsAtOnce), product);
  }
}
