// Σ over the parts of [N, PARTS·CHANNELS, PLANE], stacked within each group: [N, CHANNELS, PLANE]. One element of the
// output per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override PARTS: u32;
override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PLANE: u32;
// @include per-element

fn element(i: u32) {
  let sample = i / (CHANNELS * PLANE);
  let channel = i / PLANE % CHANNELS;
  let first = channel / GROUP_CHANNELS * PARTS * GROUP_CHANNELS + channel % GROUP_CHANNELS;
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) {
    sum += input[(sample * PARTS * CHANNELS + first + part * GROUP_CHANNELS) * PLANE + i % PLANE];
  }
  output[i] = sum;
}
