@unmanaged
class Softmax {
  x: usize;
  y: usize;
  extent: u32;
  /** Elements from one of a row to the next. */
  stride: u32;
}

/** exp(x − max) / Σ exp(x − max). item = row. */
export function softmax(item: u32, args: usize): void {
  const a = changetype<Softmax>(args);
  const first = <usize>((item / a.stride) * a.stride * a.extent + (item % a.stride)) << 2;
  const step = <usize>a.stride << 2;
  const end = first + a.extent * step;
  let largest = load<f32>(a.x + first);
  for (let at = first; at < end; at += step) largest = max(largest, load<f32>(a.x + at));
  let sum: f64 = 0;
  for (let at = first; at < end; at += step) {
    const power = NativeMathf.exp(load<f32>(a.x + at) - largest);
    store<f32>(a.y + at, power);
    sum += <f64>power;
  }
  for (let at = first; at < end; at += step) store<f32>(a.y + at, <f32>(<f64>load<f32>(a.y + at) / sum));
}
