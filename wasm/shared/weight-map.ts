import { madd } from './vector';

/**
 * A rule's change to weights (src/kernels/shared/maps.ts): positive·max(w,0) + negative·min(w,0) + square·w² + one, with
 * these four coefficients at `map`.
 */
@inline
export function mapped(map: usize, w: v128): v128 {
  const zero = f32x4.splat(0);
  const positive = f32x4.mul(f32x4.max(w, zero), v128.load_splat<f32>(map));
  const linear = madd(f32x4.min(w, zero), v128.load_splat<f32>(map, 4), positive);
  return f32x4.add(madd(f32x4.mul(w, w), v128.load_splat<f32>(map, 8), linear), v128.load_splat<f32>(map, 12));
}

/** The change to one weight. Of its four terms at most one is not 0, so that no rounding depends on fused additions. */
@inline
export function mappedWeight(map: usize, w: f32): f32 {
  return f32x4.extract_lane(mapped(map, f32x4.splat(w)), 0);
}
