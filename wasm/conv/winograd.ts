import { Channel, Finish } from '../shared/epilogue';
import { multiplyPanels, SPARE_BYTES } from '../shared/panel';
import { Tiles, transformBlock } from './winograd-input';
import { backOfFour, backOfTwo, Target } from './winograd-output';

const CACHE_LINE: usize = 64;

/**
 * Bytes of one position of transformed tiles, [panels][depth][8], and a line of the cache: positions lie that much more
 * apart than they need, lest all of them want the same place in the caches.
 */
@inline
function positionBytes(panels: u32, depth: u32): usize {
  return ((<usize>panels * depth) << 5) + CACHE_LINE;
}

@inline
function positionsOf(tile: u32): u32 {
  return (tile + 2) * (tile + 2);
}

/** Transforms one panel of tiles for some channels: item = [panel][group][block of channels]. */
export function transformTiles(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Tiles>(args);
  const blocks = (a.depth + a.channelsPerItem - 1) / a.channelsPerItem;
  const firstChannel = (item % blocks) * a.channelsPerItem;
  const endChannel = min(a.depth, firstChannel + a.channelsPerItem);
  const group = (item / blocks) % a.groups;
  const panel = item / (blocks * a.groups);
  const stride = positionBytes(a.panels, a.depth);
  const to = a.packed + <usize>group * positionsOf(a.tile) * stride + ((<usize>panel * a.depth) << 5);
  for (let half: u32 = 0; half < 2; half++) {
    transformBlock(a, group, a.first + panel * 8 + half * 4, 1, firstChannel, endChannel, to + (half << 4), stride, scratch);
  }
}

@unmanaged
class TileProduct extends Finish {
  weights: usize;
  packed: usize;
  y: usize;
  first: u32;
  panels: u32;
  tiles: u32;
  tileRows: u32;
  tileColumns: u32;
  groups: u32;
  /** Output channels of a group, and their panels of 4. */
  rows: u32;
  rowPanels: u32;
  depth: u32;
  height: u32;
  width: u32;
  /** A block's extent in panels of tiles and of rows. */
  panelsPerBlock: u32;
  rowPanelsPerBlock: u32;
  /** m. */
  tile: u32;
}

/** Multiplies transformed tiles: item = [group][block of rows][block of panels]. */
export function multiplyTiles(item: u32, args: usize, scratch: usize): void {
  const a = changetype<TileProduct>(args);
  const panelBlocks = (a.panels + a.panelsPerBlock - 1) / a.panelsPerBlock;
  const firstPanel = (item % panelBlocks) * a.panelsPerBlock;
  const panels = min(a.panels - firstPanel, a.panelsPerBlock);
  item /= panelBlocks;
  const rowBlocks = (a.rowPanels + a.rowPanelsPerBlock - 1) / a.rowPanelsPerBlock;
  const firstRow = (item % rowBlocks) * a.rowPanelsPerBlock;
  const group = item / rowBlocks;
  const stride = positionBytes(a.panels, a.depth);
  const right = a.packed + <usize>group * positionsOf(a.tile) * stride + ((<usize>firstPanel * a.depth) << 5);
  multiplyBlock(a, group, a.first + firstPanel * 8, panels, firstRow, right, stride, scratch);
}

/**
 * Transforms a block of panels in all channels, into this thread's own memory, and multiplies it by all rows:
 * item = [group][block of panels]. Behind the arguments of the product lie those of the transform.
 */
export function convolveTiles(item: u32, args: usize, scratch: usize): void {
  const a = changetype<TileProduct>(args);
  const panelBlocks = (a.panels + a.panelsPerBlock - 1) / a.panelsPerBlock;
  const firstPanel = (item % panelBlocks) * a.panelsPerBlock;
  const panels = min(a.panels - firstPanel, a.panelsPerBlock);
  const group = item / panelBlocks;
  const first = a.first + firstPanel * 8;
  const stride = positionBytes(a.panelsPerBlock, a.depth);
  const room = scratch + positionsOf(a.tile) * stride;
  transformBlock(changetype<Tiles>(args + offsetof<TileProduct>()), group, first, panels * 2, 0, a.depth, scratch, stride, room);
  for (let row: u32 = 0; row < a.rowPanels; row += a.rowPanelsPerBlock) {
    multiplyBlock(a, group, first, panels, row, scratch, stride, room);
  }
}

/**
 * Multiplies at all positions a block of rows by `panels` panels of tiles, the first tile `first`, which lie at `right`,
 * the positions `stride` bytes apart; transforms back and finishes the outputs.
 */
function multiplyBlock(
  a: TileProduct,
  group: u32,
  first: u32,
  panels: u32,
  firstRow: u32,
  right: usize,
  stride: usize,
  scratch: usize,
): void {
  const rowPanels = min(a.rowPanels - firstRow, a.rowPanelsPerBlock);
  const positions = positionsOf(a.tile);
  // Scratch: the products [positions][rows][tiles], then room for a tile or for sums of stretches, the targets.
  const rowStride = <usize>a.panelsPerBlock << 5;
  const positionStride = rowStride * (a.rowPanelsPerBlock << 2) + CACHE_LINE;
  const spare = scratch + positions * positionStride;
  for (let position: u32 = 0; position < positions; position++) {
    const left = a.weights + ((<usize>((group * positions + position) * a.rowPanels + firstRow) * a.depth) << 4);
    const block = right + position * stride;
    for (let row: u32 = 0; row < rowPanels; row++) {
      const to = scratch + position * positionStride + row * 4 * rowStride;
      for (let panel: u32 = 0; panel < panels; panel++) {
        const from = block + ((<usize>panel * a.depth) << 5);
        multiplyPanels(left + ((<usize>row * a.depth) << 4), from, 32, a.depth, to + (panel << 5), rowStride, spare);
      }
    }
  }
  const targets = spare + SPARE_BYTES;
  const width = <usize>a.width << 2;
  const plane = width * a.height;
  const count = min(panels * 8, a.tiles - first);
  for (let i: u32 = 0; i < panels * 8; i++) placeTarget(a, first + i, targets + i * offsetof<Target>());
  const rows = min(rowPanels * 4, a.rows - firstRow * 4);
  for (let row: u32 = 0; row < rows; row++) {
    const stacked = group * a.rows + firstRow * 4 + row;
    const channel = changetype<Channel>(a.channels + stacked * offsetof<Channel>());
    const y = a.y + stacked * plane;
    const operand = a.operand + channel.plane * plane;
    let target = targets;
    let from = scratch + row * rowStride;
    for (let tile: u32 = 0; tile < count; tile += 4) {
      if (a.tile == 2) backOfTwo(a, channel, from, positionStride, target, y, operand, width, spare);
      else backOfFour(a, channel, from, positionStride, target, y, operand, width, spare);
      from += 16;
      target += 4 * offsetof<Target>();
    }
  }
}

function placeTarget(a: TileProduct, tile: u32, at: usize): void {
  const target = changetype<Target>(at);
  const perSample = a.tileRows * a.tileColumns;
  const sample = tile / perSample;
  const y = ((tile % perSample) / a.tileColumns) * a.tile;
  const x = (tile % a.tileColumns) * a.tile;
  const place = y * a.width + x;
  target.output = (sample * a.groups * a.rows * a.height * a.width + place) << 2;
  target.operand = (sample * a.operandSample + place) << 2;
  target.rows = tile < a.tiles ? min(a.tile, a.height - y) : 0;
  target.columns = min(a.tile, a.width - x);
}
