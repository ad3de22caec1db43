import { storeLanes } from './shared/vector';

@unmanaged
class Plane {
  x: usize;
  y: usize;
  channels: u32;
  pixels: u32;
  chunk: u32;
  chunks: u32;
  absolute: u32;
}

/** Σ over channels, then max(h, 0) or |h|. item = [sample][chunk]. */
export function sumPlane(item: u32, args: usize): void {
  const a = changetype<Plane>(args);
  const sample = item / a.chunks;
  const first = (item % a.chunks) * a.chunk;
  const end = min(a.pixels, first + a.chunk);
  const x = a.x + ((<usize>sample * a.channels * a.pixels) << 2);
  const y = a.y + ((<usize>sample * a.pixels) << 2);
  for (let i = first; i < end; i += 4) {
    let sum = v128.load(x + (i << 2));
    for (let c: u32 = 1; c < a.channels; c++) sum = f32x4.add(sum, v128.load(x + ((c * a.pixels + i) << 2)));
    storeLanes(y + (i << 2), a.absolute ? f32x4.abs(sum) : f32x4.max(sum, f32x4.splat(0)), end - i);
  }
}
