import { madd, storeLanes } from './shared/vector';

@unmanaged
class Affine {
  x: usize;
  y: usize;
  /** [channels]. */
  scale: usize;
  shift: usize;
  channels: u32;
  /** Elements of a plane. */
  plane: u32;
  planes: u32;
  planesPerItem: u32;
  /** What results are clipped to. */
  low: f32;
  high: f32;
}

/** y = x·scale[c] + shift[c]: item = planes. */
export function affine(item: u32, args: usize): void {
  const a = changetype<Affine>(args);
  const low = f32x4.splat(a.low);
  const high = f32x4.splat(a.high);
  const end = min(a.planes, (item + 1) * a.planesPerItem);
  for (let plane = item * a.planesPerItem; plane < end; plane++) {
    const channel = <usize>(plane % a.channels) << 2;
    const scale = v128.load_splat<f32>(a.scale + channel);
    const shift = v128.load_splat<f32>(a.shift + channel);
    let at = (<usize>plane * a.plane) << 2;
    for (let left = <i32>a.plane; left > 0; left -= 4) {
      const y = madd(v128.load(a.x + at), scale, shift);
      storeLanes(a.y + at, f32x4.min(f32x4.max(y, low), high), left);
      at += 16;
    }
  }
}

@unmanaged
class Sum {
  x: usize;
  other: usize;
  y: usize;
  count: u32;
  /** Elements of an item, a multiple of 4. */
  chunk: u32;
  /** What results are clipped to. */
  low: f32;
  high: f32;
}

/** The sum of two tensors of one shape. Blocks of memory are padded to 64 bytes. */
export function sumOfTwo(item: u32, args: usize): void {
  const a = changetype<Sum>(args);
  const low = f32x4.splat(a.low);
  const high = f32x4.splat(a.high);
  const end = (<usize>min(a.count, (item + 1) * a.chunk)) << 2;
  for (let at = (<usize>item * a.chunk) << 2; at < end; at += 16) {
    const y = f32x4.add(v128.load(a.x + at), v128.load(a.other + at));
    v128.store(a.y + at, f32x4.min(f32x4.max(y, low), high));
  }
}
