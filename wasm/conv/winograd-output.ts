import { Channel, Finish, finish, finished } from '../shared/epilogue';
import { firstHalves, lower, madd, secondHalves, upper } from '../shared/vector';
import { factor } from './winograd-points';

/** Bytes between the rows of what passes from one half of the transform of m = 4 to the other: six vectors. */
const PASS: usize = 96;

/** Where a tile's outputs go. */
@unmanaged
export class Target {
  /** Bytes to its first output, from the first channel of y and from the first plane of the operand. */
  output: usize;
  operand: usize;
  /** Rows and columns that there are. */
  rows: u32;
  columns: u32;
}

/**
 * Transforms back four tiles in the lanes of (m+2)² vectors `stride` apart, and finishes the outputs of a channel, whose
 * plane begins at `y`, the operand's at `operand`; an output's row has `width` bytes, `passes` is room for m·6 vectors.
 */
@inline
export function backOfTwo(
  f: Finish,
  channel: Channel,
  from: usize,
  stride: usize,
  targets: usize,
  y: usize,
  operand: usize,
  width: usize,
  passes: usize,
): void {
  for (let column: usize = 0; column < 64; column += 16) {
    two(from, 4 * stride, passes + column, PASS);
    from += stride;
  }
  const next = targets + 2 * offsetof<Target>();
  for (let row: u32 = 0; row < 2; row++) {
    two(passes, 16, passes, 16);
    const o0 = v128.load(passes);
    const o1 = v128.load(passes, 16);
    // Lanes from tiles to columns.
    storePair(f, channel, row, lower(o0, o1), targets, y, operand, width);
    storePair(f, channel, row, upper(o0, o1), next, y, operand, width);
    passes += PASS;
  }
}

/** A row of two tiles, two outputs of each. */
function storePair(
  f: Finish,
  channel: Channel,
  row: u32,
  z: v128,
  targets: usize,
  y: usize,
  operand: usize,
  width: usize,
): void {
  const t0 = changetype<Target>(targets);
  const t1 = changetype<Target>(targets + offsetof<Target>());
  const down = row * width;
  let others = z;
  if (f.kind >= 1) {
    // Of a row that is not there, any numbers.
    others = v128.load_zero<f64>(operand + (row < t0.rows ? t0.operand + down : 0));
    others = v128.load_lane<f64>(operand + (row < t1.rows ? t1.operand + down : 0), others, 1);
  }
  const value = finished(f, channel, z, others);
  y += down;
  if (row < t0.rows) {
    if (t0.columns == 2) v128.store_lane<f64>(y + t0.output, value, 0);
    else v128.store_lane<f32>(y + t0.output, value, 0);
  }
  if (row < t1.rows) {
    if (t1.columns == 2) v128.store_lane<f64>(y + t1.output, value, 1);
    else v128.store_lane<f32>(y + t1.output, value, 2);
  }
}

/** {@link backOfTwo} of m = 4. */
@inline
export function backOfFour(
  f: Finish,
  channel: Channel,
  from: usize,
  stride: usize,
  targets: usize,
  y: usize,
  operand: usize,
  width: usize,
  passes: usize,
): void {
  for (let column: usize = 0; column < PASS; column += 16) {
    four(from, 6 * stride, passes + column, PASS);
    from += stride;
  }
  for (let row: u32 = 0; row < 4; row++) {
    four(passes, 16, passes, 16);
    // Lanes from tiles to columns.
    const o0 = v128.load(passes);
    const o1 = v128.load(passes, 16);
    const o2 = v128.load(passes, 32);
    const o3 = v128.load(passes, 48);
    const m01 = lower(o0, o1);
    const m23 = lower(o2, o3);
    const n01 = upper(o0, o1);
    const n23 = upper(o2, o3);
    v128.store(passes, firstHalves(m01, m23));
    v128.store(passes, secondHalves(m01, m23), 16);
    v128.store(passes, firstHalves(n01, n23), 32);
    v128.store(passes, secondHalves(n01, n23), 48);
    for (let tile: usize = 0; tile < 4; tile++) {
      const target = changetype<Target>(targets + tile * offsetof<Target>());
      if (row >= target.rows) continue;
      finish(f, channel, v128.load(passes + (tile << 4)), operand + target.operand, y + target.output, target.columns);
    }
    y += width;
    operand += width;
    passes += PASS;
  }
}

/** Aᵀ·m of m = 2, of four places `stride` bytes apart to two `step` bytes apart. */
@inline
function two(from: usize, stride: usize, to: usize, step: usize): void {
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  v128.store(to, f32x4.add(v128.load(from), f32x4.add(m1, m2)));
  v128.store(to + step, f32x4.add(f32x4.sub(m1, m2), m3));
}

/** Aᵀ·m of m = 4, of six places `stride` bytes apart to four `step` bytes apart. */
@inline
function four(from: usize, stride: usize, to: usize, step: usize): void {
  const m0 = v128.load(from);
  const m1 = v128.load(from + stride);
  const m2 = v128.load(from + 2 * stride);
  const m3 = v128.load(from + 3 * stride);
  const m4 = v128.load(from + 4 * stride);
  const m5 = v128.load(from + 5 * stride);
  const sum1 = f32x4.add(m1, m2);
  const difference1 = f32x4.mul(f32x4.sub(m1, m2), factor(3));
  const sum2 = f32x4.add(m3, m4);
  const difference2 = f32x4.mul(f32x4.sub(m3, m4), factor(4));
  const twice = factor(5);
  const half = factor(6);
  v128.store(to, f32x4.add(f32x4.add(m0, sum1), sum2));
  v128.store(to + step, f32x4.add(difference1, difference2));
  v128.store(to + 2 * step, madd(twice, sum2, f32x4.mul(half, sum1)));
  v128.store(to + 3 * step, f32x4.add(madd(twice, difference2, f32x4.mul(half, difference1)), m5));
}
