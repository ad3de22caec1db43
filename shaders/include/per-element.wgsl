// One invocation for each of COUNT elements: what is to be done is the includer's function `element`.
override COUNT: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i < COUNT) {
    element(i);
  }
}
