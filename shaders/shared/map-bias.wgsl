// The stacked bias [P·Co] of a bias [Co] (kernels/shared/maps.ts): each part through the first map of its row.
@group(0) @binding(0) var<storage, read> bias: array<f32>;
// Per part: the coefficients of `weight-map.wgsl`.
@group(0) @binding(1) var<storage, read> maps: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override PARTS: u32;
override GROUP_CHANNELS: u32;
// @include weight-map
// @include per-element

fn element(i: u32) {
  let group = i / (PARTS * GROUP_CHANNELS);
  let within = i % (PARTS * GROUP_CHANNELS);
  let part = within / GROUP_CHANNELS;
  let value = bias[group * GROUP_CHANNELS + within % GROUP_CHANNELS];
  output[i] = apply_map(maps[part], value);
}
