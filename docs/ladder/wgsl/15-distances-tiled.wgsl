// The same tiles, but elements are subtracted before they are squared, as shaders/patch-saliency/patch-distances.wgsl has
// it: one operation a number more than the product, and no digit lost.
const TILE = 64u;
const DEPTH = 7u;
var<workgroup> tile_q: array<f32, DEPTH * TILE>;
var<workgroup> tile_p: array<f32, DEPTH * TILE>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let across = local % 8;
  let down = local / 8;
  var sums: array<array<f32, 8>, 8>;
  for (var first = 0u; first < LENGTH; first += DEPTH) {
    for (var d = 0u; d < DEPTH; d++) {
      tile_q[d * TILE + local] = patches[(first + d) * PATCHES + group.y * TILE + local];
      tile_p[d * TILE + local] = patches[(first + d) * PATCHES + group.x * TILE + local];
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      var numbers: array<f32, 8>;
      for (var p = 0u; p < 8; p++) {
        numbers[p] = tile_p[d * TILE + across + 8 * p];
      }
      for (var q = 0u; q < 8; q++) {
        let number = tile_q[d * TILE + 8 * down + q];
        for (var p = 0u; p < 8; p++) {
          let difference = number - numbers[p];
          sums[q][p] += difference * difference;
        }
      }
    }
    workgroupBarrier();
  }
  for (var q = 0u; q < 8; q++) {
    for (var p = 0u; p < 8; p++) {
      let at = (group.y * TILE + 8 * down + q) * PATCHES + group.x * TILE + across + 8 * p;
      distances[at] = sums[q][p];
    }
  }
}
