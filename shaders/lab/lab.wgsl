// sRGB [N, 3, PIXELS] in [0,1] to CIE L*a*b* (D65, white .95047, 1, 1.08883); with TRUNCATE each value is first cut to
// 8 bits, ⌊255·v⌋/255. One pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override PIXELS: u32;
override TRUNCATE: bool;
// @include per-element

// The linear intensity of an sRGB value (IEC 61966-2-1).
fn linear(value: f32) -> f32 {
  var v = clamp(value, 0.0, 1.0);
  if (TRUNCATE) {
    v = floor(255.0 * v) / 255.0;
  }
  if (v <= 0.04045) {
    return v / 12.92;
  }
  return pow((v + 0.055) / 1.055, 2.4);
}

// CIE's cube root with a linear start; one step of Newton's method mends what pow rounds.
fn curve(t: f32) -> f32 {
  if (t <= 0.008856452) {
    return t / 0.12841855 + 0.13793103;
  }
  let root = pow(t, 0.33333333);
  return root - (root * root * root - t) / (3.0 * root * root);
}

fn element(i: u32) {
  let first = i / PIXELS * 3u * PIXELS + i % PIXELS;
  let r = linear(input[first]);
  let g = linear(input[first + PIXELS]);
  let b = linear(input[first + 2u * PIXELS]);
  let x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  let y = curve(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  let z = curve((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  output[first] = 116.0 * y - 16.0;
  output[first + PIXELS] = 500.0 * (x - y);
  output[first + 2u * PIXELS] = 200.0 * (y - z);
}
