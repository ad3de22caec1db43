// Distances of a slab of query patches to all candidates, in tiles like a matrix product:
//   d[q, p] = √(Σ (q − p)² / LENGTH) / (1 + POSITION_WEIGHT·‖centre_q − centre_p‖)
// (Goferman et al. 2012, eqs. 1 and 2). queries [N, LENGTH, QUERY_COLUMNS], candidates [N, LENGTH, CANDIDATE_COLUMNS],
// both padded with zero columns to whole tiles; distances [rows of the slab, CANDIDATES]. Elements are subtracted before
// they are squared: ‖q‖² + ‖p‖² − 2·q·p takes one instruction less, but what patches that are nearly alike lose by it
// in float32 is all that remains of them.
// slab: (map, first query, queries). Workgroup: 64 queries × 64 candidates, each invocation 8 × 8 of them.
@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> candidates: array<f32>;
@group(0) @binding(2) var<storage, read> query_centres: array<vec2f>;
@group(0) @binding(3) var<storage, read> candidate_centres: array<vec2f>;
@group(0) @binding(4) var<storage, read> slab: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> distances: array<f32>;

override QUERY_COLUMNS: u32;
override CANDIDATES: u32;
override CANDIDATE_COLUMNS: u32;
override LENGTH: u32;
override TILE_K: u32;
override POSITION_WEIGHT: f32;

const TILE = 64u;
const ACROSS = 8u;

var<workgroup> tile_q: array<vec4f, TILE_K * TILE / 4u>;
var<workgroup> tile_p: array<f32, TILE_K * TILE>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let map = slab[0].x;
  let rows = slab[0].z;
  if (workgroup.y * TILE >= rows) {
    return;
  }
  let first_query = slab[0].y + workgroup.y * TILE;
  let first_candidate = workgroup.x * TILE;
  let across = local % ACROSS;
  let down = local / ACROSS * 2u;
  var sums: array<vec4f, 16>;
  for (var k = 0u; k < LENGTH; k += TILE_K) {
    for (var i = local; i < TILE_K * TILE / 4u; i += 64u) {
      let row = k + i / (TILE / 4u);
      var value = vec4f();
      if (row < LENGTH) {
        value = queries[((map * LENGTH + row) * QUERY_COLUMNS + first_query) / 4u + i % (TILE / 4u)];
      }
      tile_q[i] = value;
    }
    for (var row = 0u; row < TILE_K; row++) {
      var value = 0.0;
      if (k + row < LENGTH) {
        value = candidates[(map * LENGTH + k + row) * CANDIDATE_COLUMNS + first_candidate + local];
      }
      tile_p[row * TILE + local] = value;
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var p: array<f32, 8>;
      for (var j = 0u; j < 8u; j++) { // @unroll
        p[j] = tile_p[row * TILE + across + j * ACROSS];
      }
      for (var i = 0u; i < 2u; i++) { // @unroll
        let q = tile_q[row * (TILE / 4u) + down + i];
        for (var j = 0u; j < 8u; j++) { // @unroll
          let apart = q - p[j];
          sums[i * 8u + j] += apart * apart;
        }
      }
    }
    workgroupBarrier();
  }
  for (var j = 0u; j < 8u; j++) { // @unroll
    let candidate = first_candidate + across + j * ACROSS;
    if (candidate < CANDIDATES) {
      let centre = candidate_centres[candidate];
      for (var i = 0u; i < 2u; i++) { // @unroll
        for (var lane = 0u; lane < 4u; lane++) { // @unroll
          let row = workgroup.y * TILE + (down + i) * 4u + lane;
          if (row < rows) {
            let away = query_centres[slab[0].y + row] - centre;
            let farther = 1.0 + POSITION_WEIGHT * sqrt(dot(away, away));
            distances[row * CANDIDATES + candidate] = sqrt(sums[i * 8u + j][lane] / f32(LENGTH)) / farther;
          }
        }
      }
    }
  }
}
