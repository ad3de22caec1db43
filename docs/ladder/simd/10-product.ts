import { Layer } from './layer';
import { multiply } from './panel';

/**
 * ‖q‖² + ‖p‖² − 2q·p: nearly all the work is a matrix product, panels of four patches by panels of eight. The mean is
 * taken from all of them first, lest long patches that are near each other differ by rounding alone. Whole multiples of
 * eight patches.
 */
export function run(args: usize): void {
  const l = changetype<Layer>(args);
  const bytes = (l.channels * l.width) << 2;
  const fours = l.packed;
  const eights = fours + bytes;
  const norms = eights + bytes;
  const mean = meanOf(l.image, l.channels * l.width);
  const row = l.width << 2;
  for (let p: usize = 0; p < l.width; p += 4) {
    let norm = f32x4.splat(0);
    let four = fours + ((p * l.channels) << 2);
    let eight = eights + (((p & ~7) * l.channels + (p & 4)) << 2);
    let from = l.image + (p << 2);
    for (let i: usize = 0; i < l.channels; i++) {
      const numbers = f32x4.sub(v128.load(from), f32x4.splat(mean));
      norm = f32x4.add(norm, f32x4.mul(numbers, numbers));
      v128.store(four, numbers);
      v128.store(eight, numbers);
      four += 16;
      eight += 32;
      from += row;
    }
    v128.store(norms + (p << 2), norm);
  }
  for (let p: usize = 0; p < l.width; p += 8) {
    const right = eights + ((p * l.channels) << 2);
    for (let q: usize = 0; q < l.width; q += 4) {
      const to = l.result + ((q * l.width + p) << 2);
      multiply(fours + ((q * l.channels) << 2), right, l.channels, to, row);
      for (let r: usize = 0; r < 4; r++) {
        const own = v128.load_splat<f32>(norms + ((q + r) << 2));
        finish(to + r * row, own, v128.load(norms + (p << 2)));
        finish(to + r * row + 16, own, v128.load(norms + (p << 2), 16));
      }
    }
  }
}

/** From four products to four squared distances; rounding makes none negative. */
@inline
function finish(at: usize, own: v128, other: v128): void {
  const sum = f32x4.sub(f32x4.add(own, other), f32x4.mul(f32x4.splat(2), v128.load(at)));
  v128.store(at, f32x4.max(sum, f32x4.splat(0)));
}

function meanOf(from: usize, count: usize): f32 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < count; i++) sum += load<f32>(from + (i << 2));
  return <f32>(sum / <f64>count);
}
