// The sum over channels of a relevance map [N, CHANNELS, PIXELS], then max(h, 0), or |h| where ABSOLUTE: [N, PIXELS].
// One pixel per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override PIXELS: u32;
override ABSOLUTE: bool;
// @include per-element

fn element(i: u32) {
  let first = i / PIXELS * CHANNELS * PIXELS + i % PIXELS;
  var sum = 0.0;
  for (var c = 0u; c < CHANNELS; c++) {
    sum += input[first + c * PIXELS];
  }
  output[i] = select(max(sum, 0.0), abs(sum), ABSOLUTE);
}
