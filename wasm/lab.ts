@unmanaged
class Lab {
  x: usize;
  y: usize;
  pixels: u32;
  chunk: u32;
  chunks: u32;
  truncate: u32;
}

/** sRGB to CIE L*a*b* (D65): src/kernels/lab. item = [sample][chunk]. */
export function lab(item: u32, args: usize): void {
  const a = changetype<Lab>(args);
  const plane = (<usize>a.pixels) << 2;
  const sample = <usize>(item / a.chunks) * 3 * plane;
  const first = (item % a.chunks) * a.chunk;
  const end = min(a.pixels, first + a.chunk);
  for (let i = first; i < end; i++) {
    const at = sample + (i << 2);
    const r = linear(load<f32>(a.x + at), a.truncate != 0);
    const g = linear(load<f32>(a.x + at + plane), a.truncate != 0);
    const b = linear(load<f32>(a.x + at + 2 * plane), a.truncate != 0);
    const x = curve((<f32>0.4124564 * r + <f32>0.3575761 * g + <f32>0.1804375 * b) / <f32>0.95047);
    const y = curve(<f32>0.2126729 * r + <f32>0.7151522 * g + <f32>0.072175 * b);
    const z = curve((<f32>0.0193339 * r + <f32>0.119192 * g + <f32>0.9503041 * b) / <f32>1.08883);
    store<f32>(a.y + at, 116 * y - 16);
    store<f32>(a.y + at + plane, 500 * (x - y));
    store<f32>(a.y + at + 2 * plane, 200 * (y - z));
  }
}

/** The linear intensity of an sRGB value; the step to 8 bits in float64, lest rounding take a value over it. */
function linear(value: f32, truncate: bool): f32 {
  const clamped = min(max(<f64>value, 0), 1);
  const v = <f32>(truncate ? Math.floor(255 * clamped) / 255 : clamped);
  return v <= <f32>0.04045 ? v / <f32>12.92 : NativeMathf.pow((v + <f32>0.055) / <f32>1.055, <f32>2.4);
}

/** CIE's cube root with a linear start. */
function curve(t: f32): f32 {
  return t > <f32>0.008856451679035631 ? NativeMathf.cbrt(t) : t * <f32>7.787037037037035 + <f32>0.13793103448275862;
}
