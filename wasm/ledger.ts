import { Channel } from './shared/epilogue';
import { total, widen } from './shared/statistics';

@unmanaged
class Absorbed {
  relevance: usize;
  s: usize;
  /** 0 where the stabilizer is absolute. */
  z: usize;
  /** A {@link Channel} for each stacked channel. */
  channels: usize;
  /** Two float64 for [samples][chunks]. */
  partial: usize;
  y: usize;
  clip: u32;
  epsilon: f32;
  /** Stacked and plain channels of a sample, and positions of a channel. */
  stacked: u32;
  plain: u32;
  positions: u32;
  /** Stacked channels of an item. */
  chunk: u32;
  chunks: u32;
  squares: usize;
  squareChunks: u32;
}

/** What the bias and the stabilizer absorbed of a chunk of channels: item = [sample][chunk]. */
export function absorbed(item: u32, args: usize): void {
  const a = changetype<Absorbed>(args);
  const sample = item / a.chunks;
  const first = (item % a.chunks) * a.chunk;
  const end = min(a.stacked, first + a.chunk);
  let epsilon = a.epsilon;
  if (a.squares) {
    let sum: f64 = 0;
    for (let i: u32 = 0; i < a.squareChunks; i++) sum += load<f64>(a.squares + ((sample * a.squareChunks + i) << 3));
    epsilon = <f32>(<f64>epsilon * Math.sqrt(sum / <f64>(a.stacked * a.positions)));
  }
  let byBias: f64 = 0;
  let byStabilizer: f64 = 0;
  const zero = f32x4.splat(0);
  const sign = i32x4.splat(<i32>0x80000000);
  for (let channel = first; channel < end; channel++) {
    const entry = a.channels + channel * offsetof<Channel>();
    const s = a.s + ((<usize>(sample * a.stacked + channel) * a.positions) << 2);
    const z = a.z + ((<usize>(sample * a.stacked + channel) * a.positions) << 2);
    const relevance = a.relevance + ((<usize>(sample * a.plain + load<u32>(entry, 8)) * a.positions) << 2);
    const scale = v128.load_splat<f32>(entry, 4);
    let sums = f64x2.splat(0);
    let kept = f64x2.splat(0);
    for (let i: u32 = 0; i < a.positions; i += 4) {
      let value = v128.load(s + (i << 2));
      if (i + 4 > a.positions) value = v128.and(value, firstLanes(a.positions - i));
      sums = widen(sums, value);
      if (a.z == 0) {
        // ε·|s| with the sign of scale·R, 0 where R is 0.
        const share = f32x4.mul(scale, v128.load(relevance + (i << 2)));
        const signed = v128.or(f32x4.abs(value), v128.and(share, sign));
        kept = widen(kept, v128.andnot(signed, f32x4.eq(share, zero)));
      } else {
        const denominator = v128.load(z + (i << 2));
        const positive = f32x4.ge(denominator, zero);
        const e = f32x4.splat(epsilon);
        let shift = v128.bitselect(e, f32x4.neg(e), positive);
        if (a.clip) {
          const size = f32x4.max(f32x4.sub(e, f32x4.abs(denominator)), zero);
          shift = v128.bitselect(size, f32x4.neg(size), positive);
        }
        if (i + 4 > a.positions) shift = v128.and(shift, firstLanes(a.positions - i));
        kept = widen(kept, f32x4.mul(value, shift));
      }
    }
    byBias += total(sums) * <f64>load<f32>(entry);
    byStabilizer += total(kept);
  }
  store<f64>(a.partial + (item << 4), byBias);
  store<f64>(a.partial + (item << 4), a.z == 0 ? byStabilizer * <f64>epsilon : byStabilizer, 8);
}

/** All bits in the first `count` lanes, 1 to 3. */
function firstLanes(count: u32): v128 {
  return i32x4(-1, count > 1 ? -1 : 0, count > 2 ? -1 : 0, 0);
}

/** item = sample. */
export function joinAbsorbed(item: u32, args: usize): void {
  const a = changetype<Absorbed>(args);
  let byBias: f64 = 0;
  let byStabilizer: f64 = 0;
  for (let chunk: u32 = 0; chunk < a.chunks; chunk++) {
    const at = a.partial + ((item * a.chunks + chunk) << 4);
    byBias += load<f64>(at);
    byStabilizer += load<f64>(at, 8);
  }
  store<f32>(a.y + (item << 3), <f32>byBias);
  store<f32>(a.y + (item << 3), <f32>byStabilizer, 4);
}
