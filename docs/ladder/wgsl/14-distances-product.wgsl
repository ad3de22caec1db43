// ‖q − p‖² = ‖q‖² + ‖p‖² − 2·q·p: a matrix product, in tiles as rung 9 has them. One operation a number fewer, and where
// patches are nearly alike nothing but rounding is left: see the column of errors.
const TILE = 64u;
const DEPTH = 7u;
var<workgroup> tile_q: array<f32, DEPTH * TILE>;
var<workgroup> tile_p: array<f32, DEPTH * TILE>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let across = local % 8;
  let down = local / 8;
  var products: array<array<f32, 8>, 8>;
  var norms_q: array<f32, 8>;
  var norms_p: array<f32, 8>;
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
        norms_p[p] += numbers[p] * numbers[p];
      }
      for (var q = 0u; q < 8; q++) {
        let number = tile_q[d * TILE + 8 * down + q];
        norms_q[q] += number * number;
        for (var p = 0u; p < 8; p++) {
          products[q][p] += number * numbers[p];
        }
      }
    }
    workgroupBarrier();
  }
  for (var q = 0u; q < 8; q++) {
    for (var p = 0u; p < 8; p++) {
      let at = (group.y * TILE + 8 * down + q) * PATCHES + group.x * TILE + across + 8 * p;
      distances[at] = norms_q[q] + norms_p[p] - 2 * products[q][p];
    }
  }
}
