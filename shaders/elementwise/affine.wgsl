// y = x·scale[c] + shift[c] per channel of [N, CHANNELS, PLANE]. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override CHANNELS: u32;
override PLANE: u32;
// @include per-element

fn element(i: u32) {
  let channel = i / PLANE % CHANNELS;
  output[i] = input[i] * scale[channel] + shift[channel];
}
