// Convolution and transposed convolution with few output channels (a network's first layer backwards): each invocation
// makes all TILE_M = 4·REG_M4 channels of REG_N pixels, so nothing is shared and no workgroup memory is needed: all
// invocations read the same weights, and neighbours neighbouring pixels. `conv-product.wgsl` has formula and layout.
// @include conv-product

const THREADS = TILE_N / REG_N;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_pixel = flat_index(workgroup, groups, 0u, 1u) * TILE_N + local;
  if (first_pixel >= PIXELS) {
    return;
  }
  let share = share_of(workgroup.z);
  var places: array<vec3i, REG_N>;
  for (var j = 0u; j < REG_N; j++) { // @unroll
    places[j] = place_of(first_pixel + j * THREADS, share.group);
  }
  var sums: array<vec4f, REGISTERS>;
  var totals: array<vec4f, REGISTERS>;
  for (var stretch = share.k_first; stretch < share.k_end; stretch += STRETCH) {
    let end = min(stretch + STRETCH, share.k_end);
    for (var k = stretch; k < end; k++) {
      let tap = taps[k];
      var b: array<f32, REG_N>;
      for (var j = 0u; j < REG_N; j++) { // @unroll
        b[j] = fetch(places[j], tap);
      }
      for (var i = 0u; i < REG_M4; i++) { // @unroll
        let a = weights[share.weights + k * (M_TILES * A_COLUMNS) + i];
        for (var j = 0u; j < REG_N; j++) { // @unroll
          sums[i * REG_N + j] += a * b[j];
        }
      }
    }
    for (var i = 0u; i < REGISTERS; i++) { // @unroll
      totals[i] += sums[i];
      sums[i] = vec4f();
    }
  }
  // A copy for indices that are not constant, so that the sums themselves stay in registers.
  var results: array<vec4f, REGISTERS>;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    results[i] = totals[i];
  }
  for (var j = 0u; j < REG_N; j++) {
    write_pixel(share, first_pixel + j * THREADS, share.m_tile * TILE_M, &results, j);
  }
}
