import { madd } from './vector';

/** Rows of a panel of the left matrix. */
export const ROWS: usize = 4;
/** Columns of a panel of the right matrix. */
export const COLUMNS: usize = 8;

/** Products are summed in stretches of so much depth, which keeps the rounding error small. */
export const STRETCH: u32 = 64;
/** A stretch of a left panel. */
const STRETCH_BYTES: usize = <usize>STRETCH << 4;

/**
 * The 4×8 product of two packed panels: left [depth][4], right [depth][8], depth even. Row r of the result goes to
 * `to` + r·stride bytes.
 */
export function multiplyPanels(left: usize, right: usize, depth: u32, to: usize, stride: usize): void {
  const end = left + ((<usize>depth) << 4);
  addStretch(left, min(end, left + STRETCH_BYTES), right, to, stride, false);
  for (let from = left + STRETCH_BYTES; from < end; from += STRETCH_BYTES) {
    addStretch(from, min(end, from + STRETCH_BYTES), right + ((from - left) << 1), to, stride, true);
  }
}

function addStretch(left: usize, end: usize, right: usize, to: usize, stride: usize, more: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
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
    const d0 = v128.load(right, 32);
    const d1 = v128.load(right, 48);
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
    right += 64;
  }
  if (more) {
    c00 = f32x4.add(v128.load(to), c00);
    c01 = f32x4.add(v128.load(to, 16), c01);
    c10 = f32x4.add(v128.load(to + stride), c10);
    c11 = f32x4.add(v128.load(to + stride, 16), c11);
    c20 = f32x4.add(v128.load(to + 2 * stride), c20);
    c21 = f32x4.add(v128.load(to + 2 * stride, 16), c21);
    c30 = f32x4.add(v128.load(to + 3 * stride), c30);
    c31 = f32x4.add(v128.load(to + 3 * stride, 16), c31);
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  to += stride;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  to += stride;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  to += stride;
  v128.store(to, c30);
  v128.store(to, c31, 16);
}
