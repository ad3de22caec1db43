// Patches [N, PATCHES, LENGTH] less the mean candidate, one column a patch: centred [N, LENGTH, COLUMNS], the columns
// past the last patch zero; and ‖patch‖² after that, norms [N, COLUMNS]. Without the subtraction equal patches would seem
// apart by the square root of a rounding error. One patch per invocation.
@group(0) @binding(0) var<storage, read> patches: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> centred: array<f32>;
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;

override COUNT: u32;
override PATCHES: u32;
override LENGTH: u32;
override COLUMNS: u32;
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
  let sample = i / COLUMNS;
  let column = i % COLUMNS;
  var norm = 0.0;
  for (var e = 0u; e < LENGTH; e++) {
    var value = 0.0;
    if (column < PATCHES) {
      value = patches[(sample * PATCHES + column) * LENGTH + e] - mean[sample * LENGTH + e];
    }
    centred[(sample * LENGTH + e) * COLUMNS + column] = value;
    norm += value * value;
  }
  norms[i] = norm;
}
