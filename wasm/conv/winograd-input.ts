import { firstHalves, lower, madd, secondHalves, upper } from '../shared/vector';
import { factor } from './winograd-points';

/** Bytes between the rows of what passes from one half of the transform of m = 4 to the other: six vectors. */
const PASS: usize = 96;
/** Where behind {@link PASS}'s six rows the copies of tiles at the border lie, 6×8 each. */
const PATCHES: usize = 576;
const PATCH: usize = 192;
/** Behind them, room for six vectors, then the places of the tiles. */
const ROOM: usize = PATCHES + 4 * PATCH;
const SOURCES: usize = ROOM + 96;

@unmanaged
export class Tiles {
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
  /** Address of its first row and column in the group's first channel; they may lie outside the image. */
  first: usize;
  /** Rows [top, bottom) and columns [left, right) of the tile lie inside the image; no rows where nothing does. */
  top: i32;
  bottom: i32;
  left: i32;
  right: i32;
  /** Whether all do; and bytes from a row to the next, of the image, or of the tile's copy. */
  inside: u32;
  step: usize;
}

/**
 * Transforms `fours` times four tiles, the first tile `first`, in some channels, to `to`, where the positions are `stride`
 * bytes apart.
 */
export function transformBlock(
  a: Tiles,
  group: u32,
  first: u32,
  fours: u32,
  firstChannel: u32,
  endChannel: u32,
  to: usize,
  stride: usize,
  scratch: usize,
): void {
  const positions = <u32>((a.tile + 2) * (a.tile + 2));
  const sources = scratch + SOURCES;
  for (let i: u32 = 0; i < fours * 4; i++) placeSource(a, group, first + i, sources + i * offsetof<Source>());
  const plane = (<usize>a.height * a.width) << 2;
  // Tiles innermost: a channel's rows are read from one end to the other.
  for (let channel = <usize>firstChannel; channel < endChannel; channel++) {
    let at = to + (channel << 5);
    let source = sources;
    const image = channel * plane;
    for (let i: u32 = 0; i < fours; i++) {
      if (channel < a.channels) transformFour(a, source, image, scratch, at, stride);
      else for (let position: u32 = 0; position < positions; position++) v128.store(at + position * stride, f32x4.splat(0));
      source += 4 * offsetof<Source>();
      at += i & 1 ? (<usize>a.depth << 5) - 16 : 16;
    }
  }
}

function placeSource(a: Tiles, group: u32, tile: u32, at: usize): void {
  const source = changetype<Source>(at);
  const perSample = a.tileRows * a.tileColumns;
  const side = a.tile + 2;
  const y = <i32>((tile % perSample) / a.tileColumns) * a.tile - a.padY;
  const x = <i32>(tile % a.tileColumns) * a.tile - a.padX;
  const image = <usize>(((tile / perSample) * a.groups + group) * a.channels * a.height);
  source.first = a.x + (((image + y) * a.width + x) << 2);
  source.top = max(0, -y);
  source.left = max(0, -x);
  source.right = min(side, a.width - x);
  source.bottom = tile < a.tiles && source.left < source.right ? min(side, a.height - y) : 0;
  source.inside = u32(source.bottom - source.top + (source.right - source.left) == 2 * side);
  source.step = source.inside ? a.width << 2 : 32;
}

/**
 * Transforms a channel, `image` bytes from the first one, of four tiles, one in each lane: Bᵀ·d·B. Down the columns first,
 * where four columns of a tile are a vector, and of m = 4 the last two of two tiles are another.
 */
function transformFour(a: Tiles, sources: usize, image: usize, scratch: usize, to: usize, stride: usize): void {
  const size = offsetof<Source>();
  const width = <usize>a.width << 2;
  const patch = scratch + PATCHES;
  const tile0 = tileRows(a.tile, sources, image, width, patch);
  const tile1 = tileRows(a.tile, sources + size, image, width, patch + PATCH);
  const tile2 = tileRows(a.tile, sources + 2 * size, image, width, patch + 2 * PATCH);
  const tile3 = tileRows(a.tile, sources + 3 * size, image, width, patch + 3 * PATCH);
  const step0 = changetype<Source>(sources).step;
  const step1 = changetype<Source>(sources + size).step;
  const step2 = changetype<Source>(sources + 2 * size).step;
  const step3 = changetype<Source>(sources + 3 * size).step;
  if (a.tile == 2) {
    const upper0 = v128.load(tile0 + step0);
    const upper1 = v128.load(tile1 + step1);
    const upper2 = v128.load(tile2 + step2);
    const upper3 = v128.load(tile3 + step3);
    const lower0 = v128.load(tile0 + 2 * step0);
    const lower1 = v128.load(tile1 + 2 * step1);
    const lower2 = v128.load(tile2 + 2 * step2);
    const lower3 = v128.load(tile3 + 2 * step3);
    rowOfTwo(
      f32x4.sub(v128.load(tile0), lower0),
      f32x4.sub(v128.load(tile1), lower1),
      f32x4.sub(v128.load(tile2), lower2),
      f32x4.sub(v128.load(tile3), lower3),
      to,
      stride,
    );
    to += 4 * stride;
    rowOfTwo(
      f32x4.add(upper0, lower0),
      f32x4.add(upper1, lower1),
      f32x4.add(upper2, lower2),
      f32x4.add(upper3, lower3),
      to,
      stride,
    );
    to += 4 * stride;
    rowOfTwo(
      f32x4.sub(lower0, upper0),
      f32x4.sub(lower1, upper1),
      f32x4.sub(lower2, upper2),
      f32x4.sub(lower3, upper3),
      to,
      stride,
    );
    to += 4 * stride;
    rowOfTwo(
      f32x4.sub(v128.load(tile0 + 3 * step0), upper0),
      f32x4.sub(v128.load(tile1 + 3 * step1), upper1),
      f32x4.sub(v128.load(tile2 + 3 * step2), upper2),
      f32x4.sub(v128.load(tile3 + 3 * step3), upper3),
      to,
      stride,
    );
    return;
  }
  fourColumns(tile0, step0, scratch);
  fourColumns(tile1, step1, scratch + 16);
  fourColumns(tile2, step2, scratch + 32);
  fourColumns(tile3, step3, scratch + 48);
  lastColumns(tile0 + 16, step0, tile1 + 16, step1, scratch + ROOM, scratch + 64);
  lastColumns(tile2 + 16, step2, tile3 + 16, step3, scratch + ROOM, scratch + 80);
  for (let r = 0; r < 6; r++) {
    const row0 = v128.load(scratch);
    const row1 = v128.load(scratch, 16);
    const row2 = v128.load(scratch, 32);
    const row3 = v128.load(scratch, 48);
    const h01 = v128.load(scratch, 64);
    const h23 = v128.load(scratch, 80);
    const m01 = lower(row0, row1);
    const m23 = lower(row2, row3);
    const n01 = upper(row0, row1);
    const n23 = upper(row2, row3);
    const d0 = firstHalves(m01, m23);
    const d1 = secondHalves(m01, m23);
    const d2 = firstHalves(n01, n23);
    const d3 = secondHalves(n01, n23);
    const d4 = v128.shuffle<f32>(h01, h23, 0, 2, 4, 6);
    six(d0, d1, d2, d3, d4, v128.shuffle<f32>(h01, h23, 1, 3, 5, 7), to, stride);
    scratch += PASS;
    to += 6 * stride;
  }
}

/** The first row of a tile's inputs: in the image, or a copy [m + 2][8] at `patch`, zero outside, of a tile at the border. */
@inline
function tileRows(tile: i32, at: usize, image: usize, width: usize, patch: usize): usize {
  const source = changetype<Source>(at);
  if (source.inside) return source.first + image;
  copyTile(tile + 2, source, source.first + image, width, patch);
  return patch;
}

@inline
function columnsInside(columns: v128, source: Source): v128 {
  const inside = i32x4.ge_s(columns, v128.load_splat<i32>(changetype<usize>(source), offsetof<Source>('left')));
  return v128.and(inside, i32x4.lt_s(columns, v128.load_splat<i32>(changetype<usize>(source), offsetof<Source>('right'))));
}

function copyTile(side: i32, source: Source, from: usize, width: usize, to: usize): void {
  const mask = columnsInside(i32x4(0, 1, 2, 3), source);
  const behind = columnsInside(i32x4(4, 5, 6, 7), source);
  for (let row = 0; row < side; row++) {
    if (row >= source.top && row < source.bottom) {
      v128.store(to, v128.and(v128.load(from), mask));
      if (side > 4) v128.store(to, v128.and(v128.load_zero<f64>(from, 16), behind), 16);
    } else {
      v128.store(to, i32x4.splat(0));
      v128.store(to, i32x4.splat(0), 16);
    }
    from += width;
    to += 32;
  }
}

/** Along a row of four tiles of m = 2, whose lanes become tiles. */
@inline
function rowOfTwo(row0: v128, row1: v128, row2: v128, row3: v128, to: usize, stride: usize): void {
  const m01 = lower(row0, row1);
  const m23 = lower(row2, row3);
  const n01 = upper(row0, row1);
  const n23 = upper(row2, row3);
  const d0 = firstHalves(m01, m23);
  const d1 = secondHalves(m01, m23);
  const d2 = firstHalves(n01, n23);
  const d3 = secondHalves(n01, n23);
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + stride, f32x4.add(d1, d2));
  v128.store(to + 2 * stride, f32x4.sub(d2, d1));
  v128.store(to + 3 * stride, f32x4.sub(d3, d1));
}

function fourColumns(from: usize, step: usize, to: usize): void {
  const two = 2 * step;
  const behind = from + 3 * step;
  six(
    v128.load(from),
    v128.load(from + step),
    v128.load(from + two),
    v128.load(behind),
    v128.load(behind + step),
    v128.load(behind + two),
    to,
    PASS,
  );
}

function lastColumns(from0: usize, step0: usize, from1: usize, step1: usize, room: usize, to: usize): void {
  for (let row: usize = 0; row < 96; row += 16) {
    v128.store(room + row, v128.load_lane<f64>(from1, v128.load_zero<f64>(from0), 1));
    from0 += step0;
    from1 += step1;
  }
  fourColumns(room, 16, to);
}

/** Bᵀ·d of m = 4 to six places `step` bytes apart. */
@inline
function six(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
  const two = factor(0);
  const half = factor(1);
  const c = factor(2);
  v128.store(to, f32x4.add(madd(c, d2, d0), d4));
  const odd1 = f32x4.mul(madd(two, d1, d3), factor(3));
  const even1 = madd(two, d2, d4);
  v128.store(to + step, f32x4.add(even1, odd1));
  v128.store(to + 2 * step, f32x4.sub(even1, odd1));
  const odd2 = f32x4.mul(madd(half, d1, d3), factor(4));
  const even2 = madd(half, d2, d4);
  v128.store(to + 3 * step, f32x4.add(even2, odd2));
  v128.store(to + 4 * step, f32x4.sub(even2, odd2));
  v128.store(to + 5 * step, f32x4.add(madd(c, d3, d1), d5));
}
