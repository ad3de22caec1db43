import { storeLanes } from './shared/vector';

@unmanaged
class Normalize {
  x: usize;
  /** {sum, minimum, maximum, not finite} of each row. */
  statistics: usize;
  y: usize;
  /** Elements of a row, and of an item. */
  count: u32;
  chunk: u32;
  chunks: u32;
  peak: u32;
  tolerance: f32;
}

/** Brings each row to [0,1]: (x − min)/(max − min), or |x|/max|x| by `peak`. item = [row][chunk]. */
export function normalize(item: u32, args: usize): void {
  const a = changetype<Normalize>(args);
  const row = item / a.chunks;
  const first = (item % a.chunks) * a.chunk;
  const end = min(a.count, first + a.chunk);
  const x = a.x + ((<usize>row * a.count) << 2);
  const y = a.y + ((<usize>row * a.count) << 2);
  const minimum = load<f32>(a.statistics + (row << 4), 4);
  const maximum = load<f32>(a.statistics + (row << 4), 8);
  const low: f32 = a.peak ? 0 : minimum;
  const span: f32 = a.peak ? max(abs(minimum), abs(maximum)) : maximum - minimum;
  for (let i = first; i < end; i += 4) {
    let value = v128.load(x + (i << 2));
    if (a.peak) value = f32x4.abs(value);
    value = f32x4.div(f32x4.sub(value, f32x4.splat(low)), f32x4.splat(span));
    storeLanes(y + (i << 2), span > a.tolerance ? value : f32x4.splat(0), end - i);
  }
}
