// The stacked bias [P·Co] of a bias [Co] (kernels/maps.ts): each part through the first map of its row.
@group(0) @binding(0) var<storage, read> bias: array<f32>;
// Per part (a, b, c, d): b ↦ a·max(b,0) + b·min(b,0) + c·b² + d.
@group(0) @binding(1) var<storage, read> maps: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override PARTS: u32;
override GROUP_CHANNELS: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= COUNT) {
    return;
  }
  let group = i / (PARTS * GROUP_CHANNELS);
  let within = i % (PARTS * GROUP_CHANNELS);
  let part = within / GROUP_CHANNELS;
  let value = bias[group * GROUP_CHANNELS + within % GROUP_CHANNELS];
  let map = maps[part];
  output[i] = map.x * max(value, 0.0) + map.y * min(value, 0.0) + map.z * value * value + map.w;
}
