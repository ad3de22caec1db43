@unmanaged
class Activation {
  x: usize;
  y: usize;
  count: u32;
  chunk: u32;
  low: f32;
  high: f32;
  slope: f32;
}

/** y = min(max(x, low), high), or slope·x where x < low. */
export function activation(part: u32, args: usize): void {
  const a = changetype<Activation>(args);
  const first = part * a.chunk;
  const end = min(a.count, first + a.chunk);
  for (let i = first; i < end; i++) {
    const x = load<f32>(a.x + (i << 2));
    store<f32>(a.y + (i << 2), min(max(x, a.low), a.high));
  }
}
