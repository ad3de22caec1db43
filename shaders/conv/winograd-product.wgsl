// The matrix products between Winograd's transforms, one for each position of a tile and group:
//   out[position][row][tile] = Σ_channel weights[position][channel][row] · input[position][channel][tile]
// Layout: as just written, [group·position] outermost; channels padded to TILE_K, rows to TILE_M, tiles to TILE_N.
// Workgroup: TILE_M rows × TILE_N tiles, each invocation 4·REG_M4 × 4·REG_N4 of them; both operands pass through
// workgroup memory: (TILE_M + TILE_N) · TILE_K · 4 bytes. Grid: tiles of columns, of rows, group·position.
@group(0) @binding(0) var<storage, read> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> input: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;

override DEPTH: u32;
// Padded rows and tiles.
override ROWS: u32;
override COLUMNS: u32;
// @include tile-product

const A_PITCH = A4;
const B_PITCH = B4;

var<workgroup> tile_a: array<vec4f, TILE_K * A_PITCH>;
var<workgroup> tile_b: array<vec4f, TILE_K * B_PITCH>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_a = workgroup.z * (DEPTH * ROWS / 4u) + workgroup.y * A4;
  let first_b = workgroup.z * (DEPTH * COLUMNS / 4u) + workgroup.x * B4;
  let vectors = first_vectors(local);
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var k = 0u; k < DEPTH; k += TILE_K) {
    for (var load = 0u; load < TILE_K * A4 / THREADS; load++) {
      let i = local + load * THREADS;
      tile_a[i] = weights[first_a + (k + i / A4) * (ROWS / 4u) + i % A4];
    }
    for (var load = 0u; load < TILE_K * B4 / THREADS; load++) {
      let i = local + load * THREADS;
      tile_b[i] = input[first_b + (k + i / B4) * (COLUMNS / 4u) + i % B4];
    }
    workgroupBarrier();
    multiply_tiles(local, &sums);
    if ((k + TILE_K) % STRETCH == 0u || k + TILE_K >= DEPTH) {
      for (var i = 0u; i < REGISTERS; i++) { // @unroll
        totals[i] += sums[i];
        sums[i] = vec4f();
      }
    }
    workgroupBarrier();
  }
  let first = (workgroup.z * ROWS + workgroup.y * TILE_M + 4u * vectors.x) * (COLUMNS / 4u) + workgroup.x * B4 + vectors.y;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    output[first + i / REG_N4 * (COLUMNS / 4u) + i % REG_N4 * ACROSS] = totals[i];
  }
}
