// Where relevance starts, per row of logits [N, CLASSES]: weight·logit (INIT 0), the weight itself (1), or the weighted
// logit with its negative spread over the other classes (2). The weights are given, or 1 at the largest logit, the first
// of equals. One workgroup per row.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override CLASSES: u32;
override GIVEN: bool;
override INIT: u32;
// @include combine

var<workgroup> firsts: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.y * CLASSES;
  var largest = logits[first];
  var start = 0.0;
  for (var k = local; k < CLASSES; k += 256u) {
    largest = max(largest, logits[first + k]);
    if (GIVEN) {
      start += weights[first + k] * logits[first + k];
    }
  }
  let total = combined(vec4f(start, 0.0, largest, 0.0), local);
  var winner = CLASSES;
  for (var k = local; k < CLASSES; k += 256u) {
    if (logits[first + k] == total.z) {
      winner = min(winner, k);
    }
  }
  firsts[local] = winner;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      firsts[local] = min(firsts[local], firsts[local + half]);
    }
  }
  workgroupBarrier();
  winner = firsts[0];
  start = select(total.z, total.x, GIVEN);
  for (var k = local; k < CLASSES; k += 256u) {
    var weight = select(0.0, 1.0, k == winner);
    if (GIVEN) {
      weight = weights[first + k];
    }
    var result = weight;
    if (INIT != 1u) {
      result = weight * logits[first + k];
    }
    if (INIT == 2u && weight == 0.0) {
      result = -start / f32(CLASSES - 1u);
    }
    output[first + k] = result;
  }
}
