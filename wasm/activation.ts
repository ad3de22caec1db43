@unmanaged
class Activation {
  x: usize;
  y: usize;
  count: u32;
  /** Elements of a part, a multiple of 4. */
  chunk: u32;
  kind: u32;
  /** Clip's bounds, or leaky ReLU's slope (low). */
  low: f32;
  high: f32;
}

/**
 * kind 0: min(max(x, low), high); 1: x, or low·x where x < 0; 2: the sigmoid. Blocks of memory are padded to 64 bytes, so
 * that the last vector of a part may run over the end of the numbers.
 */
export function activation(part: u32, args: usize): void {
  const a = changetype<Activation>(args);
  const first = part * a.chunk;
  const end = min(a.count, first + a.chunk);
  const low = f32x4.splat(a.low);
  const high = f32x4.splat(a.high);
  const zero = f32x4.splat(0);
  for (let i = first; i < end; i += 4) {
    const x = a.x + (i << 2);
    const y = a.y + (i << 2);
    if (a.kind == 0) {
      v128.store(y, f32x4.min(f32x4.max(v128.load(x), low), high));
    } else if (a.kind == 1) {
      const value = v128.load(x);
      v128.store(y, v128.bitselect(f32x4.mul(value, low), value, f32x4.lt(value, zero)));
    } else {
      for (let lane = 0; lane < 16; lane += 4) {
        store<f32>(y + lane, <f32>1 / (<f32>1 + NativeMathf.exp(-load<f32>(x + lane))));
      }
    }
  }
}
