import { madd } from './vector';

/** Products are summed in stretches of so much depth, which keeps the rounding error small. */
export const STRETCH: u32 = 64;
/** A stretch of a left panel. */
const STRETCH_BYTES: usize = <usize>STRETCH << 4;
/** Of a 4×8 tile. */
const TILE_BYTES: usize = 128;
/** Room for the sums of stretches, until they are added. */
export const SPARE_BYTES: usize = 8 * TILE_BYTES;

/**
 * The 4×8 product of two panels: left [depth][4], right 8 columns whose rows lie `step` bytes apart (32: packed), depth
 * even. Row r of the result goes to `to` + r·stride bytes; `spare` is room for eight 4×8 tiles.
 */
export function multiplyPanels(
  left: usize,
  right: usize,
  step: usize,
  depth: u32,
  to: usize,
  stride: usize,
  spare: usize,
): void {
  const end = left + ((<usize>depth) << 4);
  // One stretch to a tile in one piece needs no sum.
  if (depth <= STRETCH && stride == 32) spare = to;
  let tile = spare;
  do {
    multiplyStretch(left, min(end, left + STRETCH_BYTES), right, step, tile);
    left += STRETCH_BYTES;
    right += STRETCH * step;
    tile += TILE_BYTES;
    if (tile == spare + SPARE_BYTES) {
      addTiles(spare, tile, spare, 32);
      tile = spare + TILE_BYTES;
    }
  } while (left < end);
  if (spare != to) addTiles(spare, tile, to, stride);
}

/** Sums the tiles from `tile` to `end`, in their order. */
function addTiles(tile: usize, end: usize, to: usize, stride: usize): void {
  for (let row: usize = 0; row < 4; row++) {
    let first = v128.load(tile);
    let second = v128.load(tile, 16);
    for (let next = tile + TILE_BYTES; next < end; next += TILE_BYTES) {
      first = f32x4.add(first, v128.load(next));
      second = f32x4.add(second, v128.load(next, 16));
    }
    v128.store(to, first);
    v128.store(to, second, 16);
    tile += 32;
    to += stride;
  }
}

/** Nothing but one loop and a tile in one piece: adding here, or rows `stride` apart, would cost the loop its registers. */
function multiplyStretch(left: usize, end: usize, right: usize, step: usize, to: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  while (left < end) {
    const b0 = v128.load(right);
    const b1 = v128.load(right, 16);
    const a0 = v128.load_splat<f32>(left);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load_splat<f32>(left, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load_splat<f32>(left, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load_splat<f32>(left, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    right += step;
    const d0 = v128.load(right);
    const d1 = v128.load(right, 16);
    const e0 = v128.load_splat<f32>(left, 16);
    c00 = madd(e0, d0, c00);
    c01 = madd(e0, d1, c01);
    const e1 = v128.load_splat<f32>(left, 20);
    c10 = madd(e1, d0, c10);
    c11 = madd(e1, d1, c11);
    const e2 = v128.load_splat<f32>(left, 24);
    c20 = madd(e2, d0, c20);
    c21 = madd(e2, d1, c21);
    const e3 = v128.load_splat<f32>(left, 28);
    c30 = madd(e3, d0, c30);
    c31 = madd(e3, d1, c31);
    left += 32;
    right += step;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 32);
  v128.store(to, c11, 48);
  v128.store(to, c20, 64);
  v128.store(to, c21, 80);
  v128.store(to, c30, 96);
  v128.store(to, c31, 112);
}
