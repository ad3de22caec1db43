// A convolution or its transpose as a matrix product: what `conv.wgsl` and `conv-narrow.wgsl` share.
//
//   out[n, m, y, x] = finish( Σ_k w[k, m] · in[n, channel(k), gy·STRIDE + dy(k), gx·STRIDE + dx(k)] )
//
// One row k of the product is one tap of one input channel; the table `taps` says where it reads, so the same kernels
// serve both directions, every dilation and every padding. A strided transposed convolution falls into phases (Dumoulin
// and Visin 2016): outputs (gy·SCALE + origin) of one phase are a stride-1 convolution with a subset of the taps, a range
// of rows k. Or all SCALE_Y×SCALE_X PLACES at a point of the grid are made at once, as channels of their own: the input
// is read once, and taps that a place does not have are zeros. A forward convolution is one phase with SCALE 1.
//
// Layout: in [N, CHANNELS, H, W]; weights [group][k][m], m = [place][channel] padded to TILE_M, each phase's k padded to TILE_K by rows of
// zeros; out [N, GROUPS·ROWS, OUT_H, OUT_W], or with SPLITS > 1 one such tensor of partial sums for each split.
// Grid: x, y: tiles of pixels; z: tile of channels, then split, phase, group.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
// Per row: offset in `input` relative to the pixel, and dy·2¹⁶ + dx.
@group(0) @binding(2) var<storage, read> taps: array<vec2i>;
// Per phase: first row, end row, y and x of its first output (which may lie outside).
@group(0) @binding(3) var<storage, read> phases: array<vec4i>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

// Samples, channels of `input` and of one group of it, its height and width.
override BATCH: u32;
override CHANNELS: u32;
override GROUP_IN: u32;
override H: u32;
override W: u32;
// Output channels of one group, places made at once, output height and width.
override ROWS: u32;
override PLACES: u32;
override OUT_H: u32;
override OUT_W: u32;
// Points of the grid.
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
override REG_M4: u32; // channels of an invocation / 4
override REG_N: u32; // its pixels
override REGISTERS: u32; // REG_M4 · REG_N
// @include epilogue
// @include index

const M_TILES = (PLACES * ROWS + TILE_M - 1u) / TILE_M;
const PIXELS = BATCH * GRID_H * GRID_W;
const A_COLUMNS = TILE_M / 4u;
const OUT_CHANNELS = GROUPS * ROWS;
// Rounding errors grow with the length of a chain of additions: sums are made of so many rows, then added.
const STRETCH = 64u;

// What a workgroup does: its tile of channels, split, phase and group, and the split's rows, in whole tiles.
struct Share {
  m_tile: u32,
  split: u32,
  // First output y and x of the phase.
  origin: vec2i,
  group: u32,
  k_first: u32,
  k_end: u32,
  // The first vector of its weights in row 0.
  weights: u32,
}

fn share_of(z: u32) -> Share {
  let m_tile = z % M_TILES;
  let split = z / M_TILES % SPLITS;
  let phase = phases[z / (M_TILES * SPLITS) % PHASES];
  let group = z / (M_TILES * SPLITS * PHASES);
  let blocks = u32(phase.y - phase.x) / TILE_K;
  let k_first = u32(phase.x) + blocks * split / SPLITS * TILE_K;
  let k_end = u32(phase.x) + blocks * (split + 1u) / SPLITS * TILE_K;
  let first = group * DEPTH * (M_TILES * A_COLUMNS) + m_tile * A_COLUMNS;
  return Share(m_tile, split, phase.zw, group, k_first, k_end, first);
}

// Where the taps of a pixel start: y, x and offset in `input`. Pixels past the last lie above the image, where all is 0.
fn place_of(pixel: u32, group: u32) -> vec3i {
  let sample = pixel / (GRID_H * GRID_W);
  let in_grid = pixel - sample * (GRID_H * GRID_W);
  let grid_y = in_grid / GRID_W;
  let y = select(-0x10000000, i32(grid_y * STRIDE_Y), pixel < PIXELS);
  let x = i32((in_grid - grid_y * GRID_W) * STRIDE_X);
  return vec3i(y, x, i32((sample * CHANNELS + group * GROUP_IN) * (H * W)) + y * i32(W) + x);
}

fn fetch(place: vec3i, tap: vec2i) -> f32 {
  let inside = u32(place.x + (tap.y >> 16u)) < H && u32(place.y + ((tap.y << 16u) >> 16u)) < W;
  if (inside) {
    return input[place.z + tap.x];
  }
  return 0.0;
}

// Finishes and writes the results of an invocation's pixel j: its rows from m_first on.
fn write_pixel(share: Share, pixel: u32, m_first: u32, results: ptr<function, array<vec4f, REGISTERS>>, j: u32) {
  if (pixel >= PIXELS) {
    return;
  }
  let sample = pixel / (GRID_H * GRID_W);
  let in_grid = pixel - sample * (GRID_H * GRID_W);
  let grid_y = in_grid / GRID_W;
  let first_y = i32(grid_y * SCALE_Y) + share.origin.x;
  let first_x = i32((in_grid - grid_y * GRID_W) * SCALE_X) + share.origin.y;
  for (var i = 0u; i < 4u * REG_M4 && m_first + i < PLACES * ROWS; i++) {
    let place = (m_first + i) / ROWS;
    let channel = share.group * ROWS + m_first + i - place * ROWS;
    let y = u32(first_y + i32(place / SCALE_X));
    let x = u32(first_x + i32(place % SCALE_X));
    if (y >= OUT_H || x >= OUT_W) {
      continue;
    }
    let at = (sample * OUT_CHANNELS + channel) * (OUT_H * OUT_W) + y * OUT_W + x;
    let sum = (*results)[i / 4u * REG_N + j][i % 4u];
    if (SPLITS > 1u) {
      output[share.split * (BATCH * OUT_CHANNELS * OUT_H * OUT_W) + at] = sum;
    } else {
      output[at] = finish(sum, sample, channel, y * OUT_W + x);
    }
  }
}
