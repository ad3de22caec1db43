// Made from shaders/*.wgsl by shaders/embed.mjs; do not edit.
export const SHADERS = {
  'combine': `// (sum, minimum, maximum, sum) over a workgroup of 256, as a tree.
var<workgroup> shared_results: array<vec4f, 256>;

fn combine(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(a.x + b.x, min(a.y, b.y), max(a.z, b.z), a.w + b.w);
}

fn combined(own: vec4f, local: u32) -> vec4f {
  shared_results[local] = own;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      shared_results[local] = combine(shared_results[local], shared_results[local + half]);
    }
  }
  return shared_results[0];
}
`,
  'conv': `// Convolution and transposed convolution as one matrix product (implicit GEMM).
//
//   out[n, m, y, x] = finish( Σ_k w[k, m] · in[n, channel(k), gy·STRIDE + dy(k), gx·STRIDE + dx(k)] )
//
// One row k of the product is one tap of one input channel; the table \`taps\` says where it reads, so the same kernel
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
// Per row: offset in \`input\` relative to the pixel, and dy·2¹⁶ + dx.
@group(0) @binding(2) var<storage, read> taps: array<vec2i>;
// Per phase: first row, end row, y and x of its first output.
@group(0) @binding(3) var<storage, read> phases: array<vec4u>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> other: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;

// Samples, channels of \`input\` and of one group of it, its height and width.
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
const LOAD_ROWS = THREADS / TILE_N;

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
  var sums: array<vec4f, REG_M4 * REG_N>;
  let weights_first = group * DEPTH * (M_TILES * A_COLUMNS) + m_tile * A_COLUMNS;

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
    workgroupBarrier();
  }

  // A copy for indices that are not constant, so that the sums themselves stay in registers.
  var results: array<vec4f, REG_M4 * REG_N>;
  for (var i = 0u; i < REGISTERS; i++) { // @unroll
    results[i] = sums[i];
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
`,
  'epilogue': `// What is done to each result z of a layer before it is written: the bias is added, then nothing (0), max(z,0) (1),
// the quotient scale·R/stab(z) of LRP (2), or the product z·a (3). Shared by convolutions and dense layers.
// The includer binds \`bias\` [stacked channels] and \`other\`: R [N, channels, plane] or a, shaped like the result.
override EPILOGUE: u32;
override HAS_BIAS: bool;
// Parts of the output, plain channels per group, and groups: how stacked channels lie (kernels/maps.ts).
override PARTS: u32;
override GROUP_CHANNELS: u32;
override GROUPS: u32;
// Positions of one channel.
override PLANE: u32;
override SCALE_0: f32;
override SCALE_1: f32;
// @include stabilize

fn finish(sum: f32, sample: u32, channel: u32, position: u32) -> f32 {
  var z = sum;
  if (HAS_BIAS) {
    z += bias[channel];
  }
  if (EPILOGUE == 1u) {
    z = max(z, 0.0);
  }
  if (EPILOGUE == 2u) {
    let group = channel / (PARTS * GROUP_CHANNELS);
    let within = channel - group * (PARTS * GROUP_CHANNELS);
    let part = within / GROUP_CHANNELS;
    let plain = group * GROUP_CHANNELS + within - part * GROUP_CHANNELS;
    let relevance = other[(sample * (GROUPS * GROUP_CHANNELS) + plain) * PLANE + position];
    z = quotient(select(SCALE_1, SCALE_0, part == 0u) * relevance, z, 1.0);
  }
  if (EPILOGUE == 3u) {
    z *= other[(sample * (PARTS * GROUPS * GROUP_CHANNELS) + channel) * PLANE + position];
  }
  return z;
}
`,
  'index': `// The index of an invocation among all elements: workgroups beyond 65535 continue in the next row of the grid
// (\`flatWorkgroups\` in step.ts).
fn flat_index(workgroup: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return (workgroup.y * groups.x + workgroup.x) * size + local;
}
`,
  'map-bias': `// The stacked bias [P·Co] of a bias [Co] (kernels/maps.ts): each part through the first map of its row.
@group(0) @binding(0) var<storage, read> bias: array<f32>;
// Per part (a, b, c, d): b ↦ a·max(b,0) + b·min(b,0) + c·b² + d.
@group(0) @binding(1) var<storage, read> maps: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override PARTS: u32;
override GROUP_CHANNELS: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= COUNT) {
    return;
  }
  let group = i / (PARTS * GROUP_CHANNELS);
  let within = i % (PARTS * GROUP_CHANNELS);
  let part = within / GROUP_CHANNELS;
  let value = bias[group * GROUP_CHANNELS + within % GROUP_CHANNELS];
  let map = maps[part];
  output[i] = map.x * max(value, 0.0) + map.y * min(value, 0.0) + map.z * value * value + map.w;
}
`,
  'map-weights': `// A rule's change to the weights of a convolution (kernels/maps.ts), and their layout for \`conv.wgsl\`: from OIHW to
// [group][k][m], m padded with zeros to COLUMNS. Entry [p][q] of \`maps\` = (a, b, c, d) makes
//   w ↦ a·max(w,0) + b·min(w,0) + c·w² + d
// from part q of the input to part p of the output. One element per invocation.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
// Per row k: the stacked channel within the group that is summed over (−1: padding), and the tap.
@group(0) @binding(1) var<storage, read> rows: array<vec2i>;
@group(0) @binding(2) var<storage, read> maps: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override TRANSPOSED: bool;
override GROUPS: u32;
// Plain channels of a group.
override GROUP_OUT: u32;
override GROUP_IN: u32;
override TAPS: u32;
override OUT_PARTS: u32;
override IN_PARTS: u32;
override DEPTH: u32;
override COLUMNS: u32;
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= GROUPS * DEPTH * COLUMNS) {
    return;
  }
  let m = i % COLUMNS;
  let row = rows[i / COLUMNS % DEPTH];
  let group = i / (COLUMNS * DEPTH);
  let k = u32(max(row.x, 0));
  let outer = select(m, k, TRANSPOSED);
  let inner = select(k, m, TRANSPOSED);
  var value = 0.0;
  if (row.x >= 0 && outer < OUT_PARTS * GROUP_OUT && inner < IN_PARTS * GROUP_IN) {
    let out_part = outer / GROUP_OUT;
    let in_part = inner / GROUP_IN;
    let o = group * GROUP_OUT + outer - out_part * GROUP_OUT;
    let w = weights[(o * GROUP_IN + inner - in_part * GROUP_IN) * TAPS + u32(row.y)];
    let map = maps[out_part * IN_PARTS + in_part];
    value = map.x * max(w, 0.0) + map.y * min(w, 0.0) + map.z * w * w + map.w;
  }
  output[i] = value;
}
`,
  'quotient': `// The quotient step of LRP: s = scale[part]·R / stab(z), where z [N, PARTS·CHANNELS, PLANE] holds the parts of each group
// one after the other (kernels/maps.ts) and R [N, CHANNELS, PLANE]. One element of z per invocation.
@group(0) @binding(0) var<storage, read> relevance: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
// Shaped like R, where BRANCH: part 0 counts where it is positive, part 1 where it is negative.
@group(0) @binding(2) var<storage, read> branch: array<f32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
// Per sample, where RELATIVE: w = Σ z².
@group(0) @binding(4) var<storage, read> norms: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override CHANNELS: u32;
override GROUP_CHANNELS: u32;
override PARTS: u32;
override PLANE: u32;
override BRANCH: bool;
override RELATIVE: bool;
// @include stabilize
// @include index

const SAMPLE = PARTS * CHANNELS * PLANE;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= COUNT) {
    return;
  }
  let sample = i / SAMPLE;
  let stacked = i / PLANE % (PARTS * CHANNELS);
  let group = stacked / (PARTS * GROUP_CHANNELS);
  let part = stacked / GROUP_CHANNELS % PARTS;
  let channel = group * GROUP_CHANNELS + stacked % GROUP_CHANNELS;
  let source = (sample * CHANNELS + channel) * PLANE + i % PLANE;
  var scale = 1.0;
  if (RELATIVE) {
    scale = sqrt(norms[sample].w / f32(SAMPLE));
  }
  var result = quotient(scales[part] * relevance[source], z[i], scale);
  if (BRANCH) {
    let sign = branch[source];
    if (select(sign >= 0.0, sign <= 0.0, part == 0u)) {
      result = 0.0;
    }
  }
  output[i] = result;
}
`,
  'stabilize': `// The quotient of LRP, r / stab(z). STABILIZER 0: z + ε·scale·sign(z), sign(0) = +1; 1: sign(z)·max(|z|, ε).
// Where the denominator is exactly 0 (possible only with ε = 0) the quotient is 0.
override STABILIZER: u32;
override EPSILON: f32;

fn stabilize(z: f32, scale: f32) -> f32 {
  let sign = select(-1.0, 1.0, z >= 0.0);
  if (STABILIZER == 1u) {
    return sign * max(abs(z), EPSILON);
  }
  return z + sign * EPSILON * scale;
}

fn quotient(r: f32, z: f32, scale: f32) -> f32 {
  let denominator = stabilize(z, scale);
  if (denominator == 0.0) {
    return 0.0;
  }
  return r / denominator;
}
`,
  'statistics-total': `// Second pass of per-row reductions: combines PARTS ≤ 256 results (sum, minimum, maximum, sum) of each row into one.
// With SUMS_ONLY just the two sums are written, [rows, 2]; else all four, [rows, 4]. One workgroup per row.
@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

override PARTS: u32;
override SUMS_ONLY: bool;
// @include combine

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = workgroup.y;
  var own = parts[row * PARTS + min(local, PARTS - 1u)];
  if (local >= PARTS) {
    own.x = 0.0;
    own.w = 0.0;
  }
  let total = combined(own, local);
  if (local == 0u) {
    if (SUMS_ONLY) {
      output[2u * row] = total.x;
      output[2u * row + 1u] = total.w;
    } else {
      output[4u * row] = total.x;
      output[4u * row + 1u] = total.y;
      output[4u * row + 2u] = total.z;
      output[4u * row + 3u] = total.w;
    }
  }
}
`,
  'statistics': `// First pass of the statistics of each row of x [rows, COUNT]: workgroup (p, row) takes every PARTS-th block of 256
// elements and writes (Σ x, min x, max x, fourth), where fourth is Σ x² if SQUARES, else the number of values that are
// not finite. Second pass: \`statistics-total.wgsl\`. The order of all sums is fixed.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

override COUNT: u32;
override PARTS: u32;
override SQUARES: bool;
// @include combine

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = workgroup.y * COUNT;
  // Every invocation starts from a value of the row, so that its minimum and maximum are always of the row.
  let start = input[first];
  var result = vec4f(0.0, start, start, 0.0);
  for (var i = workgroup.x * 256u + local; i < COUNT; i += PARTS * 256u) {
    let value = input[first + i];
    let finite = (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
    result = combine(result, vec4f(value, value, value, select(select(1.0, 0.0, finite), value * value, SQUARES)));
  }
  result = combined(result, local);
  if (local == 0u) {
    output[workgroup.y * PARTS + workgroup.x] = result;
  }
}
`,
  'sum-splits': `// The second pass of a split sum: out[i] = finish(Σ_s partial[s, i]), in fixed order, so that two runs give the same
// bits. partial [SPLITS, N, channels, PLANE]; one element per invocation.
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

override COUNT: u32;
override SPLITS: u32;
override CHANNELS: u32;
// @include epilogue
// @include index

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(workgroup, groups, local, 256u);
  if (i >= COUNT) {
    return;
  }
  var sum = 0.0;
  for (var split = 0u; split < SPLITS; split++) {
    sum += partial[split * COUNT + i];
  }
  let row = i / PLANE;
  output[i] = finish(sum, row / CHANNELS, row % CHANNELS, i - row * PLANE);
}
`,
} as const;
