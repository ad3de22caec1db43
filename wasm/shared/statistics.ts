/**
 * Sums over whole samples, in float64: each item gives a partial result of a chunk, in a fixed order, and a second task
 * joins them.
 */

/** Lanes 0 and 1, and 2 and 3, of a vector added to two float64 sums. */
@inline
export function widen(sum: v128, v: v128): v128 {
  const upper = v128.shuffle<f32>(v, v, 2, 3, 2, 3);
  return f64x2.add(f64x2.add(sum, f64x2.promote_low_f32x4(v)), f64x2.promote_low_f32x4(upper));
}

@inline
export function total(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

@unmanaged
class Statistics {
  x: usize;
  /** {sum f64, minimum, maximum, count of values not finite} for [samples][chunks]. */
  partial: usize;
  /** [samples][4]. */
  y: usize;
  count: u32;
  chunk: u32;
  chunks: u32;
}

/** item = [sample][chunk]. */
export function statistics(item: u32, args: usize): void {
  const a = changetype<Statistics>(args);
  const first = (item % a.chunks) * a.chunk;
  const end = min(a.count, first + a.chunk);
  const x = a.x + ((<usize>(item / a.chunks) * a.count) << 2);
  const zero = f32x4.splat(0);
  let sums = f64x2.splat(0);
  let least = v128.load_splat<f32>(x + (first << 2));
  let most = least;
  let bad = i32x4.splat(0);
  let i = first;
  for (; i + 4 <= end; i += 4) {
    const v = v128.load(x + (i << 2));
    sums = widen(sums, v);
    least = f32x4.pmin(least, v);
    most = f32x4.pmax(most, v);
    // v − v is 0 for finite values alone; the comparison's lanes are 0 or −1.
    bad = i32x4.sub(bad, f32x4.ne(f32x4.sub(v, v), zero));
  }
  let sum = total(sums);
  let minimum = min(
    min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
    min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
  );
  let maximum = max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  let count = i32x4.extract_lane(bad, 0) + i32x4.extract_lane(bad, 1);
  count += i32x4.extract_lane(bad, 2) + i32x4.extract_lane(bad, 3);
  for (; i < end; i++) {
    const v = load<f32>(x + (i << 2));
    sum += <f64>v;
    minimum = min(minimum, v);
    maximum = max(maximum, v);
    if (!isFinite(v)) count++;
  }
  const to = a.partial + <usize>item * 24;
  store<f64>(to, sum);
  store<f32>(to, minimum, 8);
  store<f32>(to, maximum, 12);
  store<u32>(to, count, 16);
}

/** item = sample. */
export function joinStatistics(item: u32, args: usize): void {
  const a = changetype<Statistics>(args);
  const from = a.partial + <usize>item * a.chunks * 24;
  let sum: f64 = 0;
  let minimum = load<f32>(from, 8);
  let maximum = load<f32>(from, 12);
  let count: u32 = 0;
  for (let chunk: u32 = 0; chunk < a.chunks; chunk++) {
    const at = from + chunk * 24;
    sum += load<f64>(at);
    minimum = min(minimum, load<f32>(at, 8));
    maximum = max(maximum, load<f32>(at, 12));
    count += load<u32>(at, 16);
  }
  const to = a.y + (item << 4);
  store<f32>(to, <f32>sum);
  store<f32>(to, minimum, 4);
  store<f32>(to, maximum, 8);
  store<f32>(to, <f32>count, 12);
}
