// (sum, minimum, maximum, sum) over a workgroup of 256, as a tree.
var<workgroup> shared_results: array<vec4f, 256>;

fn combine(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(a.x + b.x, min(a.y, b.y), max(a.z, b.z), a.w + b.w);
}

fn combined(own: vec4f, local: u32) -> vec4f {
  shared_results[local] = own;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      shared_results[local] = combine(shared_results[local], shared_results[local + half]);
    }
  }
  workgroupBarrier();
  return shared_results[0];
}
