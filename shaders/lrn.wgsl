// Local response normalisation across channels of [N, CHANNELS, PLANE] (Krizhevsky et al. 2012):
// y_j = x_j (BIAS + ALPHA·Σ x²)^−BETA over the channels j − BEFORE … j + AFTER. One element per invocation.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override COUNT: u32;
// @include lrn-window
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
  output[i] = input[i] * pow(normalizer(i, channel), -BETA);
}
