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
override TILE_M: u32;
override TILE_N: u32;
override TILE_K: u32;
override REG_M4: u32;
override REG_N4: u32;
override REGISTERS: u32; // 4·REG_M4 · REG_N4
override THREADS: u32;

const A4 = TILE_M / 4u;
const B4 = TILE_N / 4u;
const ACROSS = B4 / REG_N4;
// Rounding errors grow with the length of a chain of additions: sums are made of so many channels, then added.
const STRETCH = 64u;

var<workgroup> tile_a: array<vec4f, TILE_K * A4>;
var<workgroup> tile_b: array<vec4f, TILE_K * B4>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_a = workgroup.z * (DEPTH * ROWS / 4u) + workgroup.y * A4;
  let first_b = workgroup.z * (DEPTH * COLUMNS / 4u) + workgroup.x * B4;
  let across = local % ACROSS;
  let down = local / ACROSS * REG_M4;
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var k = 0u; k < DEPTH; k += TILE_K) {
    for (var i = local; i < TILE_K * A4; i += THREADS) {
      let row = i / A4;
      tile_a[i] = weights[first_a + (k + row) * (ROWS / 4u) + i - row * A4];
    }
    for (var i = local; i < TILE_K * B4; i += THREADS) {
      let row = i / B4;
      tile_b[i] = input[first_b + (k + row) * (COLUMNS / 4u) + i - row * B4];
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var b: array<vec4f, REG_N4>;
      for (var j = 0u; j < REG_N4; j++) { // @unroll
        b[j] = tile_b[row * B4 + across + j * ACROSS];
      }
      for (var i = 0u; i < REG_M4; i++) { // @unroll
        let a = tile_a[row * A4 + down + i];
        for (var j = 0u; j < REG_N4; j++) { // @unroll
          sums[4u * i * REG_N4 + j] += a.x * b[j];
          sums[(4u * i + 1u) * REG_N4 + j] += a.y * b[j];
          sums[(4u * i + 2u) * REG_N4 + j] += a.z * b[j];
          sums[(4u * i + 3u) * REG_N4 + j] += a.w * b[j];
        }
      }
    }
    if ((k + TILE_K) % STRETCH == 0u || k + TILE_K >= DEPTH) {
      for (var i = 0u; i < REGISTERS; i++) { // @unroll
        totals[i] += sums[i];
        sums[i] = vec4f();
      }
    }
    workgroupBarrier();
  }
  let first = (workgroup.z * ROWS + workgroup.y * TILE_M + 4u * down) * (COLUMNS / 4u) + workgroup.x * B4 + across;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    output[first + i / REG_N4 * (COLUMNS / 4u) + i % REG_N4 * ACROSS] = totals[i];
  }
}
