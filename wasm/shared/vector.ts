/** Vectors of four float32. */

/** a·b + c; fused where relaxed SIMD allows. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Stores the first `count` lanes, 4 where it is more. */
@inline
export function storeLanes(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
  } else if (count == 1) {
    v128.store_lane<f32>(to, value, 0);
  } else if (count > 1) {
    v128.store_lane<f64>(to, value, 0);
    if (count == 3) v128.store_lane<f32>(to, value, 2, 8);
  }
}

/** Lanes [a0, b0, a1, b1]. */
@inline
export function lower(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** Lanes [a2, b2, a3, b3]. */
@inline
export function upper(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** Lanes [a0, a1, b0, b1]. */
@inline
export function firstHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** Lanes [a2, a3, b2, b3]. */
@inline
export function secondHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3);
}
