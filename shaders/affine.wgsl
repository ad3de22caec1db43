// y = x·scale[c] + shift[c] per channel of [N, CHANNELS, PLANE]. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override CHANNELS: u32;
override PLANE: u32;
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
  let channel = i / PLANE % CHANNELS;
  output[i] = input[i] * scale[channel] + shift[channel];
}
