// Immediate context (Goferman et al. 2012, eq. 5): S·(1 − d). One element per invocation.
@group(0) @binding(0) var<storage, read> saliency: array<f32>;
@group(0) @binding(1) var<storage, read> distance: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override COUNT: u32;
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
  output[i] = saliency[i] * (1.0 - distance[i]);
}
