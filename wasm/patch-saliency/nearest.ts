/** Vectors of running minima in {@link meanOfNearest}. */
const MINIMA: u32 = 32;

/**
 * The mean of the square roots of the `nearest` smallest of 4·`vectors` numbers ≥ 0. The `nearest`-th smallest of 128
 * running minima is no less than the `nearest`-th smallest of all, so that only the few numbers up to it are looked at
 * closely.
 */
export function meanOfNearest(row: usize, vectors: u32, nearest: u32, minima: usize): f32 {
  const infinity = f32x4.splat(Infinity);
  for (let i: u32 = 0; i < MINIMA; i++) v128.store(minima + (i << 4), infinity);
  for (let i: u32 = 0; i < vectors; i++) {
    const at = minima + ((i % MINIMA) << 4);
    v128.store(at, f32x4.min(v128.load(at), v128.load(row + (i << 4))));
  }
  const bound = f32x4.splat(smallest(minima, MINIMA, nearest));
  const list = minima + (MINIMA << 4);
  let end = list;
  for (let i: u32 = 0; i < vectors; i++) {
    const values = v128.load(row + (i << 4));
    if (!v128.any_true(f32x4.le(values, bound))) continue;
    for (let lane: usize = 0; lane < 16; lane += 4) {
      const value = load<f32>(row + (i << 4) + lane);
      store<f32>(end, value);
      end += value <= f32x4.extract_lane(bound, 0) ? 4 : 0;
    }
  }
  v128.store(end, infinity);
  const last = smallest(list, <u32>((end - list + 15) >> 4), nearest);
  // Numbers equal to the last one count as often as there is room: their order does not matter.
  let sum: f64 = 0;
  let below: u32 = 0;
  for (let at = list; at < end; at += 4) {
    const value = load<f32>(at);
    if (value < last) {
      sum += <f64>sqrt(value);
      below++;
    }
  }
  return <f32>((sum + <f64>sqrt(last) * <f64>(nearest - below)) / <f64>nearest);
}

/** The `rank`-th smallest of 4·`vectors` numbers ≥ 0 (∞ where there are fewer), by bisection on their bits. */
function smallest(from: usize, vectors: u32, rank: u32): f32 {
  let low: i32 = 0;
  let high: i32 = reinterpret<i32>(<f32>Infinity);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const limit = i32x4.splat(middle);
    let counts = i32x4.splat(0);
    for (let i: u32 = 0; i < vectors; i++) {
      counts = i32x4.sub(counts, i32x4.le_s(v128.load(from + (i << 4)), limit));
    }
    const half = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
    if (half + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3) >= <i32>rank) high = middle;
    else low = middle + 1;
  }
  return reinterpret<f32>(low);
}
