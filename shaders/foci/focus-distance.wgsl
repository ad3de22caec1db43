// Second half: the Euclidean distance to the nearest focus, √(min over x' of (x−x')² + g(y,x')²), or 0 on a map without
// focus; g [N, H, W] of `focus-columns.wgsl`. One pixel per invocation; all squares are exact.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override H: u32;
override W: u32;
// @include per-element

fn element(i: u32) {
  const NONE = f32((H + W) * (H + W));
  let x = i % W;
  var least = NONE;
  // Outwards from the pixel itself, until no column can be nearer.
  for (var step = 0u; step < W && f32(step * step) < least; step++) {
    let left = input[i - min(step, x)];
    let right = input[i + min(step, W - 1u - x)];
    let across = f32(step * step);
    least = min(least, across + min(left * left, right * right));
  }
  output[i] = select(sqrt(least), 0.0, least == NONE);
}
