// Dense layer of a large batch as a tiled matrix product, in either direction:
//   partial[s, n, p·OUT_TOTAL + OUT_FIRST + m] = Σ_q Σ_k map_pq(w[m, k])·x[n, q·X_TOTAL + X_FIRST + k]
// over the steps k of split s; `sum-splits.wgsl` adds the splits. w[m, k] lies at m·WIDTH_STRIDE + k·DEPTH_STRIDE: the
// layer's rows or its columns, of one slab of the weights. Entry [p][q] of `maps` makes the weights from part q of x to
// part p of the result (kernels/shared/maps.ts). x [BATCH, X_PARTS·X_TOTAL]; partial [all splits, BATCH, PARTS·OUT_TOTAL].
// Workgroup: TILE_M results × TILE_N samples, each invocation 4·REG_M4 × 4·REG_N4 of them; both operands pass through
// workgroup memory: (TILE_M + TILE_N + 8) · TILE_K · 4 bytes. A vector holds results TILE_M / 4 apart, so that
// neighbours load neighbouring weights whichever way the sums run. Grid: tiles of results, for each part; tiles of
// samples; splits.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// Results and steps of the sum that this slab of the weights has, and their distance in it.
override WIDTH: u32;
override DEPTH: u32;
override WIDTH_STRIDE: u32;
override DEPTH_STRIDE: u32;
override X_TOTAL: u32;
override X_FIRST: u32;
override OUT_TOTAL: u32;
override OUT_FIRST: u32;
override BATCH: u32;
override PARTS: u32;
override X_PARTS: u32;
override FIRST_SPLIT: u32;
override SPLITS: u32;
override PLAIN: bool;
override TRANSPOSED: bool;
// @include tile-product
// @include dense

// One vector more, so that a column of the tile does not lie in one bank of the memory.
const A_PITCH = A4 + 1u;
const B_PITCH = B4 + 1u;
const M_TILES = (WIDTH + TILE_M - 1u) / TILE_M;
const BLOCKS = (DEPTH + TILE_K - 1u) / TILE_K;

var<workgroup> tile_a: array<vec4f, TILE_K * A_PITCH>;
var<workgroup> tile_b: array<vec4f, TILE_K * B_PITCH>;

fn weight_at(m: u32, k: u32, part: u32, in_part: u32) -> f32 {
  if (m < WIDTH && k < DEPTH) {
    return map_weight(weights[m * WIDTH_STRIDE + k * DEPTH_STRIDE], part, in_part);
  }
  return 0.0;
}

fn x_at(n: u32, k: u32, in_part: u32) -> f32 {
  if (n < BATCH && k < DEPTH) {
    return x[(n * X_PARTS + in_part) * X_TOTAL + X_FIRST + k];
  }
  return 0.0;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let part = workgroup.x / M_TILES;
  let first_m = (workgroup.x - part * M_TILES) * TILE_M;
  let first_n = workgroup.y * TILE_N;
  let k_first = BLOCKS * workgroup.z / SPLITS * TILE_K;
  let k_end = BLOCKS * (workgroup.z + 1u) / SPLITS * TILE_K;
  let vectors = first_vectors(local);
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var in_part = 0u; in_part < X_PARTS; in_part++) {
    for (var first_k = k_first; first_k < k_end; first_k += TILE_K) {
      for (var i = local; i < TILE_K * A4; i += THREADS) {
        let k = select(i / A4, i % TILE_K, DEPTH_STRIDE == 1u);
        let m4 = select(i % A4, i / TILE_K, DEPTH_STRIDE == 1u);
        let m = first_m + m4;
        tile_a[k * A_PITCH + m4] = vec4f(
          weight_at(m, first_k + k, part, in_part),
          weight_at(m + A4, first_k + k, part, in_part),
          weight_at(m + 2u * A4, first_k + k, part, in_part),
          weight_at(m + 3u * A4, first_k + k, part, in_part),
        );
      }
      for (var i = local; i < TILE_K * B4; i += THREADS) {
        let k = i % TILE_K;
        let n4 = i / TILE_K;
        let n = first_n + 4u * n4;
        tile_b[k * B_PITCH + n4] = vec4f(
          x_at(n, first_k + k, in_part),
          x_at(n + 1u, first_k + k, in_part),
          x_at(n + 2u, first_k + k, in_part),
          x_at(n + 3u, first_k + k, in_part),
        );
      }
      workgroupBarrier();
      multiply_tiles(local, &sums);
      if ((first_k + TILE_K) % STRETCH == 0u || first_k + TILE_K >= k_end) {
        for (var i = 0u; i < REGISTERS; i++) { // @unroll
          totals[i] += sums[i];
          sums[i] = vec4f();
        }
      }
      workgroupBarrier();
    }
  }
  let first = (FIRST_SPLIT + workgroup.z) * (BATCH * PARTS * OUT_TOTAL) + part * OUT_TOTAL + OUT_FIRST;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    let m = first_m + vectors.x + i / (4u * REG_N4) + i / REG_N4 % 4u * A4;
    let n = first_n + 4u * (vectors.y + i % REG_N4 * ACROSS);
    for (var lane = 0u; lane < 4u; lane++) { // @unroll
      if (m < WIDTH && n + lane < BATCH) {
        output[first + (n + lane) * (PARTS * OUT_TOTAL) + m] = totals[i][lane];
      }
    }
  }
}
