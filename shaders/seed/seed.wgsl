// Where relevance starts, per row of logits [N, CLASSES]: weight·logit (INIT 0), the weight itself (1), or the weighted
// logit with its negative spread over the other classes (2) or at the likeliest of them (3). The weights are given, or 1
// at the class with RANK others before it in the order of the logits, the first of equals first. One workgroup per row.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override CLASSES: u32;
override GIVEN: bool;
override INIT: u32;
override RANK: u32;
// @include combine

const NONE = 0xffffffffu;
const LEAST = -3.4028234e38;

var<workgroup> firsts: array<u32, 256>;

// The class after this one in the order of the logits, among those without weight where `others`; after NONE the first.
fn next(first: u32, before: u32, others: bool, local: u32) -> u32 {
  var bound = 0.0;
  if (before != NONE) {
    bound = logits[first + before];
  }
  var largest = LEAST;
  for (var k = local; k < CLASSES; k += 256u) {
    if (follows(first, k, before, bound, others)) {
      largest = max(largest, logits[first + k]);
    }
  }
  let greatest = combined(vec4f(0.0, 0.0, largest, 0.0), local).z;
  var found = NONE;
  for (var k = local; k < CLASSES; k += 256u) {
    if (logits[first + k] == greatest && follows(first, k, before, bound, others)) {
      found = min(found, k);
    }
  }
  workgroupBarrier();
  firsts[local] = found;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      firsts[local] = min(firsts[local], firsts[local + half]);
    }
  }
  return workgroupUniformLoad(&firsts[0]);
}

fn follows(first: u32, k: u32, before: u32, bound: f32, others: bool) -> bool {
  if (others && GIVEN) {
    return weights[first + k] == 0.0;
  }
  let logit = logits[first + k];
  return before == NONE || logit < bound || (logit == bound && k > before);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.y * CLASSES;
  var winner = NONE;
  if (!GIVEN) {
    for (var rank = 0u; rank <= RANK; rank++) {
      winner = next(first, winner, false, local);
    }
  }
  var runner_up = NONE;
  if (INIT == 3u) {
    runner_up = next(first, NONE, true, local);
    if (runner_up == winner) {
      runner_up = next(first, winner, false, local);
    }
  }
  var start = 0.0;
  if (GIVEN) {
    for (var k = local; k < CLASSES; k += 256u) {
      start += weights[first + k] * logits[first + k];
    }
    start = combined(vec4f(start, 0.0, 0.0, 0.0), local).x;
  } else {
    start = logits[first + winner];
  }
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
    if (k == runner_up) {
      result = -start;
    }
    output[first + k] = result;
  }
}
