/**
 * Local response normalisation across channels. An item is four positions of a sample, all channels: lanes are positions,
 * `stride` bytes lie between channels.
 */
import { storeLanes } from './shared/vector';

@unmanaged
class Lrn {
  x: usize;
  y: usize;
  /** Of the Taylor expansion: R and two intermediate tensors like x. */
  relevance: usize;
  own: usize;
  others: usize;
  channels: i32;
  positions: u32;
  /** Channels of a window before and behind its own. */
  before: i32;
  behind: i32;
  /** α/n, β and k. */
  alpha: f32;
  beta: f32;
  bias: f32;
  epsilon: f32;
}

/** v^−power for v > 0; by square roots where the power is a multiple of a quarter. */
function negativePower(v: v128, power: f32): v128 {
  const quarters = <i32>(power * 4);
  if (<f32>quarters == power * 4 && quarters > 0) {
    const root = f32x4.sqrt(f32x4.sqrt(v));
    let product = root;
    for (let i = 1; i < quarters; i++) product = f32x4.mul(product, root);
    return f32x4.div(f32x4.splat(1), product);
  }
  return f32x4(
    NativeMathf.pow(f32x4.extract_lane(v, 0), -power),
    NativeMathf.pow(f32x4.extract_lane(v, 1), -power),
    NativeMathf.pow(f32x4.extract_lane(v, 2), -power),
    NativeMathf.pow(f32x4.extract_lane(v, 3), -power),
  );
}

/** Σx² over the window of a channel whose element lies at x. */
@inline
function squaresOf(a: Lrn, x: usize, channel: i32, stride: usize): v128 {
  const first = max(0, channel - a.before);
  const last = min(a.channels - 1, channel + a.behind);
  let sum = f32x4.splat(0);
  for (let c = first; c <= last; c++) {
    const value = v128.load(x + <usize>(c - channel) * stride);
    sum = f32x4.add(sum, f32x4.mul(value, value));
  }
  return sum;
}

/** y = x·(k + (α/n) Σx²)^−β. */
export function lrn(item: u32, args: usize): void {
  const a = changetype<Lrn>(args);
  const fours = (a.positions + 3) >> 2;
  const position = (item % fours) << 2;
  const stride = (<usize>a.positions) << 2;
  let at = <usize>(item / fours) * a.channels * stride + (position << 2);
  for (let channel = 0; channel < a.channels; channel++) {
    const squares = squaresOf(a, a.x + at, channel, stride);
    const base = f32x4.add(f32x4.splat(a.bias), f32x4.mul(f32x4.splat(a.alpha), squares));
    const y = f32x4.mul(v128.load(a.x + at), negativePower(base, a.beta));
    storeLanes(a.y + at, y, a.positions - position);
    at += stride;
  }
}

/**
 * Relevance through LRN (src/kernels/lrn). Output j gives q_j·z_jj to itself and q_j·f_j·x_i² to each other i of its
 * window, with q_j = R_j / stab(Σ_i z_ij): first those two factors of all outputs, then for each input what it gets.
 */
export function lrnTaylor(item: u32, args: usize): void {
  const a = changetype<Lrn>(args);
  const fours = (a.positions + 3) >> 2;
  const position = (item % fours) << 2;
  const count = a.positions - position;
  const stride = (<usize>a.positions) << 2;
  const start = <usize>(item / fours) * a.channels * stride + (position << 2);
  const zero = f32x4.splat(0);
  const alpha = f32x4.splat(a.alpha);
  const bias = f32x4.splat(a.bias);
  const epsilon = f32x4.splat(a.epsilon);
  let at = start;
  for (let channel = 0; channel < a.channels; channel++) {
    const x = v128.load(a.x + at);
    const square = f32x4.mul(x, x);
    const squares = squaresOf(a, a.x + at, channel, stride);
    const own = f32x4.mul(x, negativePower(f32x4.add(bias, f32x4.mul(alpha, square)), a.beta));
    const power = negativePower(f32x4.add(bias, f32x4.mul(alpha, squares)), a.beta + 1);
    const factor = f32x4.mul(f32x4.mul(f32x4.splat(-2 * a.alpha * a.beta), x), power);
    const total = f32x4.add(own, f32x4.mul(factor, f32x4.sub(squares, square)));
    const denominator = v128.bitselect(f32x4.add(total, epsilon), f32x4.sub(total, epsilon), f32x4.ge(total, zero));
    const share = f32x4.div(v128.load(a.relevance + at), denominator);
    const quotient = v128.andnot(share, f32x4.eq(denominator, zero));
    storeLanes(a.own + at, f32x4.mul(own, quotient), count);
    storeLanes(a.others + at, f32x4.mul(factor, quotient), count);
    at += stride;
  }
  at = start;
  for (let channel = 0; channel < a.channels; channel++) {
    const first = max(0, channel - a.behind);
    const last = min(a.channels - 1, channel + a.before);
    let sum = zero;
    for (let c = first; c <= last; c++) {
      if (c != channel) sum = f32x4.add(sum, v128.load(a.others + at + <usize>(c - channel) * stride));
    }
    const x = v128.load(a.x + at);
    storeLanes(a.y + at, f32x4.add(v128.load(a.own + at), f32x4.mul(f32x4.mul(x, x), sum)), count);
    at += stride;
  }
}
