import { storeLanes } from './vector';

/** What is done to the results of a product before they are stored: the first arguments of such kernels. */
@unmanaged
export class Finish {
  /** 0: nothing; 1: quotient with stabilizer z ± ε; 2: quotient with sign(z)·max(|z|, ε); 3: product. */
  kind: u32;
  /** R of the quotient or a of the product: planes like the output's. */
  operand: usize;
  /** Elements of one sample of the operand. */
  operandSample: u32;
  /** A {@link Channel} for each channel of the output. */
  channels: usize;
  epsilon: f32;
}

@unmanaged
export class Channel {
  bias: f32;
  /** Factor of the quotient. */
  scale: f32;
  /** The operand's plane that belongs to this channel. */
  plane: u32;
  /** What z is held between: ReLU's range, or the sign that it is known to have. */
  low: f32;
  high: f32;
}

/** Four results z of a channel, finished; `operand` counts where there is one (kinds 1 to 3). */
@inline
export function finished(f: Finish, channel: Channel, z: v128, operand: v128): v128 {
  const sum = f32x4.add(z, v128.load_splat<f32>(changetype<usize>(channel)));
  const y = f32x4.min(f32x4.max(sum, f32x4.splat(channel.low)), f32x4.splat(channel.high));
  if (f.kind == 0) return y;
  if (f.kind == 3) return f32x4.mul(y, operand);
  return quotient(f.kind == 2, y, operand, f32x4.splat(channel.scale), f32x4.splat(f.epsilon));
}

/** Up to four results z of a channel, whose operands lie at `operand`, to `to`. */
@inline
export function finish(f: Finish, channel: Channel, z: v128, operand: usize, to: usize, count: i32): void {
  storeLanes(to, finished(f, channel, z, f.kind >= 1 ? v128.load(operand) : f32x4.splat(0)), count);
}

/** The same for `count` results of a channel that lie at `from`. */
export function finishRow(f: Finish, channel: Channel, from: usize, operand: usize, to: usize, count: u32): void {
  for (let left = <i32>count; left > 0; left -= 4) {
    finish(f, channel, v128.load(from), operand, to, left);
    from += 16;
    operand += 16;
    to += 16;
  }
}

/** scale·R / stab(z), 0 where the denominator is 0. */
@inline
export function quotient(clip: bool, z: v128, relevance: v128, scale: v128, epsilon: v128): v128 {
  const zero = f32x4.splat(0);
  const positive = f32x4.ge(z, zero);
  const denominator = clip
    ? v128.bitselect(f32x4.max(z, epsilon), f32x4.min(z, f32x4.neg(epsilon)), positive)
    : v128.bitselect(f32x4.add(z, epsilon), f32x4.sub(z, epsilon), positive);
  const share = f32x4.div(f32x4.mul(scale, relevance), denominator);
  return v128.andnot(share, f32x4.eq(denominator, zero));
}
