// Convolution and transposed convolution as a tiled matrix product (implicit GEMM); `conv-product.wgsl` has formula and
// layout. Workgroup: TILE_M channels × TILE_N pixels, each invocation 4·REG_M4 × REG_N of them. Both tiles pass through
// workgroup memory: (TILE_M + TILE_N) · TILE_K · 4 bytes. Invocations next to each other read neighbouring pixels.
override THREADS: u32;
// @include conv-product

const ACROSS = TILE_N / REG_N;
const LOAD_ROWS = THREADS / TILE_N; // TILE_N invocations load one row of the tile

var<workgroup> tile_a: array<vec4f, TILE_K * A_COLUMNS>;
var<workgroup> tile_b: array<f32, TILE_K * TILE_N>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_pixel = flat_index(workgroup, groups, 0u, 1u) * TILE_N;
  if (first_pixel >= PIXELS) {
    return;
  }
  let share = share_of(workgroup.z);
  // The pixel whose column of the product this invocation loads.
  let column = local % TILE_N;
  let place = place_of(first_pixel + column, share.group);
  let across = local % ACROSS;
  let down = local / ACROSS * REG_M4;
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var k = share.k_first; k < share.k_end; k += TILE_K) {
    for (var i = local; i < TILE_K * A_COLUMNS; i += THREADS) {
      let row = i / A_COLUMNS;
      tile_a[i] = weights[share.weights + (k + row) * (M_TILES * A_COLUMNS) + i - row * A_COLUMNS];
    }
    for (var row = local / TILE_N; row < TILE_K; row += LOAD_ROWS) {
      tile_b[row * TILE_N + column] = fetch(place, taps[k + row]);
    }
    workgroupBarrier();
    for (var row = 0u; row < TILE_K; row++) {
      var b: array<f32, REG_N>;
      for (var j = 0u; j < REG_N; j++) { // @unroll
        b[j] = tile_b[row * TILE_N + across + j * ACROSS];
      }
      for (var i = 0u; i < REG_M4; i++) { // @unroll
        let a = tile_a[row * A_COLUMNS + down + i];
        for (var j = 0u; j < REG_N; j++) { // @unroll
          sums[i * REG_N + j] += a * b[j];
        }
      }
    }
    if ((k + TILE_K) % STRETCH == 0u || k + TILE_K >= share.k_end) {
      for (var i = 0u; i < REGISTERS; i++) { // @unroll
        totals[i] += sums[i];
        sums[i] = vec4f();
      }
    }
    workgroupBarrier();
  }
  // A copy for indices that are not constant, so that the sums themselves stay in registers.
  var results: array<vec4f, REGISTERS>;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    results[i] = totals[i];
  }
  for (var j = 0u; j < REG_N; j++) {
    write_pixel(share, first_pixel + across + j * ACROSS, share.m_tile * TILE_M + down * 4u, &results, j);
  }
}
