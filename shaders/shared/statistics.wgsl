// First pass of the statistics of each row of x [rows, count]: workgroup (p, row) of a grid of P columns takes every
// P-th block of 256 elements and writes (Σ x, min x, max x, fourth), where fourth is Σ x² if SQUARES, else the number of
// values that are not finite. Second pass, where P > 1: `statistics-total.wgsl`. The order of all sums is fixed.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> count: u32;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;

override SQUARES: bool;
// @include combine

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = workgroup.y * count;
  // Every invocation starts from a value of the row, so that its minimum and maximum are always of the row.
  let start = input[first];
  var result = vec4f(0.0, start, start, 0.0);
  for (var i = workgroup.x * 256u + local; i < count; i += groups.x * 256u) {
    let value = input[first + i];
    let finite = (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
    result = combine(result, vec4f(value, value, value, select(select(1.0, 0.0, finite), value * value, SQUARES)));
  }
  result = combined(result, local);
  if (local == 0u) {
    output[workgroup.y * groups.x + workgroup.x] = result;
  }
}
