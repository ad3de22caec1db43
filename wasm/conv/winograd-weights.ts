import { madd } from '../shared/vector';
import { factor } from './winograd-points';

/**
 * G·g·Gᵀ of four 3×3 weights in the lanes of nine vectors at `from`, behind which there is room for 18 more; the (m+2)²
 * vectors go to `to`, `to` + stride, …
 */
export function winogradWeights(tile: u32, from: usize, to: usize, stride: usize): void {
  const side = tile + 2;
  const passed = from + 144;
  for (let c: usize = 0; c < 48; c += 16) {
    const column = from + c;
    weightRow(tile, v128.load(column), v128.load(column, 48), v128.load(column, 96), passed + c, 48);
  }
  for (let i: usize = 0; i < side; i++) {
    const row = passed + i * 48;
    weightRow(tile, v128.load(row), v128.load(row, 16), v128.load(row, 32), to + i * side * stride, stride);
  }
}

/** G·[g0, g1, g2] to m + 2 places: the polynomial's values at the points over the products of the points' distances. */
function weightRow(tile: u32, g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
  const half = factor(6);
  v128.store(to, g0);
  if (tile == 2) {
    const even = f32x4.mul(f32x4.add(g0, g2), half);
    const odd = f32x4.mul(g1, half);
    v128.store(to + step, f32x4.add(even, odd));
    v128.store(to + 2 * step, f32x4.sub(even, odd));
    v128.store(to + 3 * step, g2);
    return;
  }
  const even1 = f32x4.mul(madd(half, g2, g0), f32x4.splat(<f32>(-1.0 / 1.5)));
  const odd1 = f32x4.mul(g1, f32x4.splat(<f32>(-Math.SQRT1_2 / 1.5)));
  v128.store(to + step, f32x4.add(even1, odd1));
  v128.store(to + 2 * step, f32x4.sub(even1, odd1));
  const even2 = f32x4.mul(madd(factor(5), g2, g0), f32x4.splat(<f32>(1.0 / 6)));
  const odd2 = f32x4.mul(g1, f32x4.splat(<f32>(Math.SQRT2 / 6)));
  v128.store(to + 3 * step, f32x4.add(even2, odd2));
  v128.store(to + 4 * step, f32x4.sub(even2, odd2));
  v128.store(to + 5 * step, g2);
}
