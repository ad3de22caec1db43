// Second pass of per-row reductions: combines `blocks` ≤ 256 results (sum, minimum, maximum, sum) of each row into one:
// [rows, 4], or [rows, 2] with SUMS_ONLY. One workgroup per row.
@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> blocks: u32;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// @include combine
// @include row-result

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = workgroup.y;
  var own = partial[row * blocks + min(local, blocks - 1u)];
  if (local >= blocks) {
    own.x = 0.0;
    own.w = 0.0;
  }
  let total = combined(own, local);
  if (local == 0u) {
    write_result(row, total);
  }
}
