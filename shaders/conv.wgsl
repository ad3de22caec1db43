// Convolution and transposed convolution as one matrix product (implicit GEMM).
//
//   out[n, m, y, x] = finish( Σ_k w[k, m] · in[n, channel(k), gy·STRIDE + dy(k), gx·STRIDE + dx(k)] )
//
// One row k of the product is one tap of one input channel; the table `taps` says where it reads, so the same kernel
// serves both directions, every dilation and every padding. A strided transposed convolution falls into phases (Dumoulin
// and Visin 2016): outputs (gy·SCALE + origin) of one phase are a stride-1 convolution with a subset of the taps, a range
// of rows k. A forward convolution is one phase with SCALE 1.
//
// Layout: in [N, CHANNELS, H, W]; weights [group][k][m], m padded to TILE_M, each phase's k padded to TILE_K by rows of
// zeros; out [N, GROUPS·ROWS, OUT_H, OUT_W], or with SPLITS > 1 one such tensor of partial sums for each split.
// Workgroup: TILE_M channels × TILE_N pixels, each invocation REG_M × REG_N of them. Both tiles pass through workgroup
// memory: (TILE_M + TILE_N) · TILE_K · 4 bytes. Invocations next to each other read neighbouring pixels.
// Grid: x, y: pixel tiles; z: channel tile, then split, phase, group.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
// Per row: offset in `input` relative to the pixel, and dy·2¹⁶ + dx.
@group(0) @binding(2) var<storage, read> taps: array<vec2i>;
// Per phase: first row, end row, y and x of its first output.
@group(0) @binding(3) var<storage, read> phases: array<vec4u>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

// Samples, channels of `input` and of one group of it, its height and width.
override BATCH: u32;
override CHANNELS: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
// Output channels of one group, output height and width.
override ROWS: u32;
override OUT_H: u32;
override OUT_W: u32;
// Outputs of one phase.
override GRID_H: u32;
override GRID_W: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override SCALE_Y: u32;
override SCALE_X: u32;
override PHASES: u32;
override SPLITS: u32;
// Rows k of all phases.
override DEPTH: u32;
override TILE_M: u32;
override TILE_N: u32;
override TILE_K: u32;
override REG_M4: u32; // REG_M / 4
override REG_N: u32;
override REGISTERS: u32; // vectors of an invocation, REG_M4 · REG_N
override THREADS: u32;
// @include epilogue
// @include index

const M_TILES = (ROWS + TILE_M - 1u) / TILE_M;
const PIXELS = BATCH * GRID_H * GRID_W;
const A_COLUMNS = TILE_M / 4u;
const ACROSS = TILE_N / REG_N;
const OUT_CHANNELS = GROUPS * ROWS;
const STRETCH = 4u; // tiles along k
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
  let m_tile = workgroup.z % M_TILES;
  let split = workgroup.z / M_TILES % SPLITS;
  let phase = phases[workgroup.z / (M_TILES * SPLITS) % PHASES];
  let group = workgroup.z / (M_TILES * SPLITS * PHASES);
  // This split's share of the phase's rows, in whole tiles.
  let blocks = (phase.y - phase.x) / TILE_K;
  let k_first = phase.x + blocks * split / SPLITS * TILE_K;
  let k_end = phase.x + blocks * (split + 1u) / SPLITS * TILE_K;

  // The pixel whose column of the product this invocation loads.
  let column = local % TILE_N;
  let pixel = first_pixel + column;
  let sample = pixel / (GRID_H * GRID_W);
  let in_grid = pixel - sample * (GRID_H * GRID_W);
  let grid_y = in_grid / GRID_W;
  // Pixels past the last read above the image, where everything is 0.
  let y = select(-0x10000000, i32(grid_y * STRIDE_Y), pixel < PIXELS);
  let x = i32((in_grid - grid_y * GRID_W) * STRIDE_X);
  let base = i32((sample * CHANNELS + group * GROUP_IN) * (H * W)) + y * i32(W) + x;

  let across = local % ACROSS;
  let down = local / ACROSS * REG_M4;
  // Sums of a stretch of rows, then their sums: rounding errors grow with the length of a chain of additions.
  var sums: array<vec4f, REGISTERS>;
  let weights_first = group * DEPTH * (M_TILES * A_COLUMNS) + m_tile * A_COLUMNS;

  var totals: array<vec4f, REGISTERS>;
  for (var k = k_first; k < k_end; k += TILE_K) {
    for (var i = local; i < TILE_K * A_COLUMNS; i += THREADS) {
      let row = i / A_COLUMNS;
      tile_a[i] = weights[weights_first + (k + row) * (M_TILES * A_COLUMNS) + i - row * A_COLUMNS];
    }
    for (var row = local / TILE_N; row < TILE_K; row += LOAD_ROWS) {
      let tap = taps[k + row];
      let inside = u32(y + (tap.y >> 16u)) < H && u32(x + ((tap.y << 16u) >> 16u)) < W;
      var value = 0.0;
      if (inside) {
        value = input[base + tap.x];
      }
      tile_b[row * TILE_N + column] = value;
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
    if ((k / TILE_K) % STRETCH == STRETCH - 1u || k + TILE_K >= k_end) {
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
    let pixel = first_pixel + across + j * ACROSS;
    let sample = pixel / (GRID_H * GRID_W);
    let in_grid = pixel - sample * (GRID_H * GRID_W);
    let grid_y = in_grid / GRID_W;
    let y = grid_y * SCALE_Y + phase.z;
    let x = (in_grid - grid_y * GRID_W) * SCALE_X + phase.w;
    if (pixel >= PIXELS || y >= OUT_H || x >= OUT_W) {
      continue;
    }
    for (var i = 0u; i < 4u * REG_M4; i++) {
      let m = m_tile * TILE_M + down * 4u + i;
      if (m >= ROWS) {
        break;
      }
      let channel = group * ROWS + m;
      let at = (sample * OUT_CHANNELS + channel) * (OUT_H * OUT_W) + y * OUT_W + x;
      let sum = results[i / 4u * REG_N + j][i % 4u];
      if (SPLITS > 1u) {
        output[split * (BATCH * OUT_CHANNELS * OUT_H * OUT_W) + at] = sum;
      } else {
        output[at] = finish(sum, sample, channel, y * OUT_W + x);
      }
    }
  }
}
