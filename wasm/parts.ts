import { storeLanes } from './shared/vector';

@unmanaged
class Parts {
  x: usize;
  y: usize;
  /** {factor of x, summand} for [groups][parts][channels], or 0: then parts are max(x,0) and min(x,0). */
  table: usize;
  groups: u32;
  parts: u32;
  /** Plain channels of a group. */
  channels: u32;
  positions: u32;
}

/** [N,C,...] to [N,Q·C,...]. item = plain channel of all samples and groups. */
export function expandParts(item: u32, args: usize): void {
  const a = changetype<Parts>(args);
  const size = <usize>a.positions << 2;
  const x = a.x + item * size;
  const group = item / a.channels;
  const channel = item % a.channels;
  for (let p: u32 = 0; p < a.parts; p++) {
    const y = a.y + (<usize>(group * a.parts + p) * a.channels + channel) * size;
    const entry = a.table + ((((group % a.groups) * a.parts + p) * a.channels + channel) << 3);
    for (let i: u32 = 0; i < a.positions; i += 4) {
      const value = v128.load(x + (i << 2));
      const zero = f32x4.splat(0);
      let made: v128;
      if (a.table) made = f32x4.add(f32x4.mul(value, v128.load_splat<f32>(entry)), v128.load_splat<f32>(entry, 4));
      else made = p == 0 ? f32x4.max(value, zero) : f32x4.min(value, zero);
      storeLanes(y + (i << 2), made, a.positions - i);
    }
  }
}

/** [N,Q·C,...] to [N,C,...], the sum over the parts. item = plain channel of all samples and groups. */
export function sumParts(item: u32, args: usize): void {
  const a = changetype<Parts>(args);
  const size = <usize>a.positions << 2;
  const stride = a.channels * size;
  const group = item / a.channels;
  const x = a.x + (<usize>group * a.parts * a.channels + (item % a.channels)) * size;
  const y = a.y + item * size;
  for (let i: u32 = 0; i < a.positions; i += 4) {
    let sum = v128.load(x + (i << 2));
    for (let p: u32 = 1; p < a.parts; p++) sum = f32x4.add(sum, v128.load(x + p * stride + (i << 2)));
    storeLanes(y + (i << 2), sum, a.positions - i);
  }
}
