import { Channel, Finish, finish } from '../shared/epilogue';
import { multiplyPanels } from '../shared/panel';
import { firstHalves, lower, madd, secondHalves, upper } from '../shared/vector';

/**
 * Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray 2016) with tiles of m = 4 or m = 2 outputs a side: 6×6 inputs
 * give 4×4 outputs with 36 multiplications instead of 144, 4×4 inputs give 2×2 outputs with 16 instead of 36.
 *
 * For m = 4 the interpolation points are 0, ±√½, ±√2 and ∞; with these the error is twice that of the direct sum, where
 * the usual 0, ±1, ±2 have eight times. For m = 2 they are 0, ±1 and ∞, and the error is less than the direct sum's
 * (measured: bench/NOTES.md).
 */
const A: f32 = 0.7071067811865476;
const B: f32 = 1.4142135623730951;
/** Bytes between the rows of what passes from one half of a transform to the other: six vectors. */
const PASS: usize = 96;
const CACHE_LINE: usize = 64;

/** Bytes of one position of transformed tiles, [panels][depth][8], and a line of the cache: see {@link multiplyTiles}. */
@inline
function positionBytes(panels: u32, depth: u32): usize {
  return ((<usize>panels * depth) << 5) + CACHE_LINE;
}

@unmanaged
class Tiles {
  x: usize;
  /** [group][(m+2)²][panel][depth][8]. */
  packed: usize;
  /** Tiles [first, first + 8·panels) of all [sample][tileRow][tileColumn]. */
  first: u32;
  panels: u32;
  tiles: u32;
  tileRows: u32;
  tileColumns: u32;
  groups: u32;
  /** Input channels of a group. */
  channels: u32;
  depth: u32;
  height: i32;
  width: i32;
  padY: i32;
  padX: i32;
  /** Channels of an item, even. */
  channelsPerItem: u32;
  /** m. */
  tile: i32;
}

/** Where a tile's inputs are. */
@unmanaged
class Source {
  /** Address of its sample's first channel of the group; 0 where there is no such tile. */
  image: usize;
  /** Its first row and column, which may lie outside. */
  y: i32;
  x: i32;
  /** Whether it lies inside the image as a whole. */
  inside: u32;
}

/** Transforms one panel of tiles for some channels: item = [panel][group][block of channels]. */
export function transformTiles(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Tiles>(args);
  const blocks = (a.depth + a.channelsPerItem - 1) / a.channelsPerItem;
  const block = item % blocks;
  const group = (item / blocks) % a.groups;
  const panel = item / (blocks * a.groups);
  const firstChannel = block * a.channelsPerItem;
  const endChannel = min(a.depth, firstChannel + a.channelsPerItem);
  const stride = positionBytes(a.panels, a.depth);
  const positions = <usize>((a.tile + 2) * (a.tile + 2));
  const packed = a.packed + <usize>group * positions * stride + ((<usize>panel * a.depth) << 5);
  // Scratch: up to 36 vectors between the two passes, four 6×8 patches for tiles that cross the border, the sources.
  const sources = scratch + 576 + 768;
  for (let i: u32 = 0; i < 8; i++) placeSource(a, group, a.first + panel * 8 + i, sources + i * offsetof<Source>());
  for (let channel = firstChannel; channel < endChannel; channel++) {
    const to = packed + ((<usize>channel) << 5);
    for (let half: usize = 0; half < 2; half++) {
      const first = changetype<Source>(sources + half * 4 * offsetof<Source>());
      if (channel < a.channels && first.image != 0) {
        transformFour(a, changetype<usize>(first), channel, scratch, to + (half << 4), stride);
      } else {
        for (let i: usize = 0; i < positions; i++) v128.store(to + (half << 4) + i * stride, f32x4.splat(0));
      }
    }
  }
}

function placeSource(a: Tiles, group: u32, tile: u32, at: usize): void {
  const source = changetype<Source>(at);
  const perSample = a.tileRows * a.tileColumns;
  const sample = tile / perSample;
  const channel = <usize>(sample * a.groups + group) * a.channels;
  source.image = tile < a.tiles ? a.x + ((channel * a.height * a.width) << 2) : 0;
  source.y = <i32>((tile % perSample) / a.tileColumns) * a.tile - a.padY;
  source.x = <i32>(tile % a.tileColumns) * a.tile - a.padX;
  const side = a.tile + 2;
  const fits = source.y >= 0 && source.x >= 0 && source.y + side <= a.height && source.x + side <= a.width;
  source.inside = tile < a.tiles && fits ? 1 : 0;
}

/** Transforms one channel of four tiles, one in each lane. */
function transformFour(a: Tiles, sources: usize, channel: u32, scratch: usize, to: usize, stride: usize): void {
  const patches = scratch + 576;
  const size = offsetof<Source>();
  let row0 = tileRows(a, sources, channel, patches);
  let row1 = tileRows(a, sources + size, channel, patches + 192);
  let row2 = tileRows(a, sources + 2 * size, channel, patches + 384);
  let row3 = tileRows(a, sources + 3 * size, channel, patches + 576);
  const width = <usize>a.width << 2;
  const step0 = row0 == patches ? 32 : width;
  const step1 = row1 == patches + 192 ? 32 : width;
  const step2 = row2 == patches + 384 ? 32 : width;
  const step3 = row3 == patches + 576 ? 32 : width;
  const side = <usize>a.tile + 2;
  for (let r: usize = 0; r < side; r++) {
    const l0 = v128.load(row0);
    const l1 = v128.load(row1);
    const l2 = v128.load(row2);
    const l3 = v128.load(row3);
    const m01 = lower(l0, l1);
    const m23 = lower(l2, l3);
    const n01 = upper(l0, l1);
    const n23 = upper(l2, l3);
    // Of m = 2 these are not used.
    const h01 = lower(v128.load_zero<f64>(row0, 16), v128.load_zero<f64>(row1, 16));
    const h23 = lower(v128.load_zero<f64>(row2, 16), v128.load_zero<f64>(row3, 16));
    transform(
      a.tile,
      firstHalves(m01, m23),
      secondHalves(m01, m23),
      firstHalves(n01, n23),
      secondHalves(n01, n23),
      firstHalves(h01, h23),
      secondHalves(h01, h23),
      scratch + r * PASS,
      16,
    );
    row0 += step0;
    row1 += step1;
    row2 += step2;
    row3 += step3;
  }
  for (let c: usize = 0; c < side; c++) {
    const from = scratch + (c << 4);
    transform(
      a.tile,
      v128.load(from),
      v128.load(from + PASS),
      v128.load(from + 2 * PASS),
      v128.load(from + 3 * PASS),
      v128.load(from + 4 * PASS),
      v128.load(from + 5 * PASS),
      to + c * stride,
      side * stride,
    );
  }
}

/** Bᵀ·d to m + 2 places `step` bytes apart; m = 2 has no d4 and d5. */
@inline
function transform(tile: u32, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
  if (tile == 2) {
    v128.store(to, f32x4.sub(d0, d2));
    v128.store(to + step, f32x4.add(d1, d2));
    v128.store(to + 2 * step, f32x4.sub(d2, d1));
    v128.store(to + 3 * step, f32x4.sub(d3, d1));
    return;
  }
  const two = f32x4.splat(-2);
  const half = f32x4.splat(-0.5);
  const c = f32x4.splat(-2.5);
  v128.store(to, f32x4.add(madd(c, d2, d0), d4));
  const odd1 = f32x4.mul(madd(two, d1, d3), f32x4.splat(A));
  const even1 = madd(two, d2, d4);
  v128.store(to + step, f32x4.add(even1, odd1));
  v128.store(to + 2 * step, f32x4.sub(even1, odd1));
  const odd2 = f32x4.mul(madd(half, d1, d3), f32x4.splat(B));
  const even2 = madd(half, d2, d4);
  v128.store(to + 3 * step, f32x4.add(even2, odd2));
  v128.store(to + 4 * step, f32x4.sub(even2, odd2));
  v128.store(to + 5 * step, f32x4.add(madd(c, d3, d1), d5));
}

/**
 * The first row of a tile's inputs: in the image, or a copy [m + 2][8] at `patch`, zero outside the image, where the
 * tile crosses the border (or there is no such tile).
 */
function tileRows(a: Tiles, at: usize, channel: u32, patch: usize): usize {
  const source = changetype<Source>(at);
  const plane = source.image + ((<usize>channel * a.height * a.width) << 2);
  if (source.inside) return plane + ((source.y * a.width + source.x) << 2);
  memory.fill(patch, 0, 192);
  if (source.image != 0) {
    const rows = min(a.tile + 2, a.height - source.y);
    const columns = min(a.tile + 2, a.width - source.x);
    for (let r = max(0, -source.y); r < rows; r++) {
      for (let c = max(0, -source.x); c < columns; c++) {
        store<f32>(patch + (r << 5) + (c << 2), load<f32>(plane + (((source.y + r) * a.width + source.x + c) << 2)));
      }
    }
  }
  return patch;
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
  /** An item's extent in panels of tiles and of rows. */
  panelsPerItem: u32;
  rowPanelsPerItem: u32;
  /** m. */
  tile: u32;
}

/** Where a tile's outputs go. */
@unmanaged
class Target {
  /** Elements to its first output, from the first channel of y and from the first plane of the operand. */
  output: u32;
  operand: u32;
  rows: u32;
  columns: u32;
}

/** Multiplies at all positions a block of rows by a block of tiles, transforms back and finishes the outputs. */
export function multiplyTiles(item: u32, args: usize, scratch: usize): void {
  const a = changetype<TileProduct>(args);
  const panelBlocks = (a.panels + a.panelsPerItem - 1) / a.panelsPerItem;
  const firstPanel = (item % panelBlocks) * a.panelsPerItem;
  const panels = min(a.panels - firstPanel, a.panelsPerItem);
  item /= panelBlocks;
  const rowBlocks = (a.rowPanels + a.rowPanelsPerItem - 1) / a.rowPanelsPerItem;
  const firstRow = (item % rowBlocks) * a.rowPanelsPerItem;
  const rowPanels = min(a.rowPanels - firstRow, a.rowPanelsPerItem);
  const group = item / rowBlocks;
  // Scratch: the products [positions][rows][tiles], then room for a tile and for the outputs between the two passes, the
  // targets. The positions lie a line of the cache more apart than they need, lest all of them want the same one.
  const rowStride = <usize>a.panelsPerItem << 5;
  const positionStride = rowStride * (a.rowPanelsPerItem << 2) + CACHE_LINE;
  const side = <usize>a.tile + 2;
  const positions = <u32>(side * side);
  const passes = scratch + positions * positionStride;
  for (let position: u32 = 0; position < positions; position++) {
    const left = a.weights + (((<usize>group * positions + position) * a.rowPanels + firstRow) * a.depth << 4);
    const block = (group * positions + position) * positionBytes(a.panels, a.depth);
    const right = a.packed + block + ((<usize>firstPanel * a.depth) << 5);
    for (let row: u32 = 0; row < rowPanels; row++) {
      const to = scratch + position * positionStride + row * 4 * rowStride;
      for (let panel: u32 = 0; panel < panels; panel++) {
        const b = right + ((<usize>panel * a.depth) << 5);
        multiplyPanels(left + ((<usize>row * a.depth) << 4), b, 32, a.depth, to + (panel << 5), rowStride, passes);
      }
    }
  }
  const targets = passes + 640;
  for (let i: u32 = 0; i < panels * 8; i++) {
    placeTarget(a, a.first + firstPanel * 8 + i, targets + i * offsetof<Target>());
  }
  const rows = min(rowPanels * 4, a.rows - firstRow * 4);
  for (let row: u32 = 0; row < rows; row++) {
    const stacked = group * a.rows + firstRow * 4 + row;
    for (let four: u32 = 0; four < panels * 2; four++) {
      const firstTile = a.first + firstPanel * 8 + four * 4;
      if (firstTile >= a.tiles) break;
      const from = scratch + row * rowStride + (four << 4);
      for (let c: usize = 0; c < side; c++) {
        const column = from + c * positionStride;
        const down = side * positionStride;
        back(
          a.tile,
          v128.load(column),
          v128.load(column + down),
          v128.load(column + 2 * down),
          v128.load(column + 3 * down),
          a.tile == 2 ? f32x4.splat(0) : v128.load(column + 4 * down),
          a.tile == 2 ? f32x4.splat(0) : v128.load(column + 5 * down),
          passes + (c << 4),
          PASS,
        );
      }
      for (let r: usize = 0; r < a.tile; r++) {
        const pass = passes + r * PASS;
        back(
          a.tile,
          v128.load(pass),
          v128.load(pass, 16),
          v128.load(pass, 32),
          v128.load(pass, 48),
          v128.load(pass, 64),
          v128.load(pass, 80),
          pass,
          16,
        );
        // Lanes from tiles to columns; of m = 2 only two are used.
        const o0 = v128.load(pass);
        const o1 = v128.load(pass, 16);
        const o2 = v128.load(pass, 32);
        const o3 = v128.load(pass, 48);
        const m01 = lower(o0, o1);
        const m23 = lower(o2, o3);
        const n01 = upper(o0, o1);
        const n23 = upper(o2, o3);
        v128.store(pass, firstHalves(m01, m23));
        v128.store(pass, secondHalves(m01, m23), 16);
        v128.store(pass, firstHalves(n01, n23), 32);
        v128.store(pass, secondHalves(n01, n23), 48);
      }
      for (let lane: u32 = 0; lane < 4; lane++) {
        storeTile(a, targets + (four * 4 + lane) * offsetof<Target>(), stacked, passes + (lane << 4));
      }
    }
  }
}

function placeTarget(a: TileProduct, tile: u32, at: usize): void {
  const target = changetype<Target>(at);
  const perSample = a.tileRows * a.tileColumns;
  const sample = tile / perSample;
  const y = ((tile % perSample) / a.tileColumns) * a.tile;
  const x = (tile % a.tileColumns) * a.tile;
  target.output = sample * a.groups * a.rows * a.height * a.width + y * a.width + x;
  target.operand = sample * a.operandSample + y * a.width + x;
  target.rows = tile < a.tiles ? min(a.tile, a.height - y) : 0;
  target.columns = min(a.tile, a.width - x);
}

/** Finishes the outputs of a tile, whose rows lie {@link PASS} bytes apart. */
function storeTile(a: TileProduct, at: usize, stacked: u32, from: usize): void {
  const target = changetype<Target>(at);
  const channel = changetype<Channel>(a.channels + stacked * offsetof<Channel>());
  const plane = <usize>a.height * a.width;
  let to = a.y + ((target.output + stacked * plane) << 2);
  let operand = a.operand + ((target.operand + channel.plane * plane) << 2);
  const end = from + target.rows * PASS;
  for (; from < end; from += PASS) {
    finish(a, channel, v128.load(from), operand, to, target.columns);
    to += <usize>a.width << 2;
    operand += <usize>a.width << 2;
  }
}

/** Aᵀ·m to m places `step` bytes apart. */
@inline
function back(tile: u32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, to: usize, step: usize): void {
  if (tile == 2) {
    v128.store(to, f32x4.add(m0, f32x4.add(m1, m2)));
    v128.store(to + step, f32x4.add(f32x4.sub(m1, m2), m3));
    return;
  }
  const sum1 = f32x4.add(m1, m2);
  const difference1 = f32x4.mul(f32x4.sub(m1, m2), f32x4.splat(A));
  const sum2 = f32x4.add(m3, m4);
  const difference2 = f32x4.mul(f32x4.sub(m3, m4), f32x4.splat(B));
  v128.store(to, f32x4.add(f32x4.add(m0, sum1), sum2));
  v128.store(to + step, f32x4.add(difference1, difference2));
  v128.store(to + 2 * step, madd(f32x4.splat(2), sum2, f32x4.mul(f32x4.splat(0.5), sum1)));
  v128.store(to + 3 * step, f32x4.add(madd(f32x4.splat(2), difference2, f32x4.mul(f32x4.splat(0.5), difference1)), m5));
}
