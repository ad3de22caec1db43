// The second pass of a split sum: out[i] = finish(Σ_s partial[s, i]), in fixed order, so that two runs give the same
// bits. partial [SPLITS, N, channels, PLANE]; one element per invocation.
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override SPLITS: u32;
override CHANNELS: u32;
// @include epilogue
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
  var sum = 0.0;
  for (var split = 0u; split < SPLITS; split++) {
    sum += partial[split * COUNT + i];
  }
  let row = i / PLANE;
  output[i] = finish(sum, row / CHANNELS, row % CHANNELS, i - row * PLANE);
}
