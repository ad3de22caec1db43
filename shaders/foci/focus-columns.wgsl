// First half of an exact Euclidean distance transform (saliency/foci.ts): for each pixel of [N, H, W] the distance to the
// nearest pixel of its own column above THRESHOLD, or H + W where there is none: one scan down and one up. One column
// per invocation, COUNT = N·W.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override H: u32;
override W: u32;
override THRESHOLD: f32;
// @include per-element

fn element(i: u32) {
  const NONE = f32(H + W);
  let first = i / W * H * W + i % W;
  var distance = NONE;
  for (var y = 0u; y < H; y++) {
    distance = select(min(distance + 1.0, NONE), 0.0, input[first + y * W] > THRESHOLD);
    output[first + y * W] = distance;
  }
  for (var y = H; y > 0u; y--) {
    distance = min(output[first + (y - 1u) * W], distance + 1.0);
    output[first + (y - 1u) * W] = distance;
  }
}
