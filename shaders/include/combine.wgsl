// (sum, minimum, maximum, sum) over a workgroup of 256: sixteen by sixteen, which takes few barriers, in fixed order.
var<workgroup> shared_results: array<vec4f, 256>;

fn combine(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(a.x + b.x, min(a.y, b.y), max(a.z, b.z), a.w + b.w);
}

fn combined(own: vec4f, local: u32) -> vec4f {
  workgroupBarrier(); // an earlier result may still be read
  shared_results[local] = own;
  workgroupBarrier();
  if (local < 16u) {
    var sixteen = own;
    for (var i = local + 16u; i < 256u; i += 16u) {
      sixteen = combine(sixteen, shared_results[i]);
    }
    shared_results[local] = sixteen;
  }
  workgroupBarrier();
  var result = shared_results[0];
  for (var i = 1u; i < 16u; i++) {
    result = combine(result, shared_results[i]);
  }
  return result;
}
