// The mean candidate patch of each map: mean[n, e] = Σ_p candidates[n, p, e] / CANDIDATES. One workgroup per element.
@group(0) @binding(0) var<storage, read> candidates: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;

override CANDIDATES: u32;
override LENGTH: u32;
// @include combine

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var p = local; p < CANDIDATES; p += 256u) {
    sum += candidates[(workgroup.y * CANDIDATES + p) * LENGTH + workgroup.x];
  }
  sum = combined(vec4f(sum, 0.0, 0.0, 0.0), local).x;
  if (local == 0u) {
    mean[workgroup.y * LENGTH + workgroup.x] = sum / f32(CANDIDATES);
  }
}
