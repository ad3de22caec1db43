// Squared distances of all patches to all, [n, n] of patches [n, length]: one invocation for one pair.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = id.x % PATCHES;
  let q = id.x / PATCHES;
  if (q >= PATCHES) {
    return;
  }
  var sum = 0.0;
  for (var l = 0u; l < LENGTH; l++) {
    let difference = patches[l * PATCHES + q] - patches[l * PATCHES + p];
    sum += difference * difference;
  }
  distances[q * PATCHES + p] = sum;
}
