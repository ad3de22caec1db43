// Second pass of per-row reductions: combines PARTS ≤ 256 results (sum, minimum, maximum, sum) of each row into one.
// With SUMS_ONLY just the two sums are written, [rows, 2]; else all four, [rows, 4]. One workgroup per row.
@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override PARTS: u32;
override SUMS_ONLY: bool;
// @include combine

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = workgroup.y;
  var own = parts[row * PARTS + min(local, PARTS - 1u)];
  if (local >= PARTS) {
    own.x = 0.0;
    own.w = 0.0;
  }
  let total = combined(own, local);
  if (local == 0u) {
    if (SUMS_ONLY) {
      output[2u * row] = total.x;
      output[2u * row + 1u] = total.w;
    } else {
      output[4u * row] = total.x;
      output[4u * row + 1u] = total.y;
      output[4u * row + 2u] = total.z;
      output[4u * row + 3u] = total.w;
    }
  }
}
