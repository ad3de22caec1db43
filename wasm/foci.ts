import { storeLanes } from './shared/vector';

@unmanaged
class Foci {
  x: usize;
  y: usize;
  height: u32;
  width: u32;
  threshold: f32;
}

/** Distances to the nearest focus in the same column. item = [sample][four columns]. */
export function focusColumns(item: u32, args: usize): void {
  const a = changetype<Foci>(args);
  const groups = (a.width + 3) >> 2;
  const column = (item % groups) << 2;
  const start = ((<usize>(item / groups) * a.height * a.width + column) << 2);
  const x = a.x + start;
  const y = a.y + start;
  const count = a.width - column;
  const none = f32x4.splat(<f32>(a.height + a.width));
  const one = f32x4.splat(1);
  const threshold = f32x4.splat(a.threshold);
  const step = a.width << 2;
  let distance = none;
  for (let row: u32 = 0; row < a.height; row++) {
    const focus = f32x4.gt(v128.load(x + row * step), threshold);
    distance = v128.andnot(f32x4.min(f32x4.add(distance, one), none), focus);
    storeLanes(y + row * step, distance, count);
  }
  for (let row = a.height; row-- > 0; ) {
    distance = f32x4.min(v128.load(y + row * step), f32x4.add(distance, one));
    storeLanes(y + row * step, distance, count);
  }
}

/**
 * Euclidean distances to the nearest focus, 0 where there is none: from each pixel outwards to both sides, until no
 * column there can be nearer. item = [sample][row].
 */
export function focusDistance(item: u32, args: usize, scratch: usize): void {
  const a = changetype<Foci>(args);
  const x = a.x + ((<usize>item * a.width) << 2);
  const y = a.y + ((<usize>item * a.width) << 2);
  const none = <f32>((a.height + a.width) * (a.height + a.width));
  // Scratch: squares of the distances within the columns, with a row's width of nothing on either side.
  const squares = scratch + (a.width << 2);
  for (let other: u32 = 0; other < a.width; other++) {
    const g = load<f32>(x + (other << 2));
    store<f32>(scratch + (other << 2), none);
    store<f32>(squares + (other << 2), g * g);
    store<f32>(squares + ((a.width + other) << 2), none);
  }
  for (let i: u32 = 0; i < a.width; i += 4) {
    const own = squares + (i << 2);
    let least = v128.load(own);
    for (let away: u32 = 1; away < a.width; away++) {
      const squared = f32x4.splat(<f32>(away * away));
      if (!v128.any_true(f32x4.lt(squared, least))) break;
      const both = f32x4.min(v128.load(own + (away << 2)), v128.load(own - (away << 2)));
      least = f32x4.min(least, f32x4.add(squared, both));
    }
    const distance = v128.andnot(f32x4.sqrt(least), f32x4.ge(least, f32x4.splat(none)));
    storeLanes(y + (i << 2), distance, a.width - i);
  }
}

@unmanaged
class Attenuate {
  x: usize;
  distance: usize;
  y: usize;
  count: u32;
  chunk: u32;
}

/** x·(1 − distance). Blocks of memory are padded: the last vector may run over the end of the numbers. */
export function attenuate(item: u32, args: usize): void {
  const a = changetype<Attenuate>(args);
  const end = min(a.count, (item + 1) * a.chunk);
  for (let i = item * a.chunk; i < end; i += 4) {
    const kept = f32x4.sub(f32x4.splat(1), v128.load(a.distance + (i << 2)));
    v128.store(a.y + (i << 2), f32x4.mul(v128.load(a.x + (i << 2)), kept));
  }
}
